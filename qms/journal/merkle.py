"""RFC 6962 Merkle tree: appended to through a compact range, O(log n) state; proofs from stored nodes. No database, no Django.

Leaf hashes are SHA-256(0x00 || bytes), made by PostgreSQL; inner nodes SHA-256(0x01 || left || right).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
WIDTH = 32
TIER = 8  # of all nodes only those of every eighth level are stored, so 256 make the next one
SPAN = 1 << TIER


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


class Range:
    """Roots of the perfect subtrees of the first `size` leaves, largest first."""

    def __init__(self, size: int = 0, frontier: bytes = b"") -> None:
        self.size = size
        self.roots = [frontier[i : i + WIDTH] for i in range(0, len(frontier), WIDTH)]
        if len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} subtrees, not {len(self.roots)}")

    def extend(self, leaves: Iterable[bytes]) -> "Range":
        roots, size = self.roots, self.size
        for leaf in leaves:
            carry, bits = leaf, size
            while bits & 1:
                carry = node(roots.pop(), carry)
                bits >>= 1
            roots.append(carry)
            size += 1
        self.size = size
        return self

    @property
    def root(self) -> bytes:
        if not self.roots:
            return EMPTY
        carry = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            carry = node(left, carry)
        return carry

    @property
    def frontier(self) -> bytes:
        return b"".join(self.roots)


def fold(nodes: Sequence[bytes]) -> bytes:
    """Root of 1, 2, 4 … nodes that stand side by side."""
    while len(nodes) > 1:
        nodes = [node(nodes[i], nodes[i + 1]) for i in range(0, len(nodes), 2)]
    return nodes[0]


def largest_part(count: int) -> int:
    """Largest power of two below `count`: where RFC 6962 divides that many leaves."""
    return 1 << (count - 1).bit_length() - 1


class Tree:
    """Proofs over the first `size` leaves. `read(tier, block)` gives up to 256 nodes of level 8 × tier, from 256 × block on."""

    def __init__(self, size: int, read: Callable[[int, int], Sequence[bytes]]) -> None:
        self.size, self.read = size, read
        self.known: dict[tuple[int, int], Sequence[bytes]] = {}

    def _nodes(self, tier: int, first: int, count: int) -> Sequence[bytes]:
        """`count` neighbours, a power of two of them and so all of one block."""
        block, start = divmod(first, SPAN)
        if (tier, block) not in self.known:
            self.known[tier, block] = self.read(tier, block)
        found = self.known[tier, block][start : start + count]
        if len(found) != count:
            raise LookupError(f"the tree lacks nodes of tier {tier} from {first} on")
        return found

    def hash(self, low: int, high: int) -> bytes:
        """Merkle tree hash of the leaves [low, high), as RFC 6962 §2.1 divides them."""
        count = high - low
        if not count:
            return EMPTY
        if count & (count - 1):
            middle = low + largest_part(count)
            return node(self.hash(low, middle), self.hash(middle, high))
        tier, rest = divmod(count.bit_length() - 1, TIER)
        return fold(self._nodes(tier, low >> tier * TIER, 1 << rest))

    def inclusion(self, index: int) -> list[bytes]:
        """Audit path of a leaf, from the leaf upwards (RFC 6962 §2.1.1). Raises IndexError beyond the tree."""
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} is not among the first {self.size}")
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + largest_part(high - low)
            if index < middle:
                path.append(self.hash(middle, high))
                high = middle
            else:
                path.append(self.hash(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """That the first `old` leaves are the beginning of this tree (RFC 6962 §2.1.2). Raises IndexError beyond the tree."""
        if not 0 < old <= self.size:
            raise IndexError(f"no tree of {old} leaves can grow into one of {self.size}")
        path: list[bytes] = []
        low, high, whole = 0, self.size, True
        while old != high:
            middle = low + largest_part(high - low)
            if old <= middle:
                path.append(self.hash(middle, high))
                high = middle
            else:
                path.append(self.hash(low, middle))
                low, whole = middle, False
        return ([] if whole else [self.hash(low, high)]) + path[::-1]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if index >= size:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if not last:
            return False
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    return not last and found == root
