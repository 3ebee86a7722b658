"""A defect told in names by another system: find what they mean here and open the NCR. One query, one INSERT, one journal line.

The query also opens the act (core-path.md §5.3): every statement costs more than the rows it reads.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from qms import journal
from qms.journal.acts import SETTINGS, context_values, entered
from qms.lib.errors import Refusal

from .. import events
from ..choices import Severity
from ..models import Nonconformance
from .report import DefectReport, report_defect


@dataclass(frozen=True, kw_only=True)
class NamedDefect:
    """`system`: whose names these are (the crosswalk's source). `language`: of the title that we make up."""

    system: str
    site_id: int
    code: str
    quantity: Decimal
    occurred_at: datetime
    received_at: datetime
    part: str = ""
    order: str = ""
    lot: str = ""
    unit: str = ""
    operation: str = ""
    work_center: str = ""
    part_revision: str = ""
    severity: str = ""
    description: str = ""
    detected_by: str = ""
    source: str = ""
    source_event: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Unknown:
    """A name without a meaning here. `why`: unknown, ambiguous, retired."""

    kind: str
    name: str
    why: str = "unknown"


class Unresolved(Refusal):
    """Part, order or defect code mean nothing here yet; a person maps them, or the master data arrives."""

    status, code = 202, "needs_mapping"

    def __init__(self, names: list[Unknown]) -> None:
        super().__init__(" ".join(sentence(n) for n in names))
        self.names = names


def sentence(unknown: Unknown) -> str:
    kind = {"item": _("part"), "order": _("production order"), "defect_code": _("defect code")}[unknown.kind]
    text = {
        "unknown": _("The %(kind)s “%(name)s” is not known here. Map it, or wait for the master data."),
        "ambiguous": _("The %(kind)s “%(name)s” stands for several. Map it to one, or send the order."),
        "retired": _("The %(kind)s “%(name)s” was retired before the defect was found. Map it to its successor."),
    }[unknown.why]
    return text % {"kind": kind, "name": unknown.name}


@dataclass(frozen=True)
class Taken:
    """`notes`: what was taken over as text only, in words."""

    ncr: Nonconformance
    notes: list[str] = field(default_factory=list)


def take_defect(*, defect: NamedDefect, by: Any, origin: str = "") -> Taken:
    """Inside the caller's transaction. Raises Unresolved; nothing was written then."""
    act = journal.Act(events.REPORTED, by)
    values = context_values(act.id, by.actor(), source=origin)
    found = _look_up(defect, values)
    if missing := _unknown(defect, found):
        raise Unresolved(missing)
    report, notes = _report(defect, found)
    with entered(values):
        return Taken(report_defect(defect=report, by=by, act=act), notes)


def _meant(kind: str, name: str) -> str:
    return f"""coalesce((SELECT x.local_value FROM masterdata_crosswalk x WHERE x.source = %(system)s::text
        AND x.kind = '{kind}' AND x.foreign_value = %({name})s::text), %({name})s::text)"""


HERE = "gone_at IS NULL AND (site_id IS NULL OR site_id = %(site)s::bigint)"
LOOK_UP = f"""
WITH a AS MATERIALIZED (SELECT {_meant("item", "part")} AS part, {_meant("defect_code", "code")} AS code,
    {_meant("unit", "unit")} AS unit, {_meant("work_center", "work_center")} AS work_center)
SELECT o.id AS order_id, o.n AS orders, o.item_id AS order_item_id, i.id AS item_id, i.n AS items, i.number AS part_number,
    i.name AS part_name, i.unit_id, l.id AS lot_id, l.n AS lots, p.id AS operation_id, p.name AS operation_name,
    w.id AS work_center_id, s.id AS supplier_id, s.name AS supplier_name,
    c.id AS code_id, c.code, c.label_en, c.label_zh_hans, c.severity, c.valid_to,
    b.number AS base_number, b.category AS base_category, b.factor AS base_factor,
    u.id AS given_id, u.category AS given_category, u.factor AS given_factor,
    {", ".join(f"set_config('{name}', %({name})s, true)" for name in SETTINGS)}
FROM a
LEFT JOIN LATERAL (SELECT id, item_id, count(*) OVER () AS n FROM masterdata_productionorder
    WHERE number = %(order)s::text AND {HERE} LIMIT 1) o ON true
LEFT JOIN LATERAL (SELECT *, count(*) OVER () AS n FROM (
    SELECT id, number, name, unit_id FROM masterdata_item WHERE number = a.part AND a.part <> '' AND {HERE}
    UNION ALL SELECT id, number, name, unit_id FROM masterdata_item WHERE id = o.item_id AND a.part = '') f
    ORDER BY (f.id = o.item_id) DESC NULLS LAST LIMIT 1) i ON true
LEFT JOIN LATERAL (SELECT id, count(*) OVER () AS n FROM masterdata_lot
    WHERE number = %(lot)s::text AND item_id = i.id AND {HERE} LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT z.id, z.name FROM masterdata_receiptline rl JOIN masterdata_receipt r ON r.id = rl.receipt_id
    JOIN masterdata_supplier z ON z.id = r.supplier_id WHERE rl.lot_id = l.id AND l.n = 1 ORDER BY rl.id DESC LIMIT 1) s ON true
LEFT JOIN LATERAL (SELECT id, name FROM masterdata_operation WHERE number = %(operation)s::text AND {HERE} LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT id FROM masterdata_workcenter WHERE number = a.work_center AND {HERE} LIMIT 1) w ON true
LEFT JOIN ncr_defectcode c ON c.code = a.code
LEFT JOIN masterdata_unit b ON b.id = i.unit_id
LEFT JOIN LATERAL (SELECT id, category, factor FROM masterdata_unit WHERE number = a.unit AND a.unit <> ''
    ORDER BY (id = i.unit_id) DESC NULLS LAST LIMIT 1) u ON true"""


def _look_up(defect: NamedDefect, values: list[str]) -> dict[str, Any]:
    names = ("system", "part", "code", "unit", "work_center", "order", "lot", "operation")
    asked = {name: getattr(defect, name) for name in names} | {"site": defect.site_id}
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, {**asked, **dict(zip(SETTINGS, values, strict=True))})
        columns = [column.name for column in cursor.description]
        return dict(zip(columns, cursor.fetchone(), strict=True))


