"""docs/reference/traceability.md: from clause and goal to the tests that show it. A test module names what it proves in `PROVES`."""

import ast
from pathlib import Path
from typing import Any

from django.conf import settings

from .text import code, page, table

INTRO = (
    "Each test module says in `PROVES` which clauses and goals it shows. An empty cell is an honest gap. Software supports\n"
    "compliance; the site's procedures complete it."
)
REQUIREMENTS = {
    "11.10(a)": "Validation; altered records are discerned (verify_trail)",
    "11.10(b)": "Copies for people and machines",
    "11.10(c)": "Records are kept: delete is refused",
    "11.10(d)": "Access limited to authorised people: default deny on every route",
    "11.10(e)": "Audit trail: who, what, old, new, when, why; written by the system, never obscured, never switched off",
    "11.10(f)": "Sequence of steps enforced, in the database too",
    "11.10(g)": "Authority checks at the time of use",
    "11.10(j)": "Accountability: segregation of duties",
    "11.50": "Signature shows printed name, time and meaning",
    "11.70": "Signature is bound to the record's content",
    "11.100(a)": "A signature belongs to one person: a user id is never used again",
    "11.100(b)": "Identity is checked before an account is given",
    "11.200(a)": "Two components at each signing, used by their owner only",
    "11.300(a)": "Uniqueness of user id and password",
    "11.300(c)": "Lost or compromised tokens are revoked at once",
    "11.300(d)": "Lockout after repeated failures, each an act in the trail",
    "G1": "Trail immutable to the application's login",
    "G2": "Trail complete over twelve ways of writing",
    "G3": "Tampering is found",
    "G6": "Sealed soon; alarm when not; another sealer takes over",
    "G7": "Proofs of inclusion and consistency, verified outside",
    "G8": "Invariants of electronic signatures",
    "G9": "Delivery without loss or duplicate under faults",
    "G10": "The broker is only a doorbell: killed, emptied or away, nothing is lost",
    "G11": "What was acknowledged outlives a crash of the database, and the seals stand",
    "G12": "Silence is alarmed, and a working week is quiet",
    "G13": "Reconciliation finds what differs",
    "G14": "Authorisation matrix: every role, route, verb and site",
    "G15": "Hostile and generated requests give no 5xx",
    "G16": "Hostile input: exports without live formulas",
    "G17": "Restore drill: same records, same root, sealed again in a new era",
    "G18": "Upgrade of a live plant: no error, roots of old sizes stand",
    "G19": "Ingest has its effect exactly once",
    "G20": "Each applicable requirement of ASVS has a test or a duty",
    "G21": "Segregation of duties holds by page, API and act",
    "G22": "Values of several clients at once",
    "G23": "Changes of the code are noticed by its tests",
    "G24": "Each clause has a test",
}


def render() -> str:
    shown = proofs()
    names = [*REQUIREMENTS, *sorted(set(shown) - set(REQUIREMENTS))]
    rows = [(name, REQUIREMENTS.get(name, ""), "<br>".join(shown.get(name, []))) for name in names]
    return page("Traceability", INTRO, table(("clause or goal", "behaviour", "shown by"), rows))


def proofs() -> dict[str, list[str]]:
    """Requirement → test modules."""
    found: dict[str, list[str]] = {}
    root = Path(settings.BASE_DIR)
    for path in sorted((root / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        for name in proven(tree):
            found.setdefault(name, []).append(code(path.relative_to(root)))
    return found


def proven(tree: ast.Module) -> list[Any]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["PROVES"]:
            return list(ast.literal_eval(node.value))
    return []
