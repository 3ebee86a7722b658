"""The published schema with names of things that exist here beside what the generator thinks up: else every address ends in 404."""

import copy
from typing import Any

from qms.demo.cast import PASSWORD
from qms.masterdata.models import Lot
from tests.battery.plant import HOME, Plant


def known(schema: dict[str, Any], plant: Plant, *, only: bool = False) -> dict[str, Any]:
    """`only`: nothing but these where a name is asked, so that what is made leads somewhere."""
    found = copy.deepcopy(schema)
    lots = Lot.objects.filter(site__code=HOME, item__number=WORDS["part"][0]).values_list("number", flat=True)[:3]
    words = WORDS | {"lot": list(lots)}
    numbers = {model.prefix: [r.number for r in rows.values()] for model, rows in plant.home.items()}
    for address, methods in found["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                widen(parameter, "schema", told(address, parameter["name"], numbers, plant), only)
    asked = [
        schema for name, schema in found["components"]["schemas"].items() if name.endswith("Body")
    ]  # not what is answered
    for component in asked:
        for name in component.get("properties", {}):
            widen(component["properties"], name, words.get(name, []), only)
    return found


# Of the demo plant and its cast.
WORDS = {
    "part": ["A-1042"],
    "defect_code": ["DIM-OUT"],
    "username": ["engineer", "mrb1", "manager"],
    "password": [PASSWORD],
    "cause": ["INFO"],
    "reason": ["found by the run of many requests"],
    "site": ["AUG", "SUZ"],
    "unit": ["u"],
}


def told(address: str, name: str, numbers: dict[str, list[str]], plant: Plant) -> list[Any]:
    things = plant.things["home"]
    if name == "number":
        noun = address.removeprefix("/api/v1/").split("/")[0]
        prefix = {"ncrs": "NCR", "holds": "HLD", "gauges": "GAU"}.get(noun, "")
        return next((n for p, n in numbers.items() if noun.startswith(p.lower()) or p == prefix), [])
    if name == "uid":
        return [str(things[kind].uid) for kind in ("webhook", "command")]
    if name == "reference":
        return [things["delivery"].posting.reference]
    return [f'"{n}"' for n in range(1, 9)] if name == "If-Match" else []


def widen(holder: dict[str, Any], name: str, values: list[Any], only: bool) -> None:
    if values and holder[name].get("type") == "string":
        holder[name] = {"enum": values} if only else {"anyOf": [{"enum": values}, holder[name]]}
