"""The characteristics of a draft: what a line must say, and how the lines of a plan are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qms.lib import units
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7

from ..calc.sampling import AQLS, LEVELS
from ..choices import NUMERIC, TABLES, CharacteristicKind, DecisionRule, Importance, OwnSample, Scheme
from ..models import InspectionPlan, PlanCharacteristic
from ..models.characteristics import TOLD
from . import callouts, computed

MOST = 500
BALLOON = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,11}")
GIVEN = tuple(name for name in TOLD if name != "position")
IDENTITY = ("uid", "origin")
DEFAULTS: dict[str, Any] = {
    "kind": CharacteristicKind.VARIABLE, "importance": Importance.MAJOR, "sampling": OwnSample.INHERIT, "callout": {},
    "choices": [], "is_basic": False, "is_reference": False, "is_key": False, "nominal": None, "lower": None, "upper": None,
    "uncertainty": None, "sample_size": None, "aql": None, "switches": False,
}  # fmt: skip
PLACE = re.compile(r"[0-9a-f]{64}@(0|[1-9][0-9]{0,2}|1000),(0|[1-9][0-9]{0,2}|1000)")
Row = dict[str, Any]


def checked(rows: Sequence[Row], *, scheme: str) -> list[Row]:
    """Every line complete, with its defaults. Raises Invalid with place and reason of the first that cannot be."""
    if len(rows) > MOST:
        raise Invalid(_("A plan has at most %(most)s characteristics.") % {"most": MOST}, field="characteristics")
    found = [whole(row, place) for place, row in enumerate(rows, 1)]
    seen: set[str] = set()
    for place, row in enumerate(found, 1):
        if row["balloon"] in seen:
            raise _refused(place, row, _("the balloon stands twice in this plan"))
        seen.add(row["balloon"])
    check_formulas(found)
    return found


def check_formulas(rows: Sequence[Row]) -> None:
    """Raises Invalid with place and reason of the first that cannot be computed."""
    names = {computed.name_of(row["balloon"]): row for row in rows if row["kind"] in NUMERIC}
    for place, row in enumerate(rows, 1):
        if row["kind"] == CharacteristicKind.COMPUTED and (why := computed.wrong(row, names)):
            raise _refused(place, row, why)


def whole(row: Row, place: int) -> Row:
    """A line with its defaults, right by itself. Raises Invalid."""
    if unknown := set(row) - {*GIVEN, *IDENTITY}:
        raise _refused(place, row, _("“%(name)s” is no field of a characteristic") % {"name": min(unknown)})
    text = {name: "" for name in GIVEN if name not in DEFAULTS}
    full = {
        **text,
        **DEFAULTS,
        **{name: value for name, value in row.items() if value is not None or name in DEFAULTS},
    }
    full = {name: value.strip() if isinstance(value, str) else value for name, value in full.items()}
    for rule in RULES:
        if why := rule(full):
            raise _refused(place, full, why)
    if unit := units.find(full["unit"]):
        full["unit"] = unit.symbol
    return full


def _refused(place: int, row: Row, why: Any) -> Invalid:
    return Invalid(
        _("Line %(place)s (balloon %(balloon)s): %(why)s.")
        % {"place": place, "balloon": row.get("balloon") or "–", "why": why},
        field="characteristics",
        hint=_("Correct the line and save again; nothing was changed."),
    )


def _named(row: Row) -> Any:
    if not BALLOON.fullmatch(row["balloon"]):
        return _("a balloon is 1 to 12 letters, digits, dots or dashes")
    if not row["name"]:
        return _("the name of the characteristic is missing")
    if row["kind"] not in CharacteristicKind.values or row["importance"] not in Importance.values:
        return _("kind or class is not known")
    return ""


def _limited(row: Row) -> Any:
    ends = (row["nominal"], row["lower"], row["upper"], row["uncertainty"])
    if row["kind"] not in NUMERIC:
        return _("only what is measured or computed has nominal and limits") if any(e is not None for e in ends) else ""
    if row["lower"] is not None and row["upper"] is not None and row["lower"] > row["upper"]:
        return _("the lower limit lies above the upper one")
    if row["lower"] is None and row["upper"] is None and not (row["is_basic"] or row["is_reference"]):
        return _("what is measured needs a lower or an upper limit, unless it is a basic or a reference dimension")
    if row["uncertainty"] is not None and row["uncertainty"] < 0:
        return _("the uncertainty is not below zero")
    if row["decision_rule"] not in ("", *DecisionRule.values):
        return _("the decision rule is not known")
    if row["decision_rule"] == DecisionRule.GUARD_BAND and not row["uncertainty"]:
        return _("a guard band needs the measurement uncertainty U")
    return ""


def _unit(row: Row) -> Any:
    if row["unit"] and units.find(row["unit"]) is None:
        return _("the unit “%(unit)s” is not known") % {"unit": row["unit"]}
    return ""


def _coded(row: Row) -> Any:
    if row["kind"] != CharacteristicKind.CHOICE:
        return _("only a coded choice has choices") if row["choices"] else ""
    if not all(isinstance(c, dict) and set(c) == {"code", "label", "accept"} and c["code"] for c in row["choices"]):
        return _("every choice has a code, a label, and whether it is accepted")
    codes = [choice["code"] for choice in row["choices"]]
    if len(codes) < 2 or len(set(codes)) < len(codes):
        return _("a coded choice has two choices or more, each of its own code")
    if len({bool(choice["accept"]) for choice in row["choices"]}) < 2:
        return _("at least one choice is accepted and at least one is not")
    return ""


def _drawn(row: Row) -> Any:
    return callouts.wrong(row["callout"]) if row["callout"] else ""


def _computed(row: Row) -> Any:
    if (row["kind"] == CharacteristicKind.COMPUTED) != bool(row["formula"]):
        return _("a computed characteristic, and no other, has a formula")
    return ""


def _sampled(row: Row) -> Any:
    rule, size = row["sampling"], row["sample_size"]
    if rule not in OwnSample.values:
        return _("the sample rule is not known")
    if rule == OwnSample.FIXED and (size is None or size < 1):
        return _("say how many pieces are measured: one or more")
    if rule == OwnSample.OWN and row["scheme"] not in (*TABLES, Scheme.C0):
        return _("an own AQL needs a scheme of the tables, or C = 0")
    if rule == OwnSample.OWN and row["scheme"] in TABLES and row["level"] not in LEVELS:
        return _("an own AQL needs an inspection level")
    if rule == OwnSample.OWN and row["aql"] not in AQLS:
        return _("the tables have no column for this AQL")
    if row["switches"] and (rule != OwnSample.OWN or row["scheme"] not in TABLES):
        return _("only a characteristic with an own AQL of the tables switches by itself")
    return ""


def _placed(row: Row) -> Any:
    if row["place"] and not PLACE.fullmatch(row["place"]):
        return _("a place is a picture of the plan and two numbers from 0 to 1000")
    return ""


RULES: tuple[Callable[[Row], Any], ...] = (_named, _limited, _unit, _coded, _drawn, _computed, _sampled, _placed)


def write(plan: InspectionPlan, rows: Sequence[Row]) -> None:
    """The lines of a draft become these, in this order, inside the caller's act."""
    held = {str(row.uid): row for row in plan.characteristics.all()}
    named = {str(row["uid"]) for row in rows if row.get("uid")}
    if strangers := named - set(held):
        raise Invalid(
            _("This plan has no characteristic %(uid)s.") % {"uid": min(strangers)},
            field="characteristics",
            hint=_("Leave the uid out for a new line."),
        )
    PlanCharacteristic.objects.filter(pk__in=[row.pk for uid, row in held.items() if uid not in named]).delete()
    for position, row in enumerate(rows, 1):
        values = {name: row[name] for name in GIVEN}
        known = held.get(str(row.get("uid") or ""))
        if known is None:
            origin = {"origin": row["origin"]} if row.get("origin") else {}
            _add(plan, position, {**values, **origin})
        elif _differs(known, position, values):
            for name, value in values.items():
                setattr(known, name, value)
            known.position = position
            known.save()


def _add(plan: InspectionPlan, position: int, values: Row) -> None:
    made = uuid7()
    PlanCharacteristic.objects.create(plan=plan, position=position, uid=made, **{"origin": made, **values})


def _differs(known: PlanCharacteristic, position: int, values: Row) -> bool:
    return known.position != position or any(getattr(known, name) != value for name, value in values.items())
