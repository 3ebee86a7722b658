"""What a caller gives for each step that asks more than a reason: as a form, as JSON and as arguments of the act."""

import datetime as dt
from decimal import Decimal
from typing import Any

from connectors import actions as connectors
from inspection import actions as inspection
from inspection.actions import Cell, HeldLot, Part
from inspection.models import Gauge
from ncr import actions as ncr
from ncr.models import DefectCode
from qms.automation import actions as automation
from qms.demo.cast import PASSWORD
from qms.lib.clock import now
from qms.masterdata import actions as masterdata
from qms.masterdata.models import Lot
from qms.qualifications import actions as qualifications
from qms.records.actions import Signing
from qms.retention import actions as retention
from qms.reviews import actions as reviews
from suppliers import actions as suppliers

MANAGEMENT = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "200"}
CONTENT: dict[str, Any] = {
    "rules": {"fields": [{"to": "part", "from": "/Material"}]},
    "vectors": [{"name": "nothing", "message": "{}", "fault": True}],
}
FORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("ncr", "disposition"): {
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-MIN_NUM_FORMS": "0",
        "lines-MAX_NUM_FORMS": "20",
        "lines-0-kind": "scrap",
        "lines-0-quantity": "4",
        "lines-1-kind": "use_as_is",
        "lines-1-quantity": "6",
        "lines-1-instruction": "within the limits of the assembly",
    },
    ("ncr", "hold"): {"quantity": "1", "effect": "no_use"},
    ("ncr", "instruct"): {"kind": "special_instruction", "text": "Check the bore of every part."},
    ("ncr", "edit"): {
        "cause": "INFO",
        "title": "Bore too large",
        "severity": "major",
        "affected_quantity": "10",
        "description": "recounted",
    },
    ("gauge", "edit"): {
        "cause": "INFO",
        "asset": "MM-BATTERY",
        "description": "Micrometer 0-50",
        "range_from": "0",
        "range_to": "50",
    },
}
FORMS["mapping", "edit"] = {
    "note": "the second cell",
    **{f"{name}-{key}": value for name in ("rules", "vectors") for key, value in MANAGEMENT.items()},
    "rules-0-to": "part",
    "rules-0-source": "from",
    "rules-0-text": "/Material",
    "rules-0-kind": "text",
    "vectors-0-name": "nothing",
    "vectors-0-message": "{}",
    "vectors-0-fault": "on",
}
FORMS["rule", "edit"] = {
    "title": "Torque too low",
    "note": "said more clearly",
    "hears": "test",
    "does": "ncr",
    "mode": "suggest",
    "group_by": ["part", "lot"],
    "window_minutes": "30",
    "least_hits": "1",
    "burst_per_hour": "10",
    "acts_per_hour": "5",
    "expires_on": "2099-12-31",
}
FORMS["rule", "try"] = {"days": "30"}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("ncr", "disposition"): {
        "lines": [
            {"kind": "scrap", "quantity": "4"},
            {"kind": "use_as_is", "quantity": "6", "instruction": "within the limits of the assembly"},
        ]
    },
    ("ncr", "hold"): {"quantity": "1"},
    ("ncr", "instruct"): {"kind": "special_instruction", "text": "Check the bore of every part."},
    ("ncr", "edit"): {"cause": "INFO", "title": "Bore too large"},
    ("gauge", "edit"): {"cause": "INFO", "description": "Micrometer 0-50"},
    ("mapping", "edit"): CONTENT,
    ("rule", "edit"): {"title": "Torque far too low"},
}
ACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("ncr", "disposition"): {"lines": [ncr.Line("scrap", Decimal(4)), ncr.Line("use_as_is", Decimal(6), "fits")]},
    ("ncr", "hold"): {"quantity": Decimal(1)},
    ("ncr", "instruct"): {"kind": "special_instruction", "text": "Check the bore of every part."},
    ("ncr", "edit"): {"cause": "INFO", "title": "Bore too large"},
    ("gauge", "edit"): {"cause": "INFO", "description": "Micrometer 0-50"},
    ("mapping", "edit"): CONTENT,
    ("rule", "edit"): {"title": "Torque far too low"},
}
ROWS = [{"object": "ncrs", "field": "severity", "owner": "qms", "otherwise": "conflict"}]
FORMS["matrix", "edit"] = {
    "note": "the severity is ours",
    **{f"rows-{key}": value for key, value in MANAGEMENT.items()},
    "rows-MAX_NUM_FORMS": "400",
    **{f"rows-0-{name}": value for name, value in ROWS[0].items()},
}
BODIES["matrix", "edit"] = ACTS["matrix", "edit"] = {"rows": ROWS}
LATER = now() + dt.timedelta(days=5)
FORMS["downtime", "extend"] = {"ends_at": f"{LATER:%Y-%m-%dT%H:%M}"}
BODIES["downtime", "extend"] = {"ends_at": LATER.isoformat()}
ACTS["downtime", "extend"] = {"ends_at": LATER}
LINES = [{"balloon": "7", "name": "Burr", "kind": "attribute"}]
FORMS["inspectionplan", "edit"] = {
    "title": "Incoming bolts", "scheme": "fixed", "size": "5", "switching": "none", "stock_mode": "warn",
    "decision_rule": "simple",
}  # fmt: skip
FORMS["inspectionplan", "characterise"] = {
    **{f"lines-{key}": value for key, value in MANAGEMENT.items()},
    "lines-MAX_NUM_FORMS": "500",
    **{f"lines-0-{name}": value for name, value in {**LINES[0], "importance": "minor", "sampling": "inherit"}.items()},
}
for told in (BODIES, ACTS):
    told["inspectionplan", "edit"] = {"title": "Incoming bolts"}
    told["inspectionplan", "characterise"] = {"characteristics": LINES}
