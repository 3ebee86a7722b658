"""A row of every regulated model, by reflection: legal values by the kind of each field, and what the field kinds cannot know."""

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

from django.db import connection, models

from qms import journal
from qms.accounts.models import Grant, Site, User
from qms.journal.trail import regulated_models
from qms.lib.fields import NumberField
from qms.masterdata.models import Item, Unit
from tests.factories.buying import Buying, shipment

COUNT = itertools.count(1)
ONE = {"affected_quantity": Decimal(1)}  # piece
LEAVE = {"inspection": lambda: make_row("inspection.inspection"), "signature": lambda: make_row("signatures.signature")}
# Table → values that its laws ask for (checks, pairs, edges of the workflow). Callables are asked for each row.
FOUR_EYES = {"approved_by": None, "edited_by": lambda: acting()}
LAWS: dict[str, dict[str, Any]] = {
    "commands.posting": {
        "state": "QUEUED",
        "kind": "HOLD",
        "from_place": "storage",
        "to_place": "quarantine",
        "code": "",
        "marks": "",
        "supplier": None,
        "to_item": None,
        "quantity": Decimal(1),
        "item": lambda: Item.objects.first(),
        "unit": lambda: Unit.objects.first(),
    },
    "ncr.nonconformance": {"state": "OPEN", "affected_quantity": Decimal(5), "undecided_quantity": Decimal(5)},
    "commands.command": {"state": "REQUESTED", "kind": "hold"},
    "ncr.hold": {"state": "REQUESTED"},
    "inspection.gauge": {"state": "IN_USE", "interval_months": 12},
    "inspection.calibration": {"state": "DRAFT", "result": "passed", "is_out": False, "impact": "", **FOUR_EYES},
    "inspection.controlchart": {
        "characteristic": "BORE",
        "state": "TRIAL",
        "source": "readings",
        "item": lambda: Item.objects.first(),
        "kind": "i_mr",
        "size": 1,
    },
    "inspection.chartlimits": {"signature": lambda: make_row("signatures.signature")},
    "inspection.chartsignal": {
        **dict.fromkeys(("acknowledged_at", "acknowledged_by", "closed_at", "closed_by")),
        "place": lambda: next(COUNT),
        "value": 13.5,
        "reason": "",
    },
    "inspection.certificate": {
        "state": "RECEIVED",
        "values": [],
        "verdict": "",
        "accepted_by": None,
        "edited_by": lambda: acting(),
    },
    "inspection.conformance": {"state": "DRAFT", **dict.fromkeys(("issued_by", "issued_at", "issue"))},
    "inspection.msastudy": {"state": "DRAFT", "kind": "bias", "grade": "good", "ndc": 5, **FOUR_EYES},
    "inspection.inspectionplan": {
        "state": "DRAFT",
        "edited_by": lambda: acting(),
        "operation": lambda: f"OP {next(COUNT)}",
    },
    "inspection.plancharacteristic": {
        "plan": lambda: make_row("inspection.inspectionplan"),
        "kind": "attribute",
    },
    "inspection.inspection": {"state": "CREATED", "origin": "person"},
    "inspection.customernotice": {"by": lambda: acting(), "shipment": shipment, "contact": "Ms Ode"},
    "inspection.inspectionoccasion": {
        "occasion": "receipt",
        "problem": "unit unknown",
        "reason": "",
        "inspection": None,
        "closed_by": None,
        "closed_at": None,
    },
    "inspection.usageline": {
        "inspection": lambda: make_row("inspection.inspection", quantity=Decimal(100)),
        "tranche": None,
        "reason": "",
        "by": None,
        "at": None,
        "signature": None,
        "quantity": Decimal(1),
    },
    "inspection.lotcharacteristic": {"accept": 0, "reject": 1, "sample_size": 5, "formula": ""},
    "inspection.reading": {
        "characteristic": lambda: make_row("inspection.lotcharacteristic", inspection=_read()),
        "sample": 1,
        "attempt": 1,
        "choice": "pass",
        "by": lambda: acting(),
    },
    "inspection.gaugeleave": LEAVE,
    "inspection.certificateleave": LEAVE,
    "inspection.resultfile": {
        "inspection": lambda: make_row("inspection.inspection"),
        "count": 1,
        "by": lambda: acting(),
    },
    "inspection.namemeaning": {"use": "columns", "family": None, "by": lambda: acting()},
    "inspection.samplingsequence": {"item": lambda: some(by_label("inspection.inspectionplan")).item, "scheme": "iso"},
    "inspection.samplingevent": {"turn": "resumed", "by": lambda: acting()},
    "inspection.doubthold": {
        "calibration": lambda: make_row("inspection.calibration"),
        "hold": lambda: make_row("ncr.hold"),
    },
    "connectors.mapping": {"state": "DRAFT", "base": None, "approved_by": None, "edited_by": lambda: acting()},
    "masterdata.matrix": {"state": "DRAFT", "base": None, "approved_by": None, "edited_by": lambda: acting()},
    "masterdata.fieldconflict": {"decided_by": None, "decided_at": None, "decision": ""},
    "signatures.signature": {"signer": lambda: acting()},
    "ncr.reworkloop": {
        "line": lambda: _line(),
        "initiator": lambda: _line().ncr.created_by,
        "done_by": lambda: acting(),
        "inspected_by": None,
        "signature": None,
        "result": "",
    },
    "automation.rule": {
        "state": "DRAFT",
        "base": None,
        "approved_by": None,
        "approved_too_by": None,
        "window_minutes": 60,
    },
    "automation.case": {
        "state": "GATHERING",
        "ncr": None,
        "hits": 1,
        "first_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "last_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    },
    "automation.stop": {"resumed_by": None, "resumed_at": None, "source": lambda: f"source {next(COUNT)}"},
    "office.plantcalendar": {"site": lambda: make_row("accounts.site")},
    "connectors.daysheet": {"state": "DRAFT", "day": lambda: dt.date(2026, 1, 1) + dt.timedelta(days=next(COUNT))},
    "connectors.golive": {
        "state": "DRAFT",
        "kept": "leave",
        "signed_by": None,
        "counted_by": lambda: acting(),
        "since": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "until": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    },
    "connectors.downtime": {
        "state": "PLANNED",
        "ended_at": None,
        "begins_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        "owner": lambda: acting(),
    },
    "connectors.difference": {"resolution": "", "reason": "", "seen_by": lambda: _run()},
    "reviews.trailreview": {"state": "DRAFT"},
    "records.retentionclass": {"years": 10},
    "reviews.accessreview": {"state": "DRAFT"},
    "reviews.systemreview": {"state": "DRAFT"},
    "signatures.signingrule": {"site": lambda: make_row("accounts.site")},
    "reviews.accessrule": {"site": lambda: make_row("accounts.site"), "months": 6},
    "reviews.accessline": {
        "grant": lambda: Grant.objects.first(),
        "holder": lambda: User.objects.get(username="operator"),
        "verdict": "",
    },
    "retention.legalhold": {"state": "STANDING"},
    "qualifications.qualification": {"state": "VALID", "person": lambda: _somebody_else()},
    "retention.disposal": {"state": "DRAFT"},
    "records.tombstone": {
        "record_type": "inspection.gauge",
        "record_key": lambda: _expired(),
        "disposal_number": "DSP-BATTERY",
        "proposed_by": lambda: User.objects.get(username="documents"),
        "approved_by": lambda: User.objects.get(username="manager"),
        "proposal": lambda: _signature("documents", "disposal_proposed"),
        "approval": lambda: _signature("manager", "disposal_approved"),
    },
    "ncr.approval": {
        "ncr": lambda: make_row("ncr.nonconformance", created_by=_user("inspector"), proposed_by=_user("engineer")),
        "signer": lambda: acting(),
        "initiator": lambda: _user("inspector"),
        "proposer": lambda: _user("engineer"),
        "signature": lambda: make_row("signatures.signature"),
    },
    "ncr.dispositionline": {
        "ncr": lambda: make_row("ncr.nonconformance", undecided_quantity=Decimal(4)),
        "quantity": Decimal(1),
    },
    "ncr.affectedserial": {"ncr": lambda: make_row("ncr.nonconformance", **ONE, undecided_quantity=Decimal(1))},
    "ncr.lineserial": {
        "line": lambda: make_row(
            "ncr.dispositionline", ncr=make_row("ncr.nonconformance", **ONE, undecided_quantity=Decimal(0))
        ),
        "serial": lambda: make_row("ncr.affectedserial", ncr=by_label("ncr.dispositionline").objects.latest("pk").ncr),
        "edition": 1,
    },
    "ncr.reopening": {"signature": lambda: make_row("signatures.signature")},
    "suppliers.supplierblock": {
        "state": "PROPOSED",
        "supplier": lambda: Buying().supplier(),
        "by_two": False,
        "item": None,
        "ncr": None,
        "level": "",
        **dict.fromkeys(("blocked_at", "blocked_by", "lift_asked_by", "lifted_at", "lifted_by")),
    },
    "suppliers.blockedorder": {
        "answer": "",
        "answered_at": None,
        "answered_by": None,
        "order": lambda: Buying().purchase_order(Buying().supplier()),
    },
    "signatures.withdrawal": {
        "signature": lambda: make_row("signatures.signature"),
        "record_type": lambda: by_label("signatures.signature").objects.latest("pk").record_type,
        "record_key": lambda: by_label("signatures.signature").objects.latest("pk").record_key,
        "by": lambda: by_label("signatures.signature").objects.latest("pk").signer,
    },
    "accounts.tokensite": {"token": lambda: make_row("accounts.servicetoken")},
    "insight.deferral": {"until": dt.date(2027, 1, 1), "to": None},
    "accounts.user": {"kind": "person"},
    "accounts.identity": {
        "user": lambda: make_row("accounts.user"),
        "provider": lambda: make_row("accounts.identityprovider"),
    },
    "accounts.codedevice": {"user": lambda: make_row("accounts.user")},
    "accounts.grant": {"role": "operator", "valid_to": None, "site": lambda: Site.objects.first()},
    "connectors.interface": {"adapter": "tryton", "kind": "erp"},
    "connectors.webhook": {"paused_because": ""},
    "accounts.compartmentuserobjectpermission": {
        "permission": lambda: _permission(),
        "content_object": lambda: make_row("accounts.compartment"),
    },
}