def _unknown(defect: NamedDefect, found: dict[str, Any]) -> list[Unknown]:
    missing = []
    if defect.order and found["orders"] != 1:
        missing.append(Unknown("order", defect.order, "ambiguous" if found["orders"] else "unknown"))
    if found["item_id"] is None:
        missing.append(Unknown("item", defect.part or defect.order))
    elif found["items"] > 1 and found["item_id"] != found["order_item_id"]:
        missing.append(Unknown("item", defect.part, "ambiguous"))
    if found["code_id"] is None:
        missing.append(Unknown("defect_code", defect.code))
    elif found["valid_to"] and found["valid_to"] < defect.occurred_at.date():
        missing.append(Unknown("defect_code", defect.code, "retired"))
    return missing


def _report(defect: NamedDefect, found: dict[str, Any]) -> tuple[DefectReport, list[str]]:
    label = found["label_zh_hans"] if defect.language.startswith("zh") else found["label_en"]
    is_one_lot = found["lots"] == 1
    base_unit_id, factor, notes = _unit(defect, found)
    if defect.lot and not is_one_lot:
        notes.append(_("The lot “%(name)s” is not known from the ERP; its number was kept.") % {"name": defect.lot})
    report = DefectReport(
        site_id=defect.site_id,
        item_id=found["item_id"],
        part_number=found["part_number"],
        part_name=found["part_name"],
        part_revision=defect.part_revision,
        defect_code_id=found["code_id"],
        defect=found["code"],
        severity=defect.severity if defect.severity in Severity.values else found["severity"],
        quantity=defect.quantity,
        unit=defect.unit or found["base_number"] or "",
        base_unit_id=base_unit_id,
        unit_factor=factor,
        occurred_at=defect.occurred_at,
        received_at=defect.received_at,
        title=f"{label}: {found['part_number']}"[:200],
        lot_id=found["lot_id"] if is_one_lot else None,
        lot_number=defect.lot,
        order_id=found["order_id"],
        order_number=defect.order,
        operation_id=found["operation_id"],
        operation_name=found["operation_name"] or defect.operation,
        work_center_id=found["work_center_id"],
        supplier_id=found["supplier_id"],
        supplier_name=found["supplier_name"] or "",
        description=defect.description,
        detected_by=defect.detected_by,
        source=defect.source,
        source_event=defect.source_event,
    )
    return report, notes


def _unit(defect: NamedDefect, found: dict[str, Any]) -> tuple[int | None, Decimal, list[str]]:
    """The part's own unit and the factor to it; None when the unit as given cannot be converted."""
    if not defect.unit or found["given_id"] == found["unit_id"] is not None:
        return found["unit_id"], Decimal(1), []
    given, base = found["given_factor"], found["base_factor"]
    if given and base and found["given_category"] == found["base_category"]:
        return found["unit_id"], (given / base).quantize(Decimal("1e-12")), []
    note = _("The unit “%(name)s” is not one of the part's; the quantity stands as it was sent. Map the unit.")
    return None, Decimal(1), [note % {"name": defect.unit}]