FORMS["inspection", "decide"] = {
    **{f"lines-{key}": value for key, value in MANAGEMENT.items()},
    "lines-0-kind": "unrestricted",
    "lines-0-quantity": "10",
}
BODIES["inspection", "decide"] = {"lines": [{"kind": "unrestricted", "quantity": "10"}]}
ACTS["inspection", "decide"] = {"lines": [Part("unrestricted", Decimal(10))]}
MARKED = "bore slotted, painted red, cage 3"
INSPECTED = {"result": "passed", "reference": "INS-1"}
FILE = "00000000-0000-7000-8000-000000000000"
FORMS["calibration", "edit"] = {"performed_date": "2026-01-15", "points": "10 0,004 10,002", "certificate": "C-2"}
FORMS["calibration", "hold"] = {
    **{f"lots-{key}": value for key, value in MANAGEMENT.items()},
    "lots-MAX_NUM_FORMS": "500",
    "lots-0-part": "TB-4711",
    "lots-0-lot": "LOT-26-0101",
    "lots-0-quantity": "1",
    "defect_code": "DIM-OUT",
}
BODIES["calibration", "hold"] = {
    "lots": [{"part": "TB-4711", "lot": "LOT-26-0101", "quantity": "1"}],
    "defect_code": "DIM-OUT",
}
TOLD = {"shipment": "CS-1", "contact": "Ms Ode", "means": "mail", "told_date": "2026-01-15", "text": "in doubt"}
FORMS["calibration", "notify"] = BODIES["calibration", "notify"] = TOLD
ACTS["calibration", "notify"] = {**TOLD, "told_date": dt.date(2026, 1, 15)}
SHEET = "A; 1; 10,1; 10,2\nA; 2; 11,1; 11\nB; 1; 10,2; 10,1\nB; 2; 11,1; 11,2"
FORMS["msastudy", "edit"] = {"characteristic": "Bore", "performed_date": "2026-01-15", "rows": SHEET}
BODIES["msastudy", "edit"] = ACTS["msastudy", "edit"] = {"characteristic": "Bore 2"}
BODIES["calibration", "edit"] = ACTS["calibration", "edit"] = {"certificate": "C-2"}
FORMS["certificate", "edit"] = {"kind": "coa", "reference": "C-2", "issuer_name": "Steel", "issued_date": "2026-01-15"}
BODIES["certificate", "edit"] = ACTS["certificate", "edit"] = {"reference": "C-2"}
COC = {"customer_name": "Aero", "quantity": "5", "specification": "D-1", "detail": "summary"}
FORMS["conformance", "edit"] = COC
BODIES["conformance", "edit"] = ACTS["conformance", "edit"] = {"customer_name": "Aero"}
for told in (FORMS, BODIES, ACTS):
    told |= {
        ("calibration", "judge"): {"impact": "none"},
        ("controlchart", "freeze"): {"first": 1, "last": 10},
        ("controlchart", "edit"): {"reaction": "Stop the machine.", "rules": ["1"]},
        ("inspection", "waive-certificate"): {"kind": "coc"},
        ("trailreview", "mark"): {"entry": 1, "why": "nobody says why", "follow": "other"},
        ("trailreview", "withdraw"): {"entry": 1},
        ("trailreview", "edit"): {"title": "Trail of the month"},
        ("systemreview", "sign"): {"verdict": "fit", "conclusion": "Nothing stands open that matters."},
        ("ncr", "evidence"): {"evidence": MARKED},
        ("ncr", "reinspect"): INSPECTED,
        ("ncr", "record-document"): {"document_number": "IS-1"},
        ("ncr", "customer-approval"): {"reference": "C-1", "file": FILE},
    }