def _run() -> Any:
    """A run is no regulated row: it is made by hand."""
    from connectors.models import ReconcileRun

    interface = by_label("connectors.interface").objects.first() or make_row("connectors.interface")
    return ReconcileRun.objects.create(interface=interface, origin="asked")


def acting() -> User:
    """The account whose act is open: the database lets nobody else stand in a row as having done something."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('qms.actor', true)")
        return User.objects.get(pk=int(cursor.fetchone()[0] or 1))


def _user(username: str) -> User:
    return User.objects.get(username=username)


def _somebody_else() -> User:
    return User.objects.filter(kind=User.PERSON).order_by("-pk")[0]


def _read() -> Any:
    """An inspection that takes readings."""
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = make_row("inspection.inspection", state="RELEASED", released_at=moment, sample_size=1)
    type(made).objects.filter(pk=made.pk).update(state="IN_INSPECTION")
    return made


def _line() -> Any:
    return by_label("ncr.dispositionline").objects.order_by("pk").first() or make_row("ncr.dispositionline")


def _signature(username: str, meaning: str) -> Any:
    """Signed in an act of the signer's own."""
    signer = _user(username)
    with journal.act(journal.EVENTS["account.changed"], by=signer, reason="battery") as act:
        made = make_row("signatures.signature", signer=signer, meaning=meaning, record_number="DSP-BATTERY")
        act.record("battery")
    return made


