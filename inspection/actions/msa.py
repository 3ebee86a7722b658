"""Studies of measurement systems: recorded with their readings, computed by the server, concluded by another person."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.lib.quantity import parse, show
from qms.records import actions as records
from qms.records.actions import Signing, check_reason

from ..calc.errors import CalcError
from ..calc.msa import studies as calc
from ..events import msa as events
from ..models import Gauge, MsaStudy, StudyKind
from . import gauges

MOST_ROWS, MOST_VALUES = 200, 50
FIELDS = ("characteristic", "performed_date", "tolerance", "reference", "rows")


def study(*, by: Any, gauge: Gauge, kind: str, uid: UUID | None = None, **values: Any) -> MsaStudy:
    """Record a study; `values`: characteristic, performed_date, rows, and tolerance and reference as decimals in text.

    `rows`: [{"appraiser", "part", "reference", "values"}]. The same `uid` again returns the first one. Raises Invalid with the line,
    Conflict for a retired gauge, Forbidden.
    """
    access.check(by, gauges.RIGHT, gauge)
    if uid and (known := MsaStudy.objects.filter(uid=uid, created_by=by).first()):
        return known
    if kind not in StudyKind.values:
        raise Invalid(_("Choose the kind of study."), field="kind")
    with journal.act(events.RECORDED, by=by) as act:
        row: Gauge = records.locked(gauge)
        if row.state == "RETIRED":
            raise Conflict(_("%(asset)s is retired; it is studied no more.") % {"asset": row.asset}, code="ended")
        made = MsaStudy.objects.create(
            uid=uid or uuid7(), site_id=row.site_id, compartment_id=row.compartment_id, container_id=row.container_id,
            state="DRAFT", created_by=by, edited_by=by, gauge=row, kind=kind, unit=row.unit, **_given(kind, values),
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def edit(*, msastudy: MsaStudy, by: Any, reason: str, version: int | None = None, **values: Any) -> MsaStudy:
    """Change what was recorded; it is computed again."""

    def change(row: MsaStudy) -> tuple[str, ...]:
        given = _given(row.kind, {name: values.get(name, getattr(row, name)) for name in FIELDS})
        for name, value in {**given, "edited_by": by}.items():
            setattr(row, name, value)
        return (*given, "edited_by")

    return _step(msastudy, "edit", by, reason=reason, version=version, change=change)


def approve(
    *, msastudy: MsaStudy, by: Any, reason: str, signing: Signing | None, version: int | None = None
) -> MsaStudy:
    """`reason`: what follows of the result for the use of the gauge; it stands with the study from then on."""
    check_reason(reason)

    def change(row: MsaStudy) -> tuple[str, ...]:
        row.approved_by, row.conclusion = by, reason.strip()
        return ("approved_by", "conclusion")

    return _step(msastudy, "approve", by, reason=reason, version=version, signing=signing, change=change)


def cancel(*, msastudy: MsaStudy, by: Any, reason: str, version: int | None = None) -> MsaStudy:
    return _step(msastudy, "cancel", by, reason=reason, version=version)


def _given(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of what was told, with what the server makes of it. Raises Invalid."""
    if unknown := set(values) - set(FIELDS):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    day: date = values["performed_date"]
    if day > now().date():
        raise Invalid(
            _("A study is recorded after it was carried out."), field="performed_date", hint=_("Correct the date.")
        )
    rows = _rows(kind, values.get("rows") or ())
    numbers = {name: _decimal(name, values.get(name) or "") for name in ("tolerance", "reference")}
    try:
        found = calc.study(kind, rows, **{name: float(text) if text else None for name, text in numbers.items()})
    except CalcError as error:
        field = {"needs_tolerance": "tolerance", "tolerance": "tolerance", "needs_reference": "reference"}.get(
            error.code, "rows"
        )
        raise Invalid(_(error.sentence) % error.facts, field=field) from None
    return {
        "characteristic": str(values.get("characteristic") or "").strip(),
        "performed_date": day,
        "rows": rows,
        **numbers,
        "result": {
            "method": found.method,
            "figures": [[name, _text(value)] for name, value in found.figures.items()],
            "components": [[name, *(_text(value) for value in rest)] for name, *rest in found.components],
        },
        "grade": found.grade,
        "percent": None if found.percent is None else min(Decimal(str(round(found.percent, 2))), Decimal("9999999999")),
        "is_of_tolerance": found.percent is not None and bool(numbers["tolerance"]),
        "ndc": found.ndc,
    }


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _decimal(name: str, text: Any) -> str:
    if text == "":
        return ""
    try:
        return show(parse(text))
    except ValueError:
        raise Invalid(
            _("“%(text)s” is not a number of at most six decimal places.") % {"text": text}, field=name,
            hint=_("Write the digits with a dot or a comma as the decimal sign."),
        ) from None  # fmt: skip


def _rows(kind: str, given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = [_row(line, kind, each) for line, each in enumerate(given, 1)]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(
            _("A study has 1 to %(most)s lines.") % {"most": MOST_ROWS}, field="rows",
            hint=_("Write one line for each appraiser and part."),
        )  # fmt: skip
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, 1):
        key = (row["appraiser"], row["part"])
        if kind in (*calc.BY_PEOPLE, "agreement") and key in seen:
            text = _("Line %(line)s: %(appraiser)s has measured part %(part)s on an earlier line.")
            raise Invalid(text % {"line": line, "appraiser": key[0], "part": key[1]}, field="rows")
        seen.add(key)
    return rows


def _row(line: int, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: str(given.get(name) or "").strip()[:80] for name in ("appraiser", "part", "reference")}
    values = [str(value).strip() for value in given.get("values") or ()]
    if not 1 <= len(values) <= MOST_VALUES or "" in values:
        raise Invalid(
            _("Line %(line)s has 1 to %(most)s readings, and none of them is left out.")
            % {"line": line, "most": MOST_VALUES},
            field="rows",
        )
    if kind == "agreement":
        return {**words, "values": [value[:40] for value in values]}
    return {
        **words,
        "reference": _number(line, words["reference"]) if words["reference"] else "",
        "values": [_number(line, value) for value in values],
    }


def _number(line: int, text: str) -> str:
    try:
        return show(parse(text))
    except ValueError:
        raise Invalid(
            _("Line %(line)s: “%(text)s” is not a number of at most six decimal places.")
            % {"line": line, "text": text},
            field="rows",
            hint=_("Write the digits with a dot or a comma as the decimal sign."),
        ) from None


def _step(record: MsaStudy, name: str, by: Any, **options: Any) -> MsaStudy:
    row: MsaStudy = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: MsaStudy) -> events.StudyTold:
    return events.StudyTold(
        study=row.number, gauge=row.gauge.number, asset=row.gauge.asset, kind=row.kind, grade=row.grade,
        percent="" if row.percent is None else str(row.percent), ndc=row.ndc,
    )  # fmt: skip


MSASTUDY_STEPS: dict[str, Callable[..., MsaStudy]] = {"edit": edit, "approve": approve, "cancel": cancel}