# Steps for one posting of several: which one, found in the record as it stands.
POSTINGS = {
    ("ncr", "cancel-posting"): lambda p: not p.workflow.state(p.state).final,
    ("ncr", "reverse"): lambda p: p.can_be_reversed,
}
STEPS = {
    "ncr": ncr.STEPS,
    "hold": ncr.HOLD_STEPS,
    "gauge": inspection.GAUGE_STEPS,
    "inspectionplan": inspection.INSPECTIONPLAN_STEPS,
    "inspection": inspection.INSPECTION_STEPS,
    "calibration": inspection.CALIBRATION_STEPS,
    "controlchart": inspection.CONTROLCHART_STEPS,
    "certificate": inspection.CERTIFICATE_STEPS,
    "conformance": inspection.CONFORMANCE_STEPS,
    "msastudy": inspection.MSASTUDY_STEPS,
    "trailreview": reviews.TRAILREVIEW_STEPS,
    "accessreview": reviews.ACCESSREVIEW_STEPS,
    "systemreview": reviews.SYSTEMREVIEW_STEPS,
    "legalhold": retention.LEGALHOLD_STEPS,
    "disposal": retention.DISPOSAL_STEPS,
    "mapping": connectors.MAPPING_STEPS,
    "rule": automation.RULE_STEPS,
    "case": automation.CASE_STEPS,
    "matrix": masterdata.MATRIX_STEPS,
    "daysheet": connectors.DAYSHEET_STEPS,
    "qualification": qualifications.QUALIFICATION_STEPS,
    "golive": connectors.GOLIVE_STEPS,
    "downtime": connectors.DOWNTIME_STEPS,
    "supplierblock": suppliers.SUPPLIERBLOCK_STEPS,
}
REASON = "the battery tries this step"


def _cell(record: Any) -> Any:
    """The first piece once more: whatever stands there stays, and what is read now has its reason."""
    line = record.characteristics.first()
    return Cell(str(line.uid) if line else "1", 1, "pass", reason=REASON)


