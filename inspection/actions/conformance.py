"""Our own certificates of conformance: prepared from a decided inspection, issued by signature, withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature
from qms.workflow.apply import check

from .. import events, queries
from ..models import Conformance, Inspection
from ..models.conformance import WORDS, Detail
from ..workflow import RECORD

FIELDS = (*WORDS, "quantity", "serials", "with_gauges")
MOST_SERIALS, MOST_VALUES = 2_000, 5_000


def prepare(*, by: Any, inspection: Inspection, uid: UUID | None = None, **told: Any) -> Conformance:
    """A draft. `told`: FIELDS; left out, the quantity is all that is released and not certified, and customer, delivery and drawing are
    those that shipment and plan name. The same `uid` again returns the first one. Raises Invalid, Conflict, Forbidden."""
    access.check(by, RECORD, inspection)
    if uid and (known := Conformance.objects.filter(uid=uid, created_by=by).first()):
        return known
    with journal.act(events.conformance.PREPARED, by=by) as act:
        row: Inspection = records.locked(inspection)
        if not queries.conformance.may_be_certified(row):
            raise Conflict(
                _("Nothing of %(number)s can be certified.") % {"number": row.number},
                hint=_(
                    "A certificate is made of goods that a signed usage decision has released for unrestricted use."
                ),
                code="not_released",
            )
        made = Conformance.objects.create(
            uid=uid or uuid7(), site_id=row.site_id, compartment_id=row.compartment_id, container_id=row.container_id,
            state="DRAFT", created_by=by, inspection=row, part_number=row.part_number, part_name=row.part_name,
            part_revision=row.part_revision, lot_number=row.lot_number, unit=row.unit, **_given(row, {**proposed(row), **told}),
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def proposed(inspection: Inspection) -> dict[str, Any]:
    """What stands in the form before anybody types."""
    told, shipment = queries.conformance, inspection.shipment
    customer = shipment.customer if shipment else None
    return {
        "quantity": max(told.released(inspection) - told.certified(inspection), Decimal()),
        "customer_name": customer.name if customer else inspection.plan_content.get("customer_name", ""),
        "delivery": shipment.number if shipment else "",
        "specification": inspection.plan_content.get("drawing", ""),
    }


def edit(*, conformance: Conformance, by: Any, version: int | None = None, **told: Any) -> Conformance:
    """Change the draft; what is taken from the inspection is taken anew."""

    def change(row: Conformance) -> tuple[str, ...]:
        given = _given(row.inspection, {**{name: getattr(row, name) for name in FIELDS}, **told})
        for name, value in given.items():
            setattr(row, name, value)
        return tuple(given)

    return _step(conformance, "edit", by, version=version, change=change)


def issue(*, conformance: Conformance, by: Any, signing: Signing | None, version: int | None = None) -> Conformance:
    """Signed: it may go to the customer. Certificates of an inspection together never say more than it released."""

    def change(row: Conformance) -> tuple[str, ...]:
        records.locked(row.inspection)  # two drafts of one inspection are issued one after the other
        check(row, row.workflow.transition("issue"))
        row.issued_by, row.issued_at = by, now()
        return ("issued_by", "issued_at")

    def signed(row: Conformance, signature: Signature) -> tuple[str, ...]:
        row.issue = signature
        return ("issue",)

    return _step(conformance, "issue", by, version=version, signing=signing, change=change, signed=signed)


def withdraw(*, conformance: Conformance, by: Any, reason: str, version: int | None = None) -> Conformance:
    """It no longer stands; its prints are marked from now on, and its quantity may be certified anew."""
    return _step(conformance, "withdraw", by, reason=reason, version=version)


def cancel(*, conformance: Conformance, by: Any, reason: str, version: int | None = None) -> Conformance:
    return _step(conformance, "cancel", by, reason=reason, version=version)


def printed(*, conformance: Conformance, form: str, sha256: str, by: Any) -> None:
    """The certificate left the system; `sha256` of the very bytes."""
    with journal.act(events.conformance.PRINTED, by=by) as act:
        act.record(conformance, events.conformance.ConformancePrinted(conformance.number, form, sha256))


def _given(inspection: Inspection, told: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of what was told, with what the inspection says. Raises Invalid, naming the field."""
    if unknown := set(told) - set(FIELDS):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    detail = told.get("detail") or Detail.SUMMARY
    given = {name: str(told.get(name) or "").strip() for name in WORDS} | {"detail": detail}
    for name, sentence in (
        ("customer_name", _("Say which customer gets the certificate.")),
        ("specification", _("Name the drawing or specification that the goods conform to.")),
    ):
        if not given[name]:
            raise Invalid(sentence, field=name)
    if detail not in Detail.values:
        raise Invalid(_("Say how much of the readings the customer gets."), field="detail")
    quantity, with_gauges = told["quantity"], bool(told.get("with_gauges"))
    released = queries.conformance.released(inspection)
    if not 0 < quantity <= released:
        raise Invalid(
            _("%(quantity)s are named, but %(released)s %(unit)s were released.")
            % {"quantity": show(quantity), "released": show(released), "unit": inspection.unit},
            field="quantity", hint=_("Name what the customer gets, at most what the usage decision released."),
        )  # fmt: skip
    content = queries.conformance.content(inspection, detail=detail, with_gauges=with_gauges)
    if sum(len(line.get("values", ())) for line in content["results"]) > MOST_VALUES:
        raise Invalid(
            _("At most %(most)s values fit on one certificate.") % {"most": MOST_VALUES}, field="detail",
            hint=_("Give lowest, mean and highest value instead."),
        )  # fmt: skip
    serials = _serials(told.get("serials") or (), quantity)
    return {**given, "quantity": quantity, "serials": serials, "with_gauges": with_gauges, "content": content}


def _serials(told: Any, quantity: Decimal) -> list[str]:
    found = [name for each in told if (name := str(each).strip())]
    if len(set(found)) != len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise Invalid(_("Serial number %(serial)s stands there twice.") % {"serial": twice}, field="serials")
    if len(found) > MOST_SERIALS or any(len(name) > 120 for name in found):
        raise Invalid(_("At most %(most)s numbers of 120 letters each.") % {"most": MOST_SERIALS}, field="serials")
    if found and len(found) != quantity:
        raise Invalid(
            _("%(count)s serial numbers are named for %(quantity)s pieces.")
            % {"count": len(found), "quantity": show(quantity)},
            field="serials",
            hint=_("Name one for each piece, or none."),
        )
    return found


def _step(record: Conformance, name: str, by: Any, **options: Any) -> Conformance:
    row: Conformance = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: Conformance) -> events.conformance.ConformanceTold:
    return events.conformance.ConformanceTold(
        certificate=row.number, inspection=row.inspection.number, part=row.part_number, lot=row.lot_number,
        quantity=row.quantity_shown, customer=row.customer_name, order=row.customer_order, delivery=row.delivery,
        serials=row.serials,
    )  # fmt: skip


CONFORMANCE_STEPS: dict[str, Callable[..., Conformance]] = {
    "edit": edit,
    "issue": issue,
    "withdraw": withdraw,
    "cancel": cancel,
}
