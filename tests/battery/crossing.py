"""What a place is, and the places of names in other systems and of what two systems say."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from qms.docs.routes import Route

from .plant import Plant

NOWHERE = UUID("00000000-0000-7000-8000-000000000000")


@dataclass(frozen=True)
class Place:
    """`sees`: the right that shows the object; `site_id` None: it belongs to no site."""

    where: str  # none, own, other, closed, missing
    path: str
    sees: str = ""
    site_id: int | None = None
    record: Any = None


# Accounts belong to the whole company: who may look at one may look at all.
ACCOUNTS = {
    *(
        "office:person",
        "office:grant",
        "office:grant-end",
        "office:password-set",
        "office:deactivate",
        "office:reactivate",
        "office:access-end",
        "office:codes-end",
        "office:badge",
        "office:badge-end",
    ),
    *("identity:invite", "identity:bind", "identity:password-off"),
    *("office:service", "office:token-issue", "office:token-revoke"),
}
# Route → the thing of the plant, and by what it is addressed. Rules of spelling belong to the whole company.
NAMED = {
    **{f"connectors:name{act}": ("name", "uid") for act in ("", "-withdraw", "-undo")},
    **{f"connectors:spelling{act}": ("spelling", "uid") for act in ("", "-activate", "-retire")},
    **{f"api:spelling-{act}": ("spelling", "uid") for act in ("activate", "retire")},
    "api:crosswalk-withdraw": ("name", "uid"),
    "api:crosswalk-undo": ("name", "change"),
    **{f"connectors:conflict{act}": ("conflict", "uid") for act in ("", "-keep", "-take")},
    **{f"api:conflict-{act}": ("conflict", "uid") for act in ("keep", "take")},
    **{f"inspection:signal{act}": ("signal", "uid") for act in ("", "-acknowledge", "-close")},
    **{f"api:chart-signal-{act}": ("signal", "uid") for act in ("acknowledge", "close")},
    **{f"inspection:occasion{act}": ("occasion", "uid") for act in ("", "-close", "-try")},
    **{f"api:inspection-occasion-{act}": ("occasion", "uid") for act in ("close", "try")},
}
SEEN_BY = {
    "signal": "measurement.view",
    "occasion": "inspection.view",
    "name": "masterdata.view",
    "spelling": "masterdata.view",
    "conflict": "ncr.view",
}


def crossing(route: Route, plant: Plant) -> list[Place]:
    """Empty for every other route."""
    if route.name not in NAMED:
        return []
    part, key = NAMED[route.name]
    sides = [("own", "home"), ("other", "away")] if part != "spelling" else [("own", "home")]
    found = []
    for where, side in sides:
        row = plant.things[side][part]
        found.append(Place(where, route.path(uid=getattr(row, key)), SEEN_BY[part], getattr(row, "site_id", None)))
    return [*found, Place("missing", route.path(uid=NOWHERE))]
