"""Trees, signatures and checkpoints by their standards, for verify.py: Python's standard library and nothing else."""

import base64
import hashlib

# --- RFC 6962 / RFC 9162: the tree ---------------------------------------------------------------------------------------


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf, index, size, path, root):
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def grown(old, new, old_root, new_root, path):
    """RFC 9162 section 2.1.4.2: the old tree is the beginning of the new one."""
    if old == new:
        return not path and old_root == new_root
    path = ([old_root] if old & (old - 1) == 0 else []) + path
    if not path or not 0 < old < new:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(step, first), node(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class Range:
    """The tree of a whole trail, line by line: memory of a few hashes."""

    def __init__(self):
        self.size, self.roots = 0, []

    def add(self, leaf):
        bits = self.size
        while bits & 1:
            leaf, bits = node(self.roots.pop(), leaf), bits >> 1
        self.roots.append(leaf)
        self.size += 1

    @property
    def root(self):
        if not self.roots:
            return hashlib.sha256(b"").digest()
        found = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            found = node(left, found)
        return found


# --- RFC 8032: Ed25519, verification only --------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def unpack(data):
    """A point in extended coordinates, or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plus(one, two):
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = plus(found, point)
        point, scalar = plus(point, point), scalar >> 1
    return found


BASE = unpack((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(key, signature, message):
    if len(key) != 32 or len(signature) != 64:
        return False
    public, near = unpack(key), unpack(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or near is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    one, two = times(scalar, BASE), plus(near, times(int.from_bytes(digest, "little") % ORDER, public))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


# --- C2SP signed notes ---------------------------------------------------------------------------------------------------


def read_note(text):
    """(origin, size, root, signature lines) of a checkpoint; ValueError when it is none."""
    body, _, lines = text.rpartition("\n\n")
    origin, size, root = [*body.split("\n"), "", "", ""][:3]
    return origin, int(size), base64.b64decode(root, validate=True), (body + "\n").encode(), lines.splitlines()


def note_is_signed(text, key):
    try:
        origin, _size, _root, body, lines = read_note(text)
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
        for line in lines:
            words = line.split(" ")
            blob = base64.b64decode(words[2]) if len(words) == 3 and words[1] == origin else b""
            if blob[:4] == key_id and signed_by(key, blob[4:], body):
                return True
    except ValueError:
        pass
    return False
