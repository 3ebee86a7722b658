"""G7: bundles tampered with, by chance and by somebody who lists everything anew: both verifiers find each, and clean ones hold."""

import json
import random
import shutil

import pytest

from tests.factories import Factory
from tests.records.test_bundle import (  # noqa: F401  # fixtures and helpers
    FORGERIES,
    export,
    relisted,
    rewritten,
    sealed_at_once,
    unpacked,
    verified,
)
from tests.sizes import size
from tests.verification import ran

PROVES = ("G7", "11.10(b)", "11.10(c)")
pytestmark = pytest.mark.usefixtures("own_database", "sealed_at_once")
SEEDS = size(200, 24)


@pytest.fixture
def bundle(tmp_path):
    make = Factory()
    first = make.ncr(state="CLOSED")
    export(first)  # so that the next has an older checkpoint to grow from
    return unpacked(export(first, make.ncr()), tmp_path / "whole")


def flipped(folder, dice):
    """One bit of one file, which stays listed as it was."""
    place = dice.choice(files(folder))
    data = bytearray(place.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(7)
    place.write_bytes(bytes(data))


def shortened(folder, dice):
    place = dice.choice(files(folder))
    place.write_bytes(place.read_bytes()[:-1])


def gone(folder, dice):
    dice.choice(files(folder)).unlink()


def added(folder, dice):
    (folder / f"records/{dice.randrange(9)}.txt").write_text("one more")


def other_root(folder, dice):
    """The checkpoint says another root, or another size; its signature stays."""
    lines = (folder / "checkpoint.txt").read_text().split("\n")
    which = dice.choice((1, 2))
    lines[which] = (
        str(int(lines[1]) + 1) if which == 1 else lines[2].translate(str.maketrans("ABCDEFGabcdefg", "BCDEFGAbcdefga"))
    )
    (folder / "checkpoint.txt").write_text("\n".join(lines))
    relisted(folder)


def other_key(folder, dice):
    import base64

    (folder / "public-key.txt").write_bytes(base64.b64encode(dice.randbytes(32)) + b"\n")
    relisted(folder)


def other_growth(folder, dice):
    place = folder / "consistency.json"
    told = json.loads(place.read_text())
    told[0]["path"] = [*told[0]["path"][:-1], dice.randbytes(32).hex()]
    place.write_text(json.dumps(told))
    relisted(folder)


def other_step(folder, dice):
    def change(lines):
        line = dice.choice([one for one in lines if one["path"]])
        line["path"][dice.randrange(len(line["path"]))] = dice.randbytes(32).hex()
        return lines

    many(folder, "proofs.jsonl", change, dice)


def other_entry(folder, dice):
    def change(lines):
        line = dice.choice(lines)
        line["seq"] += 1
        return lines

    many(folder, "entries.jsonl", change, dice)


def left_out(folder, dice):
    """An entry and its proof alike."""
    place = dice.choice(sorted((folder / "records").iterdir()))
    which = dice.randrange(len((place / "entries.jsonl").read_text().splitlines()))
    for name in ("entries.jsonl", "proofs.jsonl"):
        lines = (place / name).read_text().splitlines(keepends=True)
        (place / name).write_text("".join(lines[:which] + lines[which + 1 :]))
    relisted(folder)


def other_value(folder, dice):
    """A value of a row that stands in the trail."""

    def change(lines):
        row = dice.choice(lines)["row"]
        name = dice.choice(sorted(name for name in row if isinstance(row[name], str) and row[name]))
        row[name] += "x"
        return lines

    many(folder, "rows.jsonl", change, dice)


def many(folder, name, change, dice):
    place = dice.choice(sorted((folder / "records").glob(f"*/{name}")))
    lines = change([json.loads(line) for line in place.read_text().splitlines()])
    place.write_text("".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))
    relisted(folder)


def files(folder):
    """What is evidence: the verifier itself is one that is trusted."""
    return sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.suffix not in (".py", ".pyc") and p.name not in ("manifest.json", "words.json")
    )


WAYS = (
    flipped,
    shortened,
    gone,
    added,
    other_root,
    other_key,
    other_growth,
    other_step,
    other_entry,
    left_out,
    other_value,
)


def by_node(folder):
    done = ran("bundle", folder)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["findings"]


def test_both_find_each_and_neither_cries_wolf(bundle, tmp_path):
    assert by_node(bundle) == [] and verified(bundle)[0] == 0
    missed = []
    for seed in range(SEEDS):
        dice, way = random.Random(seed), WAYS[seed % len(WAYS)]
        folder = shutil.copytree(bundle, tmp_path / "copy")
        way(folder, dice)
        ours, theirs = verified(folder)[0], by_node(folder)
        if ours != 1 or not theirs:
            missed.append((seed, way.__name__, ours, theirs))
        shutil.rmtree(folder)
    assert missed == []


def test_the_second_verifier_finds_the_named_forgeries(tmp_path):
    whole = unpacked(export(Factory().ncr(state="CLOSED")), tmp_path / "whole")
    assert by_node(whole) == []
    for what, (name, change, _words) in FORGERIES.items():
        folder = shutil.copytree(whole, tmp_path / what)
        rewritten(folder, name, change)
        assert by_node(folder), what
