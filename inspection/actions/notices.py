"""Customers are told that delivered goods are in doubt; who was told what, when and how stands with the calibration."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.listed import listed
from qms.masterdata.models import Shipment
from qms.records import actions as records

from .. import events, queries
from ..models import Calibration, CustomerNotice
from ..models.calibrations import Means


def notify(
    *, calibration: Calibration, by: Any, shipment: str, means: str, told_date: date, text: str, contact: str = "",
    customer_name: str = "", version: int | None = None,
) -> Calibration:  # fmt: skip
    """`shipment`: the number of one that left with a lot in doubt; its customer is told unless another name is given. One that has not
    left yet may be held back instead (`means`), and nobody need be told.

    Raises Invalid, naming the field, Forbidden, Conflict.
    """
    made: list[CustomerNotice] = []

    def keep(row: Calibration) -> None:
        found = _shipment(row, shipment)
        name = customer_name.strip() or (found.customer.name if found.customer else "")
        said = {"customer_name": name, "contact": contact.strip(), "text": text.strip()}
        _check(found, means, said)
        if told_date > now().date():
            raise Invalid(_("A notice is recorded after it was given: correct the date."), field="told_date")
        made.append(
            CustomerNotice.objects.create(
                calibration=row, shipment=found, shipment_number=found.number, means=means, told_date=told_date, by=by, **said
            )
        )  # fmt: skip

    def say(row: Calibration) -> events.doubt.CustomerTold:
        one = made[0]
        return events.doubt.CustomerTold(
            calibration=row.number, asset=row.gauge.asset, shipment=one.shipment_number, customer=one.customer_name,
            contact=one.contact, means=one.means, on=one.told_date.isoformat(), text=one.text,
        )  # fmt: skip

    row: Calibration = records.step(record=calibration, name="notify", by=by, version=version, after=keep, payload=say)
    return row


def _check(shipment: Shipment, means: str, said: dict[str, str]) -> None:
    if means not in Means.values:
        raise Invalid(_("Say by what means the customer was told."), field="means")
    if means == Means.HELD_BACK and shipment.shipped_date:
        raise Invalid(
            _("Shipment %(number)s left on %(day)s and cannot be held back.")
            % {"number": shipment.number, "day": shipment.shipped_date.isoformat()},
            field="means",
            hint=_("Tell the customer, and record by what means."),
        )
    for field, sentence in MISSING.items():
        if not said[field] and (field, means) != ("contact", Means.HELD_BACK):
            raise Invalid(_(sentence), field=field)


MISSING = {
    "customer_name": gettext_noop("Say which customer was told: the ERP names none for this shipment."),
    "contact": gettext_noop("Say who of the customer was told."),
    "text": gettext_noop("Say what the customer was told."),
}


def _shipment(row: Calibration, number: str) -> Shipment:
    found = [one for one in queries.shipments_since(row) if one.number == number.strip()]
    if not found:
        raise Invalid(
            _("No lot in doubt left with shipment %(number)s.") % {"number": number},
            field="shipment",
            hint=_("Choose one of the shipments in the list of uses."),
        )
    told = _told(row)
    return next((one for one in found if one.pk not in told), found[0])  # two systems may know one number


def _told(row: Calibration) -> set[int]:
    return set(row.notices.values_list("shipment", flat=True))


def check_told(row: Calibration) -> None:
    """Before affected product is judged so. Raises Invalid naming the shipments whose customer nobody has told."""
    told = _told(row)
    if untold := [one.number for one in queries.shipments_since(row) if one.pk not in told]:
        raise Invalid(
            _("Affected product left with shipments whose customer nobody has told: %(numbers)s.")
            % {"numbers": listed(untold)},
            field="impact",
            hint=_("Record what each customer was told first; the verdict is signed with it."),
            code="customers_untold",
        )
