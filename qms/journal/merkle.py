"""RFC 6962 Merkle tree, appended to through a compact range: O(log n) state, no database, no Django.

Leaf hashes are SHA-256(0x00 || bytes), made by PostgreSQL; inner nodes SHA-256(0x01 || left || right).
"""

import hashlib
from collections.abc import Iterable

EMPTY = hashlib.sha256(b"").digest()
WIDTH = 32


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