def _expired() -> int:
    """Key of a gauge that is retired and whose class keeps it for no year."""
    by_label("records.retentionclass").objects.filter(record_type="inspection.gauge").update(years=0)
    gauge = make_row("inspection.gauge")
    type(gauge).objects.filter(pk=gauge.pk).update(state="RETIRED")
    return int(gauge.pk)


def _permission() -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename="enter_compartment")


def by_label(label: str) -> Any:
    return next(m for m in regulated_models() if m._meta.label_lower == label)


def unsaved(model: Any, **given: Any) -> Any:
    laws = LAWS.get(model._meta.label_lower, {})
    values = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in given or field.has_db_default():
            continue
        if field.name in laws:
            values[field.name] = laws[field.name]() if callable(laws[field.name]) else laws[field.name]
        elif _is_needed(field):
            values[field.name] = value(field)
    return model(**values, **given)


def _is_needed(field: Any) -> bool:
    if isinstance(field, NumberField) or field.null:
        return False
    return field.unique or not field.has_default()


def value(field: Any) -> Any:
    n = next(COUNT)
    if field.is_relation:
        return some(field.related_model)
    if field.choices:
        return field.flatchoices[0][0]
    kinds: dict[type, Any] = {
        models.DecimalField: Decimal(1),
        models.DateTimeField: dt.datetime.now(dt.UTC),
        models.DateField: dt.date(2026, 1, 1),
        models.UUIDField: uuid.uuid4(),
        models.JSONField: {},
        models.BooleanField: False,
        models.IntegerField: n,
        models.BinaryField: b"x",
        models.EmailField: f"a{n}@plant.example",
    }
    found = next((v for kind, v in kinds.items() if isinstance(field, kind)), None)
    return found if found is not None else f"battery {n}"[: field.max_length]


def some(model: Any) -> Any:
    """A row to point at: one that is there, else a new one."""
    return model.objects.order_by("pk").first() or make_row(model._meta.label_lower)


def make_row(label: str, **given: Any) -> Any:
    row = unsaved(by_label(label), **given)
    row.save(force_insert=True)
    return row


def changeable(model: Any) -> tuple[Any, Any] | None:
    """A column that may change, and another value for it. None when every column is frozen."""
    apart = {
        *getattr(model, "frozen", ()),
        *model.trail_omit,
        "state",
        "username_key",
        "password",
        "digest",
        *_lawful(model),
    }
    for field in model._meta.concrete_fields:
        if field.primary_key or field.is_relation or field.choices or field.unique or field.name in apart:
            continue
        if isinstance(
            field, (models.CharField, models.TextField, models.IntegerField, models.DateTimeField, models.DateField)
        ):
            return field, _other(field)
    return None


def _lawful(model: Any) -> set[str]:
    """Columns that a constraint of the table looks at."""
    rules = model._meta.constraints
    unique = {name for rule in rules for name in getattr(rule, "fields", ())}
    return unique | {name for rule in rules for name in _names(getattr(rule, "condition", None))}


def _names(condition: Any) -> set[str]:
    found: set[str] = set()
    for child in getattr(condition, "children", ()):
        found |= {child[0].split("__")[0]} if isinstance(child, tuple) else _names(child)
    return found


def _other(field: Any) -> Any:
    if isinstance(field, models.DateTimeField):
        return dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    if isinstance(field, models.DateField):
        return dt.date(2026, 3, 1)
    return (
        next(COUNT) + 1000 if isinstance(field, models.IntegerField) else f"changed {next(COUNT)}"[: field.max_length]
    )
