"""Which plan applies, what it says, and what changed between two editions."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from qms.lib import canonical, units
from qms.records.models import Attachment

from ..choices import Geometric
from ..models import InspectionPlan, PlanCharacteristic
from ..models.characteristics import TOLD, plain

# What makes a plan more special, the weightiest first: the same order for every kind of inspection.
ORDER = ("revision", "operation", "supplier", "customer")


@dataclass(frozen=True)
class Frozen:
    """What a lot keeps of a plan; `content` has the shape of InspectionPlan.snapshot()."""

    content: dict[str, Any]
    sha256: str


def frozen(plan: InspectionPlan) -> Frozen:
    content = plan.snapshot()
    return Frozen(content, canonical.digest(content))


def applicable(
    *,
    item: Any,
    kind: str,
    site: Any,
    revision: str = "",
    operation: str = "",
    supplier: Any = None,
    customer: Any = None,
) -> InspectionPlan | None:
    """The released plan that fits best; None when none fits. Never guessed: at most one can be best.

    A plan fits when each part of its scope is empty or the very one. One for the revision counts before one for the operation (their
    limits are of the drawing), that before one for the supplier, that before one for the customer. Two plans that fit alike would be
    of one scope, of which the database lets only one be released. A lot of unknown revision finds only plans for any revision.
    """
    asked = {"supplier": supplier, "customer": customer, "operation": operation or "", "revision": revision or ""}
    rows = InspectionPlan.objects.filter(site=site, item=item, kind=kind, state="RELEASED")
    for name, value in asked.items():
        rows = rows.filter(_fits(name, value))
    found = sorted(rows.select_related("site"), key=weight, reverse=True)
    return found[0] if found else None


def _fits(name: str, value: Any) -> Q:
    empty = Q(**{name: None}) if name in ("supplier", "customer") else Q(**{name: ""})
    return empty | Q(**{name: value}) if value else empty


def weight(plan: InspectionPlan) -> tuple[bool, ...]:
    return tuple(bool(getattr(plan, f"{n}_id" if n in ("supplier", "customer") else n)) for n in ORDER)


@dataclass(frozen=True)
class Difference:
    """`verdict`: added, removed, changed; `fields`: (name, before, after)."""

    verdict: str
    row: PlanCharacteristic
    fields: tuple[tuple[str, Any, Any], ...] = ()
    was: PlanCharacteristic | None = None

    @property
    def shown(self) -> list[tuple[Any, Any, Any]]:
        """Label, before, after, in words."""
        named: Any = PlanCharacteristic._meta.get_field
        was = self.was or self.row
        return [
            (named(name).verbose_name, was.in_words_of(name), self.row.in_words_of(name))
            for name, _a, _b in self.fields
        ]


def differences(before: InspectionPlan, after: InspectionPlan) -> list[Difference]:
    """Of the characteristics, in the order of `after`; what is gone stands last."""
    old = {row.origin: row for row in before.characteristics.all()}
    found = []
    for row in after.characteristics.all():
        was = old.pop(row.origin, None)
        if was is None:
            found.append(Difference("added", row))
        elif fields := _changed(was, row):
            found.append(Difference("changed", row, fields, was))
    return [*found, *(Difference("removed", row) for row in old.values())]


def _changed(was: PlanCharacteristic, row: PlanCharacteristic) -> tuple[tuple[str, Any, Any], ...]:
    pairs = ((name, plain(getattr(was, name)), plain(getattr(row, name))) for name in TOLD)
    return tuple((name, a, b) for name, a, b in pairs if a != b)


def editions(plan: InspectionPlan) -> list[InspectionPlan]:
    """Of the plan's scope, newest first."""
    return list(InspectionPlan.objects.filter(family=plan.family).order_by("-edition"))


def pictures(plan: InspectionPlan) -> dict[str, Attachment]:
    """SHA-256 → picture, of the plan and of the editions before it: what its characteristics may name."""
    return {row.sha256: row for row in _files(plan).filter(media_type__startswith="image/")}


def documents(plan: InspectionPlan) -> dict[str, Attachment]:
    """SHA-256 → PDF, likewise: its pages may become pictures."""
    return {row.sha256: row for row in _files(plan).filter(media_type="application/pdf")}


def _files(plan: InspectionPlan) -> QuerySet[Attachment]:
    known = InspectionPlan.objects.filter(family=plan.family, edition__lte=plan.edition).values_list("pk", flat=True)
    rows = Attachment.objects.filter(record_type=plan._meta.label_lower, record_key__in=[str(pk) for pk in known])
    return rows.order_by("pk")


def placed(text: str, known: dict[str, Attachment]) -> dict[str, Any] | None:
    """Picture and place in thousandths of what `place` says; None without one, or where the picture is not known."""
    sha256, _at, point = text.partition("@")
    if sha256 not in known or not point:
        return None
    x, _comma, y = point.partition(",")
    return {"file": known[sha256], "x": int(x), "y": int(y)}


def before(plan: InspectionPlan) -> InspectionPlan | None:
    """What its changes are told against: the edition before, else what it was copied from."""
    known = InspectionPlan.objects.filter(family=plan.family, edition__lt=plan.edition).exclude(state="CANCELLED")
    return known.order_by("-edition").first() or plan.base


# What the editor suggests.
UNITS = tuple(units.UNITS)
SYMBOLS = tuple(Geometric.choices)
