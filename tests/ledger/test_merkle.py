"""The tree over the log, beside the definition of RFC 6962 written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.ledger.merkle import GrowingTree, WholeTree
from tongchou.ledger.verify import (
    ALGORITHMS,
    Refused,
    hash_of,
    leaf_hash,
    node_hash,
    root_of_path,
    roots_of_growth,
)

SIZES = range(1, 66)
SM3 = hash_of("sm3")
LEAVES = [leaf_hash(SM3, bytes([number])) for number in range(65)]


def defined_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(SM3, defined_root(leaves[:half]), defined_root(leaves[half:]))


def test_sm3_is_the_standard_s() -> None:
    # GB/T 32905-2016, example 1.
    assert SM3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sha256_roots_are_those_published_for_certificate_logs() -> None:
    hashed = hash_of("sha256")
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = GrowingTree(hashed)
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    roots = []
    for each in inputs:
        tree.add(leaf_hash(hashed, bytes.fromhex(each)))
        roots.append(tree.root().hex())
    assert roots == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]


@pytest.mark.parametrize("size", SIZES)
def test_grown_and_whole_trees_have_the_defined_root(size: int) -> None:
    tree = GrowingTree(SM3)
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    assert tree.root() == WholeTree(SM3, LEAVES[:size]).root == defined_root(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_goes_on_from_its_edge_at_every_size(size: int) -> None:
    first = GrowingTree(SM3)
    for leaf in LEAVES[:size]:
        first.add(leaf)
    second = GrowingTree(SM3, first.size, first.frontier)
    for leaf in LEAVES[size:]:
        second.add(leaf)
    assert second.root() == defined_root(LEAVES)


def test_an_edge_that_does_not_fit_the_size_is_refused() -> None:
    with pytest.raises(ValueError, match="edge"):
        GrowingTree(SM3, 3, LEAVES[:1])


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_s_path_leads_to_the_root_and_no_other_place_s_does(size: int) -> None:
    tree = WholeTree(SM3, LEAVES[:size])
    for index in range(size):
        path = tree.path(index)
        assert root_of_path(SM3, LEAVES[index], index, size, path) == tree.root
        for other in range(size):
            if other != index:
                try:
                    reached = root_of_path(SM3, LEAVES[index], other, size, path)
                except Refused:
                    continue
                assert reached != tree.root


@pytest.mark.parametrize("size", SIZES)
def test_every_earlier_tree_grows_into_this_one(size: int) -> None:
    tree = WholeTree(SM3, LEAVES[:size])
    for old in range(1, size + 1):
        old_root = defined_root(LEAVES[:old])
        path = tree.growth(old)
        assert roots_of_growth(SM3, old, size, old_root, path) == (old_root, tree.root)
        forged = SM3(old_root)
        if old < size:
            assert roots_of_growth(SM3, old, size, forged, path) != (forged, tree.root)


@given(size=st.integers(1, 65), data=st.data(), algorithm=st.sampled_from(ALGORITHMS))
def test_a_path_that_is_longer_shorter_or_changed_proves_nothing(
    size: int, data: st.DataObject, algorithm: str
) -> None:
    hashed = hash_of(algorithm)
    leaves = [leaf_hash(hashed, bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    tree = WholeTree(hashed, leaves)
    path = tree.path(index)
    with pytest.raises(Refused):
        root_of_path(hashed, leaves[index], index, size, [*path, hashed(b"")])
    if path:
        with pytest.raises(Refused):
            root_of_path(hashed, leaves[index], index, size, path[:-1])
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = hashed(path[at])
        assert root_of_path(hashed, leaves[index], index, size, path) != tree.root


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_place_outside_the_log_is_refused(index: int, size: int) -> None:
    with pytest.raises(Refused):
        root_of_path(SM3, LEAVES[0], index, size, [])


@pytest.mark.parametrize(("old", "new", "path"), [(0, 3, []), (4, 3, []), (3, 3, LEAVES[:1]), (3, 5, []), (4, 5, [])])
def test_a_growth_that_cannot_be_is_refused(old: int, new: int, path: list[bytes]) -> None:
    with pytest.raises(Refused):
        roots_of_growth(SM3, old, new, LEAVES[0], path)


def test_an_unknown_hash_is_refused() -> None:
    with pytest.raises(Refused, match="md5"):
        hash_of("md5")
