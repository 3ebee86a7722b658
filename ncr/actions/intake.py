"""A defect told in names by another system: find what they mean here and open the NCR. One query, one INSERT, one journal line.

The query also opens the act (core-path.md §5.3): every statement costs more than the rows it reads.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.journal.acts import SETTINGS, context_values, entered
from qms.lib import statement
from qms.lib.errors import Refusal
from qms.masterdata import ownership
from qms.masterdata.queries import undecided

from .. import events
from ..choices import Severity
from ..models import DefectClock, Nonconformance
from .report import DefectReport, report_defect


@dataclass(frozen=True, kw_only=True)
class NamedDefect:
    """`system`: whose names these are (the crosswalk's source). `language`: of the title that we make up. `sequence`,
    `said_at`: how new it is, where the MES counts its messages of a defect."""

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
    sequence: int | None = None
    said_at: datetime | None = None


@dataclass(frozen=True)
class Unknown:
    """A name without a meaning here. `why`: unknown, ambiguous, retired, elsewhere (at another site)."""

    kind: str
    name: str
    why: str = "unknown"


class Waiting(Refusal):
    """Nothing was written: what was told waits for the names. `settles`: the state that its message waits in."""

    status, settles = 202, "NEEDS_MAPPING"

    def __init__(self, text: str, names: list[Unknown]) -> None:
        super().__init__(text)
        self.names = names


class Unresolved(Waiting):
    """Part, order or defect code mean nothing here yet; a person maps them, or the master data arrives."""

    code = "needs_mapping"

    def __init__(self, names: list[Unknown]) -> None:
        super().__init__(" ".join(sentence(n) for n in names), names)


def sentence(unknown: Unknown) -> str:
    if unknown.kind == "lot":
        text = _(
            "The lot “%(name)s” belongs to another site. Correct site or lot in the sender, or move the lot in the ERP."
        )
        return text % {"name": unknown.name}
    kind = {"item": _("part"), "order": _("production order"), "defect_code": _("defect code")}[unknown.kind]
    text = {
        "unknown": _("The %(kind)s “%(name)s” is not known here. Map it, or wait for the master data."),
        "ambiguous": _("The %(kind)s “%(name)s” stands for several. Map it to one, or send the order."),
        "retired": _("The %(kind)s “%(name)s” was retired before the defect was found. Map it to its successor."),
    }[unknown.why]
    return text % {"kind": kind, "name": unknown.name}


@dataclass(frozen=True)
class Taken:
    """`notes`: what was taken over as text only, in words. `closed`: rows that the caller's closing statement found.
    `doubts`: names that a person can still say the meaning of."""

    ncr: Nonconformance
    notes: list[str] = field(default_factory=list)
    closed: int = 0
    doubts: list[Unknown] = field(default_factory=list)


Closing = Callable[[str, list[str]], tuple[str, list[Any]]]


def take_defect(*, defect: NamedDefect, by: Any, origin: str = "", closing: Closing | None = None) -> Taken:
    """Inside the caller's transaction. Raises Unresolved; nothing was written then.

    `closing(number, notes)`: an UPDATE … RETURNING of the caller's that goes with the journal line.
    """
    act = journal.Act(events.REPORTED, by)
    values = context_values(act.id, by.actor(), source=origin)
    found = best_row(_look_up(defect, values))
    if missing := unknown_names(defect, found):
        [missing] = said_why([(defect, missing)])
        raise Unresolved(missing)
    report, notes, doubts = report_of(defect, found)
    if closing:
        act.beside = lambda ncr: closing(ncr.number, notes)
    with entered(values):
        ncr = report_defect(defect=report, by=by, act=act)
        if defect.sequence is not None:
            DefectClock.objects.create(ncr=ncr, sequence=defect.sequence, at=defect.said_at)
        return Taken(ncr, notes, act.beside_rows, doubts)


def open_named(*, defect: NamedDefect, by: Any) -> Nonconformance:
    """The same within another act, whose actor and reason count: an automatic rule or who accepts what it suggests.

    Raises Unresolved; nothing was written then.
    """
    sent = sent_names(defect)
    columns, names, joins = look_up_parts(sent, bool(defect.part))
    rows = statement.rows(f"SELECT {columns} {joins}", _asked(defect, sent))
    found = best_row([dict(zip(names, row, strict=True)) for row in rows])
    if missing := unknown_names(defect, found):
        [missing] = said_why([(defect, missing)])
        raise Unresolved(missing)
    return report_defect(defect=report_of(defect, found)[0], by=by)


def _meant(kind: str, name: str, before: str = "") -> str:
    """What held when the message came; by revision before by site. A name that stands for several is "" where none fits.
    `before`: SQL in front of the name, where it is looked up with it."""
    return f"""coalesce((SELECT x.local_value FROM masterdata_crosswalk x WHERE x.source = %(system)s::text
        AND x.kind = '{kind}' AND x.foreign_value = {before}%({name})s::text AND x.withdrawn_at IS NULL
        AND (x.since IS NULL OR x.since <= %(came)s::timestamptz) AND (x.until IS NULL OR x.until > %(came)s::timestamptz)
        AND x.revision IN ('', %(part_revision)s::text) AND (x.site_id IS NULL OR x.site_id = %(site)s::bigint)
        ORDER BY x.revision DESC, x.site_id NULLS LAST LIMIT 1), {before}%({name})s::text)"""


def _here(table: str) -> str:
    return f"{table}.gone_at IS NULL AND ({table}.site_id IS NULL OR {table}.site_id = %(site)s::bigint)"


# Name that was sent → what it adds to the query. A name that fits several rows makes several rows of the answer.
ALWAYS = f"""
JOIN_ITEM LEFT JOIN masterdata_unit b ON b.id = i.unit_id
LEFT JOIN ncr_defectcode c ON c.code = {_meant("defect_code", "code")}"""
COLUMNS = """i.id AS item_id, i.number AS part_number, i.name AS part_name, i.unit_id, b.number AS base_number,
    b.category AS base_category, b.factor AS base_factor,
    (SELECT x.id FROM masterdata_matrix x WHERE x.site_id = %(site)s::bigint AND x.state = 'ACTIVE') AS matrix_id,
    c.id AS code_id, c.code, c.label_en, c.label_zh_hans, c.severity, c.valid_to"""
NAMED: dict[str, tuple[str, str]] = {
    "order": (
        "o.id AS order_id, o.number AS order_number, o.item_id AS order_item_id",
        f"LEFT JOIN masterdata_productionorder o ON o.number = {_meant('order', 'order')} AND {_here('o')}",
    ),
    "lot": (
        """l.id AS lot_id, l.number AS lot_number, s.id AS supplier_id, s.name AS supplier_name,
            (l.id IS NULL AND EXISTS (SELECT 1 FROM masterdata_lot f JOIN masterdata_item fi ON fi.id = f.item_id
                WHERE f.number = m.lot AND fi.number = i.number AND f.gone_at IS NULL
                AND f.site_id <> %(site)s::bigint)) AS lot_elsewhere""",
        f"""CROSS JOIN LATERAL (SELECT {_meant("lot", "lot")} AS lot) m
        LEFT JOIN masterdata_lot l ON l.item_id = i.id AND l.number = m.lot AND {_here("l")}
        LEFT JOIN LATERAL (SELECT z.id, z.name FROM masterdata_receiptline rl JOIN masterdata_receipt r ON r.id = rl.receipt_id
            JOIN masterdata_supplier z ON z.id = r.supplier_id WHERE rl.lot_id = l.id ORDER BY rl.id DESC LIMIT 1) s ON true""",
    ),
    "operation": (
        "p.id AS operation_id, p.name AS operation_name",
        f"LEFT JOIN masterdata_operation p ON p.number = %(operation)s::text AND {_here('p')}",
    ),
    "work_center": (
        "w.id AS work_center_id",
        f"LEFT JOIN masterdata_workcenter w ON w.number = {_meant('work_center', 'work_center')} AND {_here('w')}",
    ),
    "part_revision": (
        "rv.known_revisions, rv.revision_fits, mr.meant_revision",
        f"""CROSS JOIN LATERAL (SELECT {_meant("revision", "part_revision", "i.number || ' ' || ")} AS of_part) mp
        CROSS JOIN LATERAL (SELECT CASE WHEN mp.of_part = i.number || ' ' || %(part_revision)s::text
            THEN {_meant("revision", "part_revision")} ELSE mp.of_part END AS meant_revision) mr
        LEFT JOIN LATERAL (SELECT string_agg(r.number, ', ' ORDER BY r.number) AS known_revisions,
                bool_or(r.number = mr.meant_revision) AS revision_fits
            FROM masterdata_revision r WHERE r.item_id = i.id AND r.gone_at IS NULL) rv ON true""",
    ),
    "unit": (
        "u.id AS given_id, u.category AS given_category, u.factor AS given_factor",
        f"LEFT JOIN masterdata_unit u ON u.number = {_meant('unit', 'unit')}",
    ),
}


@functools.cache
def look_up_parts(sent: tuple[str, ...], has_part: bool) -> tuple[str, list[str], str]:
    """Columns, their names and the joins. Only what was sent is looked for: an executor node that finds nothing costs
    as much as one that finds."""
    order = [NAMED["order"]] if "order" in sent else []
    rest = [NAMED[name] for name in sent if name != "order"]
    item = f"i.number = {_meant('item', 'part')} AND {_here('i')}" if has_part else "i.id = o.item_id"
    columns = ", ".join([COLUMNS, *(c for c, _join in (*order, *rest))])
    names = [part.split()[-1].rpartition(".")[2] for part in columns.split(",")]
    joins = [j for _c, j in order] + [ALWAYS.replace("JOIN_ITEM", f"LEFT JOIN masterdata_item i ON {item}")]
    return columns, names, f"FROM (VALUES (1)) one {' '.join([*joins, *(j for _c, j in rest)])} LIMIT {MOST}"


@functools.cache
def look_up_sql(sent: tuple[str, ...], has_part: bool) -> tuple[str, list[str]]:
    columns, names, joins = look_up_parts(sent, has_part)
    context = [f"set_config('{name}', %({name})s, true)" for name in SETTINGS]
    return f"SELECT {', '.join([columns, *context])} {joins}", names


MOST = 40


def sent_names(defect: NamedDefect) -> tuple[str, ...]:
    return tuple(name for name in NAMED if getattr(defect, name))


def _look_up(defect: NamedDefect, values: list[str]) -> list[dict[str, Any]]:
    sent = sent_names(defect)
    sql, columns = look_up_sql(sent, bool(defect.part))
    found = statement.rows(sql, {**_asked(defect, sent), **dict(zip(SETTINGS, values, strict=True))})
    return [dict(zip(columns, row, strict=False)) for row in found]


def _asked(defect: NamedDefect, sent: tuple[str, ...]) -> dict[str, Any]:
    asked = {name: getattr(defect, name) for name in ("part", "code", *sent) if getattr(defect, name)}
    came = defect.received_at
    return {
        **asked,
        "system": defect.system,
        "site": defect.site_id,
        "came": came,
        "part_revision": defect.part_revision,
    }


def best_row(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row whose part is the order's own and whose unit is the part's own, with how many each name fits."""
    best = max(rows, key=lambda r: (r["item_id"] == r.get("order_item_id"), r["unit_id"] == r.get("given_id")))
    counts = {f"{name}s": len({r.get(f"{name}_id") for r in rows} - {None}) for name in ("order", "item")}
    lots = {r.get("lot_id") for r in rows if r["item_id"] == best["item_id"]} - {None}
    return {"order_id": None, "order_item_id": None, **best, **counts, "lots": len(lots)}


def unknown_names(defect: NamedDefect, found: dict[str, Any]) -> list[Unknown]:
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
    if found.get("lot_elsewhere"):
        missing.append(Unknown("lot", defect.lot, "elsewhere"))
    return missing


def said_why(all_missing: Sequence[tuple[NamedDefect, list[Unknown]]]) -> list[list[Unknown]]:
    """Names that stand for several, of which none fits, are ambiguous and not unknown. One query for all."""
    named = [(d.system, u.kind, u.name) for d, missing in all_missing for u in missing]
    several = undecided(named) if named else set()
    return [
        [replace(u, why="ambiguous") if (d.system, u.kind, u.name) in several else u for u in missing]
        for d, missing in all_missing
    ]


def report_of(defect: NamedDefect, found: dict[str, Any]) -> tuple[DefectReport, list[str], list[Unknown]]:
    label = found["label_zh_hans"] if defect.language.startswith("zh") else found["label_en"]
    is_one_lot = found["lots"] == 1
    base_unit_id, factor, notes = _unit(defect, found)
    doubts = [Unknown("unit", defect.unit)] if notes else []
    if found.get("known_revisions") and not found["revision_fits"]:
        text = _(
            "The ERP knows of the part %(part)s the revisions %(known)s, not “%(sent)s”; it was kept as it was sent."
            " Correct the ERP or the sender."
        )
        names = {"part": found["part_number"], "known": found["known_revisions"], "sent": defect.part_revision}
        notes.append(text % names)
        doubts.append(Unknown("revision", f"{found['part_number']} {defect.part_revision}"))
    if defect.work_center and not found["work_center_id"]:
        text = _("The work center “%(name)s” is not known here; the record was made without it. Map it.")
        notes.append(text % {"name": defect.work_center})
        doubts.append(Unknown("work_center", defect.work_center))
    if defect.lot and not is_one_lot:
        notes.append(_("The lot “%(name)s” is not known from the ERP; its number was kept.") % {"name": defect.lot})
    report = DefectReport(
        site_id=defect.site_id,
        item_id=found["item_id"],
        part_number=found["part_number"],
        part_name=found["part_name"],
        part_revision=found.get("meant_revision") or defect.part_revision,
        defect_code_id=found["code_id"],
        defect=found["code"],
        severity=_severity(defect, found, notes),
        quantity=defect.quantity,
        unit=defect.unit or found["base_number"] or "",
        base_unit_id=base_unit_id,
        unit_factor=factor,
        occurred_at=defect.occurred_at,
        received_at=defect.received_at,
        title=f"{label}: {found['part_number']}"[:200],
        lot_id=found["lot_id"] if is_one_lot else None,
        lot_number=(found["lot_number"] if is_one_lot else "") or defect.lot,
        order_id=found["order_id"],
        order_number=found.get("order_number") or defect.order,
        operation_id=found.get("operation_id"),
        operation_name=found.get("operation_name") or defect.operation,
        work_center_id=found.get("work_center_id"),
        supplier_id=found.get("supplier_id") if is_one_lot else None,
        supplier_name=(found.get("supplier_name") or "") if is_one_lot else "",
        description=defect.description,
        detected_by=defect.detected_by,
        source=defect.source,
        source_event=defect.source_event,
    )
    return report, notes, doubts


def _severity(defect: NamedDefect, found: dict[str, Any], notes: list[str]) -> str:
    """As sent, where the sender may say it by the matrix of the site; else that of the defect code."""
    ours = str(found["severity"])
    if defect.severity not in Severity.values or defect.severity == ours:
        return ours
    owners = ownership.by_key(found["matrix_id"])
    if not owners.verdict("ncrs", "severity", "mes", defect.system):
        return defect.severity
    rule = owners.rule("ncrs", "severity")
    text = _("/data/severity: noted and not taken over, the field belongs to %(owner)s.")
    notes.append(text % {"owner": rule.owner_shown if rule else ""})
    return ours


def _unit(defect: NamedDefect, found: dict[str, Any]) -> tuple[int | None, Decimal, list[str]]:
    """The part's own unit and the factor to it; None when the unit as given cannot be converted."""
    if not defect.unit or found["given_id"] == found["unit_id"] is not None:
        return found["unit_id"], Decimal(1), []
    given, base = found["given_factor"], found["base_factor"]
    if given and base and found["given_category"] == found["base_category"]:
        return found["unit_id"], (given / base).quantize(Decimal("1e-12")), []
    note = _("The unit “%(name)s” is not one of the part's; the quantity stands as it was sent. Map the unit.")
    return None, Decimal(1), [note % {"name": defect.unit}]
