"""docs/validation: clauses and security requirements with the tests that show them, out of the tables that stand there as data."""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from . import traceability
from .text import code, page, table

CLAUSES_INTRO = (
    "From `clauses.toml` and the tests that name a clause in `PROVES`. A row is *shown* when it has a test and nothing of it is known to be\n"
    "missing; all tests of a revision pass before it is released (`make test`, `make verify-full`). Software supports compliance; the site's\n"
    "procedures complete it. What is open may only become less: a test holds the list."
)
ASVS_INTRO = (
    "OWASP Application Security Verification Standard 5.0.0, level 2, with level 3 of V8 and V16. Only the ids are cited; the text is theirs.\n"
    "*Tested*: a test shows it. *Duty*: of whoever installs and runs it. *Open*: not done, or only partly, and said so. *Not applicable*:\n"
    "what the requirement is about does not exist here. From `asvs.toml`; a test checks that every named test exists."
)
ASSURANCE_INTRO = (
    "From `features.toml` (GAMP 5 2nd edition, FDA's Computer Software Assurance): intended use, process risk, scripted tests that run with every\n"
    "release, and sessions of unscripted testing, which people of the plant add. A feature of high risk wants both."
)
KINDS = ("tests", "duty", "open", "absent")


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "validation"


def pages() -> dict[Path, str]:
    made = {"clauses": clauses_page, "asvs": asvs_page, "assurance": assurance_page}
    return {folder() / f"{name}.md": render() for name, render in made.items()}


# --- clauses ----------------------------------------------------------------------------------------------------------


def clauses() -> list[dict[str, Any]]:
    """Rows of the table, each with every test that shows it."""
    shown = traceability.proofs()
    found = tomllib.loads((folder() / "clauses.toml").read_text())["row"]
    for row in found:
        marked = [name.strip("`").removeprefix("tests/").removesuffix(".py") for name in shown.get(row["id"], [])]
        named = row.get("tests", [])
        row["shown"] = [*named, *(name for name in marked if not any(n.split("::")[0] == name for n in named))]
    return list(found)


def is_open(row: dict[str, Any]) -> bool:
    return bool(row.get("open")) or not row["shown"]


def clauses_page() -> str:
    rows = clauses()
    missing = [row for row in rows if is_open(row)]
    told = [(row["of"], row["id"], row["behaviour"], tested(row["shown"]), beside(row)) for row in rows]
    summary = f"{len(rows)} rows: {len(rows) - len(missing)} shown, {len(missing)} open."
    return page(
        "Clauses", CLAUSES_INTRO, "", summary, "", table(("source", "clause", "behaviour", "tests", "open, or the site's duty"), told)
    )


def beside(row: dict[str, Any]) -> str:
    return f"**open:** {row['open']}" if row.get("open") else row.get("duty", "")


# --- ASVS -------------------------------------------------------------------------------------------------------------


def requirements() -> dict[str, dict[str, Any]]:
    """Id → its row. TOML itself refuses an id that stands twice."""
    return dict(tomllib.loads((folder() / "asvs.toml").read_text())["v5.0.0"])


def kind(row: dict[str, Any]) -> str:
    """`open` and `duty` come first: a test beside them shows a part only."""
    return next(name for name in ("absent", "open", "duty", "tests") if row.get(name))


def asvs_page() -> str:
    rows = requirements()
    counts = {name: sum(kind(row) == name for row in rows.values()) for name in KINDS}
    applicable = len(rows) - counts["absent"]
    share = 100 * counts["tests"] / applicable
    summary = (
        f"{applicable} applicable requirements: {counts['tests']} tested ({share:.0f} %), {counts['duty']} duties, "
        f"{counts['open']} open; {counts['absent']} more are not applicable."
    )
    told = [(f"v5.0.0-{name}", WORDS[kind(row)], row["control"], evidence(row)) for name, row in rows.items()]
    return page("ASVS", ASVS_INTRO, "", summary, "", table(("id", "", "control", "evidence"), told))


WORDS = {"tests": "tested", "duty": "duty", "open": "**open**", "absent": "not applicable"}


def evidence(row: dict[str, Any]) -> str:
    said = [row[name] for name in ("open", "duty", "absent") if isinstance(row.get(name), str)]
    return "<br>".join([*said, *filter(None, [tested(row.get("tests", []))])])


# --- assurance --------------------------------------------------------------------------------------------------------

RISKS = ("high", "medium", "low")


def features() -> list[dict[str, Any]]:
    return list(tomllib.loads((folder() / "features.toml").read_text())["feature"])


def assurance_page() -> str:
    rows = sorted(features(), key=lambda row: RISKS.index(row["risk"]))
    explored = sum(bool(row.get("unscripted")) for row in rows)
    summary = f"{len(rows)} features, {sum(row['risk'] == 'high' for row in rows)} of high risk; {explored} with unscripted sessions."
    told = [(row["name"], row["risk"], row["use"], tested(row["tests"]), _sessions(row)) for row in rows]
    return page(
        "Assurance", ASSURANCE_INTRO, "", summary, "", table(("feature", "risk", "use", "scripted", "unscripted"), told)
    )


def _sessions(row: dict[str, Any]) -> str:
    said = [
        f"{one['date']} {one['who']}: {one['tried']}; {one['found']}; {one['conclusion']}"
        for one in row.get("unscripted", ())
    ]
    return "<br>".join(said) or "none recorded"


# --- tests ------------------------------------------------------------------------------------------------------------


def tested(names: list[str]) -> str:
    return "<br>".join(code(name) for name in names)


def exists(name: str) -> bool:
    """Whether the module has tests, or the one that is named."""
    module, _colons, function = name.partition("::")
    found = _functions(module)
    return function in found if function else bool(found)


@cache
def _functions(module: str) -> frozenset[str]:
    path = Path(settings.BASE_DIR) / "tests" / f"{module}.py"
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text())
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_"))
