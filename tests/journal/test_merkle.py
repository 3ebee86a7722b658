"""RFC 6962 by its own vectors, and append by pieces against the definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.journal.merkle import EMPTY, Range, leaf_hash, node

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
