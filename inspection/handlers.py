"""How gauges come from another system, what machines say on the pages of records, and what the ERP tells of inspections."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.imports.columns import Column
from qms.imports.kinds.masters import KEY, SITE
from qms.imports.kinds.records import RecordKind
from qms.imports.registry import Context, Row, register
from qms.journal import subscribe
from qms.lib import bells
from qms.lib.errors import Invalid, NotNow
from qms.lib.listed import listed
from qms.ui.banners import Banner

from . import actions, queries
from .choices import CertificateKind
from .models import Certificate, Gauge, Inspection
from .workflow import RECORD

MOST_BANNERS = 3

OUT = {"out_of_service"}


class GaugeKind(RecordKind):
    name, model = "gauges", Gauge
    label = _("Gauges")
    explain = _("Measuring instruments with range, place and calibration dates. Retired ones stay in the old system.")
    rights = (actions.RIGHT,)
    editable = actions.EDITABLE
    ending, undone = "retire", _("is retired")
    columns = (
        KEY,
        Column(
            "asset",
            _("Asset number"),
            _("The number that stands on the gauge."),
            required=True,
            most=60,
            example="MM-017",
        ),
        Column("description", _("Description"), _("What it is."), required=True, example="Outside micrometer 0-25"),
        Column(
            "kind", _("Kind of gauge"), _("For example caliper, micrometer, plug gauge."), most=60, example="micrometer"
        ),
        Column("serial_number", _("Serial number"), _("Of the maker."), most=80, example="7F-20481"),
        Column("range_from", _("Range from"), _("In the unit of the gauge."), kind="number", example="0"),
        Column("range_to", _("Range to"), _("In the unit of the gauge."), kind="number", example="25"),
        Column(
            "resolution",
            _("Resolution"),
            _("Smallest step that it shows."),
            kind="number",
            least="above",
            example="0.001",
        ),
        Column("unit", _("Unit"), _("For example mm."), most=40, example="mm"),
        Column("location", _("Location"), _("Where it is kept."), most=120, example="Cabinet 3"),
        Column(
            "calibrated_date",
            _("Calibrated on"),
            _("Day of the last calibration."),
            kind="date",
            past=True,
            example="2026-01-15",
        ),
        Column(
            "due_date",
            _("Calibration due"),
            _("Last day on which the calibration holds."),
            kind="date",
            example="2027-01-15",
        ),
        Column(
            "state",
            _("Status"),
            _("In use, or out of service; empty counts as in use."),
            choices=(("in_use", _("In use")), ("out_of_service", _("Out of service"))),
            example="in_use",
        ),
        SITE,
    )

    def look_up(self, context: Context, rows: list[Row]) -> None:
        super().look_up(context, rows)
        seen: dict[str, int] = context.memory.setdefault("assets", {})
        taken = Gauge.objects.filter(site=context.site, asset__in=[row.values["asset"] for row in rows])
        owners = {gauge.asset: gauge for gauge in taken}
        for row in rows:
            asset = row.values["asset"]
            first, owner = seen.setdefault(asset, row.number), owners.get(asset)
            if first != row.number:
                row.refuse("duplicate_number", "asset", text=asset, row=first)
            elif owner and (owner.source, owner.source_key) != (context.mirror, row.key):
                row.refuse("mastered_elsewhere", "asset", text=asset, source=owner.number)
            else:
                self._check(row)

    def _check(self, row: Row) -> None:
        try:
            actions.check_values({name: row.values.get(name) for name in self.editable if name in row.values})
        except Invalid as refusal:
            row.refuse("refused", refusal.field, text=str(refusal))

    def meaning(self, name: str, text: str) -> str:
        """Empty counts as in use."""
        return "in_use" if name == "state" and not text else text

    def known(self, context: Context, keys: list[str]) -> dict[str, Any]:
        rows = Gauge.objects.filter(site=context.site, source=context.mirror, source_key__in=keys)
        return {gauge.source_key: gauge for gauge in rows}

    def create(self, context: Context, row: Row) -> Gauge:
        values = {name: row.values[name] for name in self.editable if name in row.values}
        in_use = row.values.get("state") not in OUT
        where: dict[str, Any] = {"site": context.site, "source": context.mirror, "source_key": row.key}
        return actions.register(by=context.by, in_use=in_use, **where, **values)

    def edit(self, context: Context, record: Gauge, values: dict[str, Any], reason: str) -> Gauge:
        return actions.edit(gauge=record, by=context.by, reason=reason, cause=None, version=record.version, **values)

    def end(self, context: Context, record: Gauge, reason: str) -> Gauge:
        return actions.retire(gauge=record, by=context.by, reason=reason, version=record.version)


def register_kinds() -> None:
    register(GaugeKind())


def alert_banners(record: Any, user: Any) -> Iterator[Banner]:
    """What the machine or work center of a record complains of at present; none on a record that is finished."""
    workflow = getattr(record, "workflow", None)
    if workflow and workflow.state(record.state).final:
        return
    seen = access.may(user, "measurement.view")
    for alert in queries.alerts_of(record)[:MOST_BANNERS]:
        words = {"place": alert.equipment or alert.work_center, "text": alert.text or alert.code}
        yield Banner(
            _now("Equipment alert at %(place)s: %(text)s") % words,
            icon="siren",
            url=f"{reverse('inspection:alert-list')}?active=1" if seen else "",
        )


def shipment_banners(record: Any, _user: Any) -> Iterator[Banner]:
    """A shipment that was changed under its inspection, or that left without the decision."""
    if not isinstance(record, Inspection) or record.shipment_line is None:
        return
    if record.is_outdated:
        yield Banner(
            _now("The shipment was changed since: a newer inspection is of what it holds now."), icon="replace"
        )
    elif record.shipment and record.shipment.shipped_date and record.usage_decided_at is None:
        yield Banner(_now("The ERP says that the shipment has left, and nobody has decided."), icon="siren")


def certificate_banners(record: Any, user: Any) -> Iterator[Banner]:
    """What the plan asks for and is not there, while the lot is undecided; a certificate that has lapsed."""
    if isinstance(record, Certificate) and record.state == "ACCEPTED" and record.is_lapsed:
        yield Banner(gettext("The certificate has lapsed: it counts for no new lot."), icon="calendar-x")
    if not isinstance(record, Inspection) or record.usage_decided_at or record.state == "CANCELLED":
        return
    if missing := record.missing_certificates():
        kinds = listed([str(CertificateKind(kind).label) for kind in missing])
        url = reverse("inspection:certificate-create") if access.may(user, RECORD, record) else ""
        yield Banner(
            gettext("Missing: %(kinds)s. The lot is not released without it.") % {"kinds": kinds},
            icon="file-x",
            url=url,
        )


RECEIVED = ("receipts", "receipt-lines", "lots", "shipments", "shipment-lines")


@subscribe("ncr.reworked")
def rework_done(_happening: Any) -> None:
    """Its pieces are inspected where a plan asks for it."""
    transaction.on_commit(_ring, robust=True)


@subscribe("masterdata.synced")
def receipts_told(happening: Any) -> None:
    """The scheduler looks too: what the bell does not reach is found there."""
    if happening.payload.object in RECEIVED and happening.payload.created + happening.payload.updated:
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    try:
        bells.ring("inspection.inspect_due")
    except NotNow:
        return


@subscribe("posting.posted")
@subscribe("posting.recorded")
@subscribe("posting.skipped")
def posting_answered(happening: Any) -> None:
    posting = happening.subject
    if posting.record_type == Inspection._meta.label_lower and posting.purpose.startswith("usage:"):
        actions.complete_if_posted(inspection=Inspection.objects.get(pk=posting.record_key), by=happening.by)


@subscribe("hold.activated")
def hold_active(happening: Any) -> None:
    """What an inspection kept back stands where it must."""
    for inspection in Inspection.objects.filter(usage__hold=happening.subject, state="DECIDED").distinct():
        actions.complete_if_posted(inspection=inspection, by=happening.by)
