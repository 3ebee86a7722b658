"""docs/reference/permissions.md: right × role, and route × verb with what each caller is answered."""

from qms.accounts.roles import MATRIX, ROLES, SCOPES

from .routes import OPEN, SIGNED_IN, Route, routes
from .text import code, codes, page, table

RULES = """How a route answers, by rule; `tests/battery` walks every cell (role × route × verb × own site, other site, missing).

| caller | page | API |
| --- | --- | --- |
| nobody | 302 to the login (public routes answer) | 401 |
| lacks the right everywhere | 403 on a visible record, 404 on an invisible one | 403 |
| holds the right, record on another site | 404, as if it did not exist | 404 |
| holds the right, record missing | 404 | 404 |
| holds the right on the record's site | the page or act; 403 or 409 when duties are segregated or the state forbids it | the same |
| verb that is not listed | 405 | 405 |
"""


def render() -> str:
    found = routes()
    public = codes(r.name for r in found if OPEN in r.permissions.values())
    return page(
        "Permissions",
        "## Rights by role\n\n" + table(("right", *ROLES), _matrix()),
        "## Scopes of tokens\n\n" + table(("scope", "rights"), ((code(n), codes(p)) for n, p in SCOPES.items())),
        f"## Routes\n\n{RULES}\nWithout a login: {public}.\n",
        table(("route", "verb", "right", "held by", "step"), (row for route in found for row in _route(route))),
    )


def _matrix() -> list[tuple[str, ...]]:
    return [(code(right), *("●" if role in roles else "" for role in ROLES)) for right, roles in sorted(MATRIX.items())]


def _route(route: Route) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (code(f"/{route.pattern}"), verb, code(right), holders(right), code(route.step))
        for verb, right in route.permissions.items()
    ]
    if route.export:
        address = code(f"/{route.pattern}?format=csv|xlsx")
        rows.append((address, "GET", code(route.export), holders(route.export), ""))
    return rows


def holders(right: str) -> str:
    if right in (OPEN, SIGNED_IN):
        return "everybody" if right == OPEN else "every known person or token"
    scopes = [f"scope {name}" for name, rights in SCOPES.items() if right in rights]
    return ", ".join([*MATRIX.get(right, ()), *scopes])
