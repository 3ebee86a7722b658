"""A plant for the battery: every record type in every state at home, one of each elsewhere and in a closed compartment.

What is elsewhere or closed bears CANARY in every text that a person may type, so that a leak shows in whatever answer.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps

from connectors.models import DaySheet, Downtime, GoLive, Mapping
from inspection import actions as inspection
from inspection.models import (
    Calibration,
    Certificate,
    Conformance,
    ControlChart,
    Gauge,
    Inspection,
    InspectionPlan,
    MsaStudy,
)
from ncr import actions as ncr
from ncr.models import DefectCode, Hold, Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Compartment, Site, User
from qms.automation.models import Case, Rule
from qms.demo import cast
from qms.insight import projection
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, Lot, Matrix
from qms.masterdata.upsert import resolve_parents, upsert
from qms.qualifications.models import Qualification
from qms.records import actions as records
from qms.records import compartments
from qms.records.models import Record
from qms.retention.models import Disposal, LegalHold
from qms.reviews import actions as reviews
from qms.reviews.models import AccessReview, SystemReview, TrailReview
from suppliers.models import SupplierBlock
from tests.factories import Factory, person
from tests.factories.pictures import picture

from . import interfaces

CANARY = "ZQ-CANARY-7741"  # on the other site
SECRET = "ZQ-SECRET-3398"  # at home, in a compartment that nobody may enter
HOME, AWAY = "AUG", "SUZ"
FILE = picture(words=CANARY)


@dataclass
class Plant:
    """`home[model][state]`; `away` and `closed` one record per model. `tokens`: name → bearer token."""

    home: dict[Any, dict[str, Any]] = field(default_factory=dict)
    away: dict[Any, Any] = field(default_factory=dict)
    closed: dict[Any, Any] = field(default_factory=dict)
    home_file: Any = None
    away_file: Any = None
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def one(self, model: Any) -> Any:
        """A record of the model at home, early in its life."""
        return next(iter(self.home[model].values()))


def record_models() -> list[type[Record]]:
    return [m for m in apps.get_models() if issubclass(m, Record)]


def build() -> Plant:
    cast.ensure_cast()
    plant, make = Plant(), Factory()
    _several_duties()
    for model in record_models():
        plant.home[model] = {state.code: MAKERS[model](make, state.code) for state in model.workflow.states}
    first = plant.home[Nonconformance]["OPEN"]
    plant.home_file = records.attach(
        record=first, name="bore.png", content=picture(color="blue"), by=person("engineer")
    )
    first.refresh_from_db()
    _elsewhere(plant)
    _closed(plant, make)
    plant.tokens = cast.issue_tokens()
    plant.things = {
        "home": interfaces.things(HOME, "home", "mes-aug"),
        "away": interfaces.things(AWAY, CANARY, f"mes-{CANARY}".lower()),
    }
    accounts.create_provider(
        code="battery",
        name="Battery",
        issuer="https://idp.invalid",
        client_id="qms",
        secret="x",
        by=journal.SYSTEM,
        reason="x",
    )
    projection.rebuild()
    return plant


def _several_duties() -> None:
    """The reporter also sits on the board and the proposer is design authority, so that segregation of duties has to bite."""
    home = Site.objects.get(code=HOME)
    accounts.grant(user=person("inspector"), role="mrb_member", site=home, by=journal.SYSTEM)
    accounts.grant(user=person("engineer"), role="design_authority", site=home, by=journal.SYSTEM)
    away = Site.objects.get(code=AWAY)  # somebody there has to hold and to dispose of records too
    accounts.grant(user=person("zhuguan"), role="quality_manager", site=away, by=journal.SYSTEM)


def make_ncr(make: Factory, state: str) -> Nonconformance:
    return make.ncr(state=state, quantity="10", scrap="4")


def make_hold(make: Factory, state: str) -> Hold:
    record = make.report()
    if state == "DRAFT":
        return _drafted_hold(record)
    hold = make.hold(record, posted=state not in ("REQUESTED", "CANCELLED"))
    if state == "CANCELLED":
        return _cancelled_hold(record, hold)
    if state in ("RELEASE_REQUESTED", "RELEASED"):
        ncr.request_release(hold=hold, by=person("supervisor"), reason="sorted and found good")
    if state == "RELEASED":
        make.post(record)
    return Hold.objects.get(pk=hold.pk)


def _drafted_hold(record: Nonconformance) -> Hold:
    """No act makes a draft yet (the offline client will); the row is written as it would stand."""
    names = ("site_id", "lot_id", "lot_number", "unit")
    with journal.act(journal.EVENTS["hold.drafted"], by=person("engineer")) as act:
        values = {name: getattr(record, name) for name in names}
        hold = Hold.objects.create(
            ncr=record, state="DRAFT", quantity=Decimal(1), reason="draft", created_by=person("engineer"), **values
        )
        act.record(hold, ncr.holds.changed(hold))
    return hold


def _cancelled_hold(record: Nonconformance, hold: Hold) -> Hold:
    """The ERP refused for good, the movement was withdrawn, then the hold."""
    from qms.commands import actions as commands

    sent = commands.mark_sent(posting=record.postings().get())
    failed = commands.mark_failed(posting=sent, code="refused", problem="no stock")
    commands.cancel(posting=failed, by=person("integration"), reason="stock was moved already")
    return ncr.cancel_hold(hold=Hold.objects.get(pk=hold.pk), by=person("engineer"), reason="asked in error")


def make_mapping(make: Factory, state: str) -> Mapping:
    """Retired ones of another type: one edition is active, and it stays."""
    return make.mapping(state=state, message_type="mes.defect.updated" if state == "RETIRED" else "mes.defect.logged")


def make_rule(make: Factory, state: str) -> Rule:
    return make.rule(state=state, watched="NEVER")


def make_inspection(make: Factory, state: str) -> Inspection:
    """Decided, it waits for the ERP."""
    lot = Lot.objects.live().get(number="LOT-26-0101")
    plan = make.lotplan(item=lot.item.number)
    return make.inspection(state=state, plan=plan, lot=lot if state == "DECIDED" else None)


def plain(noun: str) -> Any:
    """Of a record whose factory knows each of its states."""
    return lambda make, state: getattr(make, noun)(state=state)


MAKERS = {
    Nonconformance: make_ncr,
    Hold: make_hold,
    SupplierBlock: plain("supplierblock"),
    Gauge: plain("gauge"),
    InspectionPlan: plain("inspectionplan"),
    Inspection: make_inspection,
    Calibration: plain("calibration"),
    ControlChart: plain("controlchart"),
    Certificate: plain("certificate"),
    Conformance: plain("conformance"),
    MsaStudy: plain("msastudy"),
    TrailReview: plain("trailreview"),
    AccessReview: plain("accessreview"),
    SystemReview: plain("systemreview"),
    LegalHold: plain("legalhold"),
    Disposal: plain("disposal"),
    Mapping: make_mapping,
    Rule: make_rule,
    Case: plain("case"),
    DaySheet: plain("daysheet"),
    Matrix: plain("matrix"),
    Qualification: plain("qualification"),
    GoLive: plain("golive"),
    Downtime: plain("downtime"),
}


def _elsewhere(plant: Plant) -> None:
    site, engineer = Site.objects.get(code=AWAY), person("gongcheng")
    lot = _away_lot(site)
    record = ncr.report(
        by=engineer,
        part=lot.item,
        lot=lot,
        quantity=Decimal(3),
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
        description=CANARY,
        requirement=CANARY,
    )
    record = ncr.edit(cause="INFO", ncr=record, by=engineer, reason=CANARY, title=CANARY)
    hold = ncr.request_hold(ncr=record, by=engineer, reason=CANARY)
    records.comment(record=record, text=CANARY, by=engineer)
    plant.away_file = records.attach(record=record, name=f"{CANARY}.png", content=FILE, by=engineer)
    gauge = Factory().gauge(site=AWAY, by="gongcheng", asset=CANARY, description=CANARY, location=CANARY)
    review = Factory().trailreview(site=AWAY, title=CANARY, purpose=CANARY)
    kept = Factory().legalhold(gauge, site=AWAY, by="zhuguan", reason=CANARY)
    gone = Factory().disposal(site=AWAY, by="zhuguan", reason=CANARY)
    roles, mapped = Factory().accessreview(site=AWAY, title=CANARY), Factory().mapping(site=AWAY, note=CANARY)
    rule, case = (
        Factory().rule(site=AWAY, by="gongcheng", title=CANARY),
        Factory().case(site=AWAY, by="gongcheng", part=CANARY),
    )
    sheet, qualified = Factory().daysheet(site=AWAY, note=CANARY), Factory().qualification(site=AWAY, basis=CANARY)
    looked = Factory().systemreview(site=AWAY, title=CANARY, state="IN_REVIEW")
    matrix = Factory().matrix(site=AWAY, note=CANARY)
    plan = Factory().inspectionplan(
        site=AWAY, by="gongcheng", title=CANARY, drawing=CANARY, reaction=CANARY, name=CANARY
    )
    lot = Factory().inspection(site=AWAY, by="gongcheng", note=CANARY)
    away = (hold, gauge, plan, lot, review, kept, gone, roles, mapped, rule, case, sheet, qualified, looked, matrix)
    plant.away = {Nonconformance: Nonconformance.objects.get(pk=record.pk), **{type(row): row for row in away}}
    plant.away[SupplierBlock] = Factory().supplierblock(site=AWAY, reason=CANARY)
    plant.away[ControlChart] = Factory().controlchart(site=AWAY, reaction=CANARY)
    plant.away[MsaStudy] = Factory().msastudy(site=AWAY, characteristic=CANARY)
    plant.away[Calibration] = Factory().calibration(site=AWAY, certificate=CANARY)
    plant.away[Certificate] = Factory().certificate(site=AWAY, claims=CANARY)
    plant.away[Conformance] = Factory().conformance(site=AWAY, remarks=CANARY)
    plant.away[GoLive] = Factory().golive(site=AWAY, note=CANARY)
    plant.away[Downtime] = Factory().downtime(site=AWAY, reason=CANARY)


def _away_lot(site: Site) -> Lot:
    item = (
        Item.objects.live().get(number="A-1042")
        if Item.objects.filter(number="A-1042").exists()
        else Item.objects.first()
    )
    row = {"external_id": f"away:{CANARY}", "number": f"LOT-{CANARY}", "changed_at": None, "is_active": True}
    with journal.act(journal.EVENTS["masterdata.synced"], by=journal.SYSTEM, source="test") as act:
        upsert(
            object="lots", source="tryton", rows=[{**row, "item_ref": item.external_id}], run=uuid7(), site_id=site.pk
        )
        act.record(
            "mirror:tryton:lots", journal.EVENTS["masterdata.synced"].payload("lots", "tryton", "x", 1, 0, 0, 0, "")
        )
    resolve_parents(source="tryton")
    return Lot.objects.get(external_id=row["external_id"])


def _closed(plant: Plant, make: Factory) -> None:
    """At home, but in an export compartment that nobody of the cast may enter."""
    compartment = accounts.create_compartment(code="ITAR-X", name="Closed", by=journal.SYSTEM)
    record = make.report()
    hold = make.hold(record, posted=False)
    record = ncr.edit(
        cause="INFO", ncr=make.fresh(record), by=person("engineer"), reason=SECRET, title=SECRET, description=SECRET
    )
    gauge = make.gauge(description="Held ready")
    gauge = inspection.edit(
        cause="INFO", gauge=gauge, by=person("engineer"), reason=SECRET, description=SECRET, location=SECRET
    )
    others = (
        reviews.edit(trailreview=make.trailreview(), by=person("security"), title=SECRET, purpose=SECRET),
        make.inspectionplan(title=SECRET, drawing=SECRET, reaction=SECRET, name=SECRET),
        make.inspection(note=SECRET), make.legalhold(reason=SECRET), make.disposal(reason=SECRET),
        make.accessreview(title=SECRET), make.mapping(note=SECRET), make.rule(title=SECRET), make.case(part=SECRET),
        make.daysheet(note=SECRET), make.qualification(basis=SECRET), make.systemreview(title=SECRET), make.matrix(note=SECRET),
        make.golive(note=SECRET), make.downtime(reason=SECRET), make.calibration(certificate=SECRET),
        make.controlchart(reaction=SECRET), make.certificate(claims=SECRET), make.msastudy(characteristic=SECRET),
        make.supplierblock(reason=SECRET), make.conformance(remarks=SECRET),
    )  # fmt: skip
    for row in others:
        _close(row, compartment)
    _enclose(compartment, record, gauge)
    plant.closed = {type(row): type(row).objects.get(pk=row.pk) for row in (record, hold, gauge, *others)}


def _enclose(compartment: Compartment, record: Any, gauge: Any) -> None:
    """As in life: by somebody inside, with words and a file said inside, who then leaves. The hold follows its record."""
    accounts.open_compartment(compartment=compartment, user=person("manager"), by=journal.SYSTEM, reason="licence")
    inside = person("manager")
    for row in (record, gauge):
        compartments.enclose(record=row, compartment=compartment, by=inside, reason=SECRET)
    closed = type(record).objects.get(pk=record.pk)
    records.comment(record=closed, text=f"@manager {SECRET}", by=inside)
    records.attach(record=closed, name=f"{SECRET}.png", content=picture(words=SECRET), by=inside)
    accounts.close_compartment(compartment=compartment, user=inside, by=journal.SYSTEM, reason="licence ended")


def _close(row: Any, compartment: Compartment) -> None:
    with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM, reason="closed") as act:
        type(row).objects.filter(pk=row.pk).update(compartment=compartment)
        act.record(row)


def cast_members() -> dict[str, User]:
    """One person per set of roles and sites."""
    seen, found = set(), {}
    for user in User.objects.filter(kind=User.PERSON).order_by("pk"):
        duties = tuple(sorted((g.role, g.site_id or 0) for g in user.valid_grants))
        if duties not in seen:
            seen.add(duties)
            found[user.username] = user
    return found