def _lot(record: Any, step: Any, kind: str) -> dict[str, Any]:
    """Readings and gauges are of the very inspection."""
    if (record.noun, step.name) == ("inspection", "allow-gauge"):
        gauge = Gauge.objects.filter(site_id=record.site_id, compartment=None, state="IN_USE").order_by("pk")[0]
        return {"gauge": gauge if kind == "act" else gauge.number}
    if (record.noun, step.name) == ("inspection", "release-part"):
        return {"quantity": Decimal(1) if kind == "act" else "1"}
    if (record.noun, step.name) != ("inspection", "readings"):
        return {}
    cell = _cell(record)
    if kind == "act":
        return {"cells": [cell]}
    if kind == "body":
        return {"readings": [{"characteristic": cell.characteristic, "sample": 1, "given": "pass", "reason": REASON}]}
    return {f"c.{cell.characteristic}.1": "fail", f"w.{cell.characteristic}.1": REASON}


def form(record: Any, step: Any) -> dict[str, Any]:
    if (record.noun, step.name) == ("accessreview", "decide"):
        key = _line(record)
        return {"version": str(record.version), f"verdict-{key}": "keep", f"why-{key}": "still needed here"}
    return {
        "version": str(record.version),
        "reason": REASON,
        **FORMS.get((record.noun, step.name), {}),
        **_posting(record, step),
        **_lot(record, step, "form"),
    }


def body(record: Any, step: Any, user: Any) -> dict[str, Any]:
    if (record.noun, step.name) == ("accessreview", "decide"):
        return {"lines": [{"line": int(_line(record)), "verdict": "keep", "why": "still needed here"}]}
    signature = {"signature": {"username": user.username, "password": PASSWORD}} if step.signature else {}
    more = {**_posting(record, step), **_lot(record, step, "body"), **_reason(step)}
    return {**BODIES.get((record.noun, step.name), {}), **more, **signature}


def act(record: Any, step: Any, user: Any) -> Any:
    """Call the act behind the step."""
    if (record.noun, step.name) == ("accessreview", "decide"):
        lines = {_line(record): {"verdict": "keep", "why": "still needed here"}}
        return STEPS[record.noun][step.name](accessreview=record, by=user, lines=lines)
    signing = {"signing": Signing(user.username, PASSWORD, "I sign.")} if step.signature else {}
    told = {**_posting(record, step), **_lot(record, step, "act"), **_reason(step)}
    more = {**ACTS.get((record.noun, step.name), {}), **told, **signing}
    if (record.noun, step.name) == ("calibration", "hold"):
        lot = Lot.objects.live().get(number="LOT-26-0101")
        more |= {"lots": [HeldLot(lot, Decimal(1))], "defect_code": DefectCode.objects.get(code="DIM-OUT")}
    return STEPS[record.noun][step.name](**{record.noun: record}, by=user, **more)


def _more(record: Any, step: Any) -> list[str]:
    """Records of the site that are not under the hold yet."""
    held = record.lines().values("number")
    rows = Gauge.objects.filter(site_id=record.site_id, compartment=None, state="IN_USE").exclude(number__in=held)
    return [row.number for row in rows.order_by("pk")[:1]]


def _posting(record: Any, step: Any) -> dict[str, Any]:
    if (record.noun, step.name) == ("legalhold", "extend"):
        return {"numbers": _more(record, step)}
    if (record.noun, step.name) == ("supplierblock", "answer"):
        waits = record.orders.filter(answer="").values_list("order__number", flat=True).first()
        return {"order": waits or "NO-SUCH-ORDER", "answer": "cancelled there on the same day"}
    fits = POSTINGS.get((record.noun, step.name))
    found = [p.reference for p in record.postings() if fits(p)] if fits else []
    return {"posting": found[0]} if found else {}


def _line(record: Any) -> str:
    """A line of the access review that is nobody's own who may decide."""
    return str(record.lines.filter(holder__username="operator").values_list("pk", flat=True).first() or 1)


def _reason(step: Any) -> dict[str, str]:
    return {"reason": REASON} if step.reason or step.name == "hold" else {}
