"""Change one place of the code, run the tests of its room, put it back; a sample of them, always the same for a seed.

In a copy of the tree: the one that people work in is never touched. The ways to change code are those of cosmic-ray. Ends with 1 when
fewer are noticed than tests/mutation.toml asks.  mutate.py [--count N] [--seed N] [--only PATH] [--out FILE]
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent
APART = shutil.ignore_patterns(
    ".git", "node_modules", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"
)
ASKED = "core/Variable"  # these want names of variables
LONGEST = 300  # seconds; a change that makes the tests run on is noticed
NO_TESTS = 5  # of pytest: nothing was collected


@dataclass(frozen=True)
class Mutant:
    path: str
    operator: str
    occurrence: int
    line: int


def mutants(path: str) -> list[Mutant]:
    """Every change of the file that the library knows, without those of types, which no test can notice."""
    source = (ROOT / path).read_text()
    lines, tree, found = source.splitlines(), get_ast(source), []
    for name in sorted(name for name in operator_names() if not name.startswith(ASKED)):
        operator = get_operator(name)()
        places = [line for node in ast_nodes(tree) for (line, _column), _end in operator.mutation_positions(node)]
        known = enumerate(places)
        found += [Mutant(path, name, n, line) for n, line in known if not is_type(lines[line - 1], name)]
    return found


def is_type(line: str, operator: str) -> bool:
    text = line.strip()
    return "BitOr" in operator and (": " in text or "->" in text) and " = " not in text.partition("#")[0]


def sample(modules: dict[str, list[str]], count: int, seed: int) -> list[Mutant]:
    """As many of each file, whatever its length: a room is not left out because another is long."""
    dice, chosen = random.Random(seed), []  # noqa: S311  # chosen by chance, and the same each time
    for path in modules:
        known = mutants(path)
        chosen += dice.sample(known, min(len(known), max(1, round(count / len(modules)))))
    return chosen


def is_noticed(tree: Path, mutant: Mutant, tests: list[str]) -> bool:
    place = tree / mutant.path
    whole = place.read_text()
    changed = mutate_code(whole, get_operator(mutant.operator)(), mutant.occurrence)
    if changed is None or changed == whole:
        raise LookupError(f"{mutant}: nothing to change")
    place.write_text(changed)
    try:
        return not is_green(tree, tests)
    finally:
        place.write_text(whole)


def is_green(tree: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode == NO_TESTS:
        raise LookupError(f"no tests in {tests}")
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    told = tomllib.loads((ROOT / "tests" / "mutation.toml").read_text())
    modules = {path: tests for path, tests in told["modules"].items() if asked.only in path}
    with tempfile.TemporaryDirectory(prefix="qms-mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=APART, symlinks=True)
        for tests in modules.values():
            if not is_green(tree, tests):
                print(f"{' '.join(tests)}: fails without any change")
                return 2
        survived, chosen = [], sample(modules, asked.count, asked.seed)
        for mutant in chosen:
            noticed = is_noticed(tree, mutant, modules[mutant.path])
            print(
                "noticed " if noticed else "SURVIVED",
                mutant.path,
                mutant.line,
                mutant.operator.rpartition("/")[2],
                flush=True,
            )
            survived += [] if noticed else [mutant]
    score = 100 * (len(chosen) - len(survived)) / len(chosen)
    print(
        f"{len(chosen) - len(survived)} of {len(chosen)} changes were noticed: {score:.0f} % (asked: {told['score']} %)"
    )
    if asked.out:
        asked.out.write_text(json.dumps({"score": score, "survived": [vars(one) for one in survived]}, indent=1))
    return 0 if score >= told["score"] else 1


if __name__ == "__main__":
    sys.exit(main())
