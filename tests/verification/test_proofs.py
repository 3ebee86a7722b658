"""G7: proofs over a million leaves hold for us, for verify.py and for a verifier in another language; forged ones for none of them."""

import json
import random
import runpy
import time
from itertools import islice

import pytest

from qms.journal import merkle, proofs
from qms.journal.merkle import Range, leaf_hash
from tests.journal.test_merkle import INPUTS, ROOTS, tree_of
from tests.sizes import size
from tests.verification import ran

PROVES = ("G7", "11.10(a)", "11.10(b)")
LEAVES, INCLUSION, CONSISTENCY, FORGED = (
    size(1_000_000, 100_000),
    size(10_000, 1_000),
    size(1_000, 100),
    size(1_000, 200),
)
OURS = runpy.run_path(str(proofs.OFFLINE / "proof.py"))


@pytest.fixture(scope="module")
def leaves():
    return [leaf_hash(b"entry %d" % n) for n in range(LEAVES)]


@pytest.fixture(scope="module")
def trees(leaves):
    """The whole tree, its root, and the roots of some of its beginnings."""
    dice = random.Random(20261122)
    cuts = sorted({1, 2, 3, 1 << 16, LEAVES - 1, LEAVES, *(dice.randrange(1, LEAVES) for _ in range(CONSISTENCY - 6))})
    growing, roots, rest = Range(), {}, iter(leaves)
    for cut in cuts:
        growing.extend(islice(rest, cut - growing.size))
        roots[cut] = growing.root
    return tree_of(leaves), roots


def inclusion(tree, leaves, index, root):
    path = tree.inclusion(index)
    return {
        "leaf": leaves[index].hex(),
        "index": index,
        "size": LEAVES,
        "path": [p.hex() for p in path],
        "root": root.hex(),
    }


def consistency(tree, old, old_root, root):
    path = [p.hex() for p in tree.consistency(old)]
    return {"old": old, "size": LEAVES, "path": path, "old_root": old_root.hex(), "root": root.hex()}


def holds(proof):
    """By the verifier that a bundle carries."""
    path, root = [bytes.fromhex(step) for step in proof["path"]], bytes.fromhex(proof["root"])
    if "old" in proof:
        return OURS["grown"](proof["old"], proof["size"], bytes.fromhex(proof["old_root"]), root, path)
    return OURS["included"](bytes.fromhex(proof["leaf"]), proof["index"], proof["size"], path, root)


def asked(lines, tmp_path):
    place = tmp_path / "proofs.jsonl"
    place.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    done = ran("proofs", place)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def made(leaves, trees):
    (tree, roots), dice = trees, random.Random(7)
    root, began = roots[LEAVES], time.process_time()
    found = [inclusion(tree, leaves, index, root) for index in dice.sample(range(LEAVES), INCLUSION)]
    took = time.process_time() - began
    print(f"\n{INCLUSION} inclusion proofs at {LEAVES}: {took / INCLUSION * 1000:.3f} ms of processor each")
    return [*found, *(consistency(tree, old, old_root, root) for old, old_root in roots.items())]


def test_every_proof_holds_for_both_verifiers_and_is_short(made, tmp_path):
    assert all(holds(proof) for proof in made)
    assert asked(made, tmp_path) == {"checked": len(made), "refused": []}
    assert max(len(proof["path"]) for proof in made if "leaf" in proof) * merkle.WIDTH <= 640


def forged(proof, dice):
    """The proof with one thing of it changed."""
    lie = json.loads(json.dumps(proof))
    ways = ["step", "root", "longer", "where"] + ["shorter"] * bool(lie["path"])
    way = dice.choice(ways if lie["path"] else [w for w in ways if w != "step"])
    if way == "step":
        place = dice.randrange(len(lie["path"]))
        lie["path"][place] = dice.randbytes(32).hex()
    elif way == "shorter":
        lie["path"].pop(dice.randrange(len(lie["path"])))
    elif way == "longer":
        lie["path"].append(dice.randbytes(32).hex())
    elif way == "root":
        lie["root"] = dice.randbytes(32).hex()
    elif "leaf" in lie:
        lie["leaf"] = dice.randbytes(32).hex()
    else:
        lie["old_root"] = dice.randbytes(32).hex()
    return lie


def test_no_forged_proof_holds_for_either(made, tmp_path):
    dice = random.Random(11)
    lies = [forged(dice.choice(made), dice) for _ in range(FORGED)]
    assert not any(holds(lie) for lie in lies)
    assert asked(lies, tmp_path)["refused"] == list(range(1, FORGED + 1))


def test_the_published_vectors_hold_for_both(tmp_path):
    """Every leaf of every beginning of the Certificate Transparency reference tree, and every growth between two of them."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    lines = []
    for whole in range(1, len(leaves) + 1):
        tree = tree_of(leaves[:whole])
        for index in range(whole):
            path = [p.hex() for p in tree.inclusion(index)]
            lines.append(
                {"leaf": leaves[index].hex(), "index": index, "size": whole, "path": path, "root": ROOTS[whole - 1]}
            )
        for old in range(1, whole + 1):
            path = [p.hex() for p in tree.consistency(old)]
            lines.append(
                {"old": old, "size": whole, "path": path, "old_root": ROOTS[old - 1], "root": ROOTS[whole - 1]}
            )
    assert all(holds(line) for line in lines) and asked(lines, tmp_path)["refused"] == []
