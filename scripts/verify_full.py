"""`make verify-full`: tests that prove a numbered goal, whole, and the benchmarks; ends with 1 when anything fails or misses.

Words after the command name goals (`scripts/verify-full G9 G19`): then only they run, without benchmarks, and nothing is written.
"""

import datetime
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from defusedxml import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "validation" / "verify-full.md"
sys.path.insert(0, str(ROOT))


def main(goals: list[str]) -> int:
    modules = proving(goals)
    found, tests_end = tested(sorted({path for paths in modules.values() for path in paths}))
    for goal, count in by_goal(modules, found).items():
        print(goal, dict(count))
    if goals:
        return tests_end
    bench_end = subprocess.run([ROOT / "scripts" / "bench"], cwd=ROOT, check=False).returncode
    mutation_end, mutation = noticed()
    REPORT.write_text(
        report(by_goal(modules, found)) + f"Changes of the code that its tests notice (G23): {mutation}\n"
    )
    print(f"Written: {REPORT.relative_to(ROOT)}")
    return tests_end or bench_end or mutation_end


def noticed() -> tuple[int, str]:
    """G23: the last line of scripts/mutate; a missing library is a failure, not silence."""
    if importlib.util.find_spec("cosmic_ray") is None:
        return 1, "**not run**, cosmic-ray is not installed"
    done = subprocess.run([ROOT / "scripts" / "mutate"], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    return done.returncode, lines[-1] if lines else f"**did not run** ({done.returncode})"


def proving(goals: list[str]) -> dict[str, list[str]]:
    """Goal → test modules, for the goals that have a size (G…)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")
    from qms.docs.traceability import proofs

    return {
        goal: [path.strip("`") for path in paths]
        for goal, paths in proofs().items()
        if goal.startswith("G") and (not goals or goal in goals)
    }


def tested(modules: list[str]) -> tuple[dict[str, Counter[str]], int]:
    """Module → how many passed, failed, were skipped."""
    found: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={results}", *modules]
        end = subprocess.run(command, cwd=ROOT, check=False).returncode
        for case in ElementTree.parse(results).iter("testcase"):
            path = case.get("classname", "").replace(".", "/") + ".py"
            kinds = {child.tag for child in case}
            kind = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
            found.setdefault(path, Counter())[kind] += 1
    return found, end


def by_goal(modules: dict[str, list[str]], found: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    return {goal: sum((found.get(path, Counter()) for path in paths), Counter()) for goal, paths in modules.items()}


def report(goals: dict[str, Counter[str]]) -> str:
    from qms.docs.traceability import REQUIREMENTS

    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    revision = told.stdout.strip()
    now = datetime.datetime.now(datetime.UTC)
    lines = [
        "# The long proofs at full size",
        "",
        f"Revision `{revision}`, {now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, Python {platform.python_version()}.",
        "",
        "| goal | behaviour | passed | failed | skipped |",
        "|---|---|---|---|---|",
        *(
            f"| {goal} | {REQUIREMENTS.get(goal, '')} | {n['passed']} | {n['failed']} | {n['skipped']} |"
            for goal, n in goals.items()
        ),
        "",
        "| figure | value | beside | score | gate | aim | holds |",
        "|---|---|---|---|---|---|---|",
        *figures(),
        "",
    ]
    return "\n".join(lines)


def figures() -> list[str]:
    path = Path(os.environ.get("QMS_VAR", ROOT / "var")) / "bench.json"
    if not path.exists():
        return ["| (the benchmarks did not end) | | | | | | no |"]
    rows = []
    for f in json.loads(path.read_text())["figures"]:
        beside = "" if f["limit"] is None else f"{f['limit']:.2f}"
        gate, aim = ("" if f[name] is None else f"{f[name]:g}" for name in ("gate", "aim"))
        holds = "" if f["gate"] is None else "yes" if f["holds"] else "**no**"
        rows.append(
            f"| {f['name']} | {f['value']:.2f} {f['unit']} | {beside} | {f['score']:.2f} | {gate} | {aim} | {holds} |"
        )
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
