"""`make verify-full`: tests that prove a numbered goal, whole, the benchmarks and the mutants; ends with 1 when anything fails or misses.

It takes hours, so each part is kept when it ends: docs/validation/verify-full.json has its last result and the revision it was found at,
verify-full.md tells them. Words after the command choose parts: goals (`scripts/verify-full G9 G19`), test modules, `bench`, `mutants`,
and `--missing` what has no result of this revision, so that a run that was cut goes on.
"""

import datetime
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "docs" / "validation" / "verify-full.json"
REPORT = KEPT.with_suffix(".md")
BENCH, MUTANTS = "bench", "mutants"
INTRO = """`make verify-full` writes this page out of `verify-full.json`, a part at a time: a test module, the benchmarks, the mutants.
Each line names the revision that it was found at; a release asks for one revision throughout.
`+` after a revision: the tree had changes."""
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")


def main(words: list[str]) -> int:
    modules, kept = proving(), read()
    for part in chosen(words, modules, kept):
        began = time.monotonic()
        kept[part] = {
            **(RUNS[part]() if part in RUNS else tested(part)),
            "seconds": round(time.monotonic() - began),
            "revision": revision(),
            "at": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M}",
            "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
        }
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        REPORT.write_text(report(modules, kept))
        print(part, kept[part], flush=True)
    asked = chosen([word for word in words if word != "--missing"], modules, kept)
    return int(not all(kept.get(part, {}).get("holds") for part in asked))


def chosen(words: list[str], modules: dict[str, list[str]], kept: dict[str, Any]) -> list[str]:
    """The parts that the words name, each once, in the order of the goals. LookupError: a word names nothing."""
    known = [*dict.fromkeys(path for paths in modules.values() for path in paths), BENCH, MUTANTS]
    names = [word for word in words if word != "--missing"]
    if unknown := [name for name in names if name not in {*modules, *known}]:
        raise LookupError(
            f"{', '.join(unknown)}: no goal, module or part. Known: {', '.join([*modules, BENCH, MUTANTS])}"
        )
    wanted = {path for name in names for path in modules.get(name, [name])} or set(known)
    now = revision() if "--missing" in words else ""
    return [part for part in known if part in wanted and (not now or kept.get(part, {}).get("revision") != now)]


def read() -> dict[str, Any]:
    return dict(json.loads(KEPT.read_text())) if KEPT.exists() else {}


def revision() -> str:
    """Of the code: what this command itself writes does not count as a change, nor makes it another revision."""
    told = git("log", "-1", "--format=%h", "--", ".", f":!{REPORT.relative_to(ROOT)}", f":!{KEPT.relative_to(ROOT)}")
    changed = git("status", "--porcelain", "--", ".", f":!{REPORT.relative_to(ROOT)}", f":!{KEPT.relative_to(ROOT)}")
    return told + "+" * bool(changed)


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def proving() -> dict[str, list[str]]:
    """Goal → test modules, for the goals that have a size (G…)."""
    from qms.docs.traceability import proofs

    found = {goal: [path.strip("`") for path in paths] for goal, paths in proofs().items() if goal.startswith("G")}
    return {goal: found[goal] for goal in sorted(found, key=lambda name: int(name[1:]))}


# --- parts ------------------------------------------------------------------------------------------------------------


def tested(path: str) -> dict[str, Any]:
    """How many of the module's tests passed, failed and were skipped."""
    found: Counter[str] = Counter(passed=0, failed=0, skipped=0)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "--reuse-db", f"--junitxml={results}", path]
        end = subprocess.run(command, cwd=ROOT, check=False).returncode
        for case in ElementTree.parse(results).iter("testcase") if results.exists() else ():
            kinds = {child.tag for child in case}
            found["failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"] += 1
    return {**found, "holds": end == 0 and found["passed"] > 0}


def benchmarks() -> dict[str, Any]:
    end = subprocess.run([ROOT / "scripts" / "bench"], cwd=ROOT, check=False).returncode
    path = Path(os.environ.get("QMS_VAR", ROOT / "var")) / "bench.json"
    figures = json.loads(path.read_text())["figures"] if end in (0, 1) and path.exists() else []
    return {"figures": figures, "holds": end == 0}


def mutants() -> dict[str, Any]:
    """G23: the last line of scripts/mutate; a missing library is a failure, not silence."""
    if importlib.util.find_spec("cosmic_ray") is None:
        return {"told": "**not run**, cosmic-ray is not installed", "holds": False}
    done = subprocess.run([ROOT / "scripts" / "mutate"], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    return {"told": lines[-1] if lines else f"**did not run** ({done.returncode})", "holds": done.returncode == 0}


RUNS: dict[str, Callable[[], dict[str, Any]]] = {BENCH: benchmarks, MUTANTS: mutants}

# --- the page ---------------------------------------------------------------------------------------------------------


def report(modules: dict[str, list[str]], kept: dict[str, Any]) -> str:
    from qms.docs.text import table
    from qms.docs.traceability import REQUIREMENTS

    goals = [
        (goal, REQUIREMENTS.get(goal, ""), *summed([kept.get(p, {}) for p in paths])) for goal, paths in modules.items()
    ]
    paths = dict.fromkeys(path for paths in modules.values() for path in paths)
    parts = [
        (
            f"`{path}`",
            *(one.get(name, "") for name in ("passed", "failed", "skipped", "seconds", "revision", "at", "machine")),
        )
        for path, one in ((path, kept.get(path, {"passed": "**not run**"})) for path in paths)
    ]
    bench, noticed = kept.get(BENCH, {}), kept.get(MUTANTS, {})
    return "\n".join(
        (
            f"# The long proofs at full size\n\n{INTRO}\n",
            table(("goal", "behaviour", "passed", "failed", "skipped", "modules without a result", "revisions"), goals),
            "## Modules\n",
            table(("module", "passed", "failed", "skipped", "seconds", "revision", "when (UTC)", "machine"), parts),
            f"## Benchmarks\n\n{found_at(bench)}\n",
            table(
                ("figure", "value", "beside", "score", "gate", "aim", "holds"),
                [figure(one) for one in bench.get("figures", [])],
            ),
            f"## Mutants (G23)\n\n{noticed.get('told', '')} {found_at(noticed)}\n",
        )
    )


def summed(parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    counts = (sum(part.get(kind, 0) for part in parts) for kind in ("passed", "failed", "skipped"))
    revisions = sorted({part["revision"] for part in parts if part})
    return (*counts, sum(not part for part in parts) or "", ", ".join(revisions))


def found_at(part: dict[str, Any]) -> str:
    return f"Revision {part['revision']}, {part['at']} UTC, {part['machine']}." if part else "**Not run.**"


def figure(told: dict[str, Any]) -> tuple[str, ...]:
    beside = "" if told["limit"] is None else f"{told['limit']:.2f}"
    gate, aim = ("" if told[name] is None else f"{told[name]:g}" for name in ("gate", "aim"))
    holds = "" if told["gate"] is None else "yes" if told["holds"] else "**no**"
    return told["name"], f"{told['value']:.2f} {told['unit']}", beside, f"{told['score']:.2f}", gate, aim, holds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
