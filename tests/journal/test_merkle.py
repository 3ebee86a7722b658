"""RFC 6962 by its own vectors, and append by pieces against the definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.journal import merkle
from qms.journal.merkle import EMPTY, Range, Tree, included, leaf_hash, node

PROVES = ("11.10(a)",)

# The eight inputs and the roots of their prefixes that the Certificate Transparency reference tests publish.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_by_definition(leaves[:half]), root_by_definition(leaves[half:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_published_vectors(size):
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert Range().extend(leaves).root.hex() == ROOTS[size - 1]


@given(st.lists(st.binary(max_size=4), max_size=70), st.integers(0, 70))
def test_appending_in_two_pieces_is_the_definition(data, cut):
    leaves = [leaf_hash(d) for d in data]
    first = Range().extend(leaves[:cut])
    second = Range(first.size, first.frontier).extend(leaves[cut:])
    assert second.root == root_by_definition(leaves)


def test_a_frontier_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError):
        Range(3, hashlib.sha256(b"x").digest())


def tree_of(leaves):
    """A tree that reads its nodes as the sealer stores them: whole blocks of 256 only."""
    tiers = [leaves]
    while len(tiers[-1]) >= merkle.SPAN:
        below, span = tiers[-1], merkle.SPAN
        tiers.append([merkle.fold(below[i : i + span]) for i in range(0, len(below) // span * span, span)])
    return Tree(len(leaves), lambda tier, block: tiers[tier][block * merkle.SPAN : (block + 1) * merkle.SPAN])


def made(count):
    return [leaf_hash(str(n).encode()) for n in range(count)]


@given(st.integers(1, 1500), st.data())
def test_every_inclusion_proof_leads_to_the_root_and_to_no_other(size, data):
    leaves = made(size)
    index = data.draw(st.integers(0, size - 1))
    tree, root = tree_of(leaves), Range().extend(leaves).root
    path = tree.inclusion(index)
    assert tree.hash(0, size) == root and included(leaves[index], index, size, path, root)
    assert not included(leaf_hash(b"another"), index, size, path, root)
    assert not included(leaves[index], index, size, path, EMPTY)
    assert not included(leaves[index], size, size, path, root)
    if path:
        assert not included(leaves[index], index, size, path[:-1], root)


def test_a_proof_over_a_hundred_thousand_leaves_reads_three_blocks():
    leaves = made(100_000)
    tree, root = tree_of(leaves), Range().extend(leaves).root
    path = tree.inclusion(70_123)
    assert included(leaves[70_123], 70_123, 100_000, path, root)
    assert len(path) * merkle.WIDTH <= 640 and len(tree.known) <= 5


def test_beyond_the_tree_there_are_no_proofs():
    tree = tree_of(made(5))
    for ask in (lambda: tree.inclusion(5), lambda: tree.consistency(6), lambda: tree.consistency(0)):
        with pytest.raises(IndexError):
            ask()
