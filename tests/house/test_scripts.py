"""What `make` and CI call is there, and the long proofs know what to run."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CALLED = re.compile(r"(?<![\w/.])scripts/[a-z_]+(?:[-/][a-z_]+)*(?:\.py)?")


@pytest.fixture(scope="module")
def verify_full():
    spec = importlib.util.spec_from_file_location("verify_full", ROOT / "scripts" / "verify_full.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_script_that_is_called_is_there():
    callers = [ROOT / "Makefile", ROOT / ".ci" / "run", *(p for p in (ROOT / "scripts").iterdir() if p.is_file())]
    named = {(name, path.name) for path in callers for name in CALLED.findall(path.read_text())}
    assert len(named) > 10
    assert [pair for pair in named if not (ROOT / pair[0]).exists()] == []


def test_the_long_proofs_choose_parts_by_their_words(verify_full):
    modules = {"G1": ["tests/a.py", "tests/b.py"], "G2": ["tests/b.py"]}
    kept = {"tests/a.py": {"revision": verify_full.revision()}}
    assert verify_full.chosen([], modules, kept) == ["tests/a.py", "tests/b.py", "bench", "mutants"]
    assert verify_full.chosen(["G2", "tests/a.py"], modules, kept) == ["tests/a.py", "tests/b.py"]
    assert verify_full.chosen(["G1", "--missing"], modules, kept) == ["tests/b.py"]
    with pytest.raises(LookupError, match="G99"):
        verify_full.chosen(["G99"], modules, kept)


def test_the_page_says_what_was_not_run_and_at_which_revision_the_rest(verify_full):
    modules = {"G1": ["tests/a.py", "tests/b.py"]}
    found = {
        "passed": 3,
        "failed": 1,
        "skipped": 0,
        "revision": "abc",
        "at": "2026-11-23",
        "machine": "2",
        "seconds": 9,
    }
    told = verify_full.report(modules, {"tests/a.py": found})
    assert "| G1 | Trail immutable to the application's login | 3 | 1 | 0 | 1 | abc |" in told
    assert "| `tests/b.py` | **not run** |" in told
    assert told.count("**Not run.**") == 2
