"""Certificates of suppliers: recorded, compared with the plan by the server, accepted by another person; lots without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.lib.listed import listed
from qms.masterdata.models import Item
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..choices import CertificateKind, InspectionKind, ReadingVerdict
from ..models import Certificate, CertificateLeave, Inspection, InspectionPlan, LotCharacteristic
from ..models.characteristics import decides_by, plain
from ..queries import plans
from ..workflow import RECORD
from .lots import COPIED
from .readings import judged

WORDS = ("kind", "reference", "issuer_name", "issued_date", "valid_until", "part_revision", "lots", "heats", "claims")
LINKS = ("supplier", "receipt_line")
MOST = 200  # lots, heats and values of one certificate
WORST = (ReadingVerdict.FAILED, ReadingVerdict.UNCLEAR, ReadingVerdict.PASSED)


def record_certificate(
    *, by: Any, site: Site, item: Item | None = None, values: Iterable[Mapping[str, str]] = (), uid: UUID | None = None,
    **told: Any,
) -> Certificate:  # fmt: skip
    """What came with a delivery. `told`: WORDS and LINKS; `values`: [{"characteristic": balloon, "value", "unit"}]. The part may be left
    to the receipt line. The same `uid` again returns the first one. Raises Invalid, Forbidden."""
    held = access.site_ids(by, RECORD)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(_("You may not record certificates at this site."))
    if uid and (known := Certificate.objects.filter(uid=uid, created_by=by).first()):
        return known
    line = told.get("receipt_line")
    item = item or (line.item if line else None)
    if item is None:
        raise Invalid(_("Say which part the certificate is for."), field="item")
    given = _given(site, item, told)
    with journal.act(events.certificates.RECEIVED, by=by) as act:
        made = Certificate.objects.create(
            uid=uid or uuid7(), site=site, state="RECEIVED", created_by=by, edited_by=by, item=item,
            part_number=item.number, **given, **_compared(site, item, given, values),
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def edit(*, certificate: Certificate, by: Any, reason: str, version: int | None = None, **told: Any) -> Certificate:
    """Change what was recorded; the values are compared anew."""

    def change(row: Certificate) -> tuple[str, ...]:
        kept = {name: getattr(row, name) for name in (*WORDS, *LINKS)}
        values = told.pop("values", None)
        if values is None:
            values = [{"characteristic": one["balloon"], "value": one["given"], "unit": ""} for one in row.values]
        given = _given(row.site, row.item, {**kept, **told})
        given |= {**_compared(row.site, row.item, given, values), "edited_by": by}
        for name, value in given.items():
            setattr(row, name, value)
        return tuple(given)

    return _step(certificate, "edit", by, reason=reason, version=version, change=change)


def accept(*, certificate: Certificate, by: Any, signing: Signing | None, version: int | None = None) -> Certificate:
    """Signed: from now on it counts for its lots."""

    def change(row: Certificate) -> tuple[str, ...]:
        row.accepted_by = by
        return ("accepted_by",)

    def signed(row: Certificate, signature: Signature) -> tuple[str, ...]:
        row.acceptance = signature
        return ("acceptance",)

    return _step(certificate, "accept", by, version=version, signing=signing, change=change, signed=signed)


def refuse(*, certificate: Certificate, by: Any, reason: str, version: int | None = None) -> Certificate:
    return _step(certificate, "refuse", by, reason=reason, version=version)


def withdraw(*, certificate: Certificate, by: Any, reason: str, version: int | None = None) -> Certificate:
    """It no longer counts; what was released with it stays."""
    return _step(certificate, "withdraw", by, reason=reason, version=version)


def check_certificates(inspection: Inspection, *, field: str = "lines") -> None:
    """Before anything of a lot is released. Raises Invalid naming the kinds that are missing."""
    if missing := inspection.missing_certificates():
        raise Invalid(
            _("The plan asks for certificates that are not there: %(kinds)s.")
            % {"kinds": listed([str(CertificateKind(kind).label) for kind in missing])},
            field=field,
            hint=_(
                "Record the certificate and have it accepted, block the lot, or have the certificate waived by signature."
            ),
            code="certificate_missing",
        )


def waive_certificate(
    *, inspection: Inspection, by: Any, kind: str, reason: str, signing: Signing | None, version: int | None = None
) -> Inspection:
    """The lot may be released without this certificate: somebody signs for it and says why."""
    made: list[Signature] = []

    def sign(row: Inspection, signature: Signature) -> tuple[str, ...]:
        made.append(signature)
        return ()

    def keep(row: Inspection) -> None:
        if kind not in row.missing_certificates():
            raise Conflict(
                _("This certificate is not missing here."), hint=_("Choose one that the page names as missing.")
            )
        CertificateLeave.objects.create(inspection=row, kind=kind, reason=reason.strip(), signature=made[0])

    row: Inspection = records.step(
        record=inspection, name="waive-certificate", by=by, reason=reason, signing=signing, version=version, signed=sign,
        after=keep,
        payload=lambda row: events.certificates.CertificateWaived(number=row.number, part=row.part_number, kind=kind),
    )  # fmt: skip
    return row


def _given(site: Site, item: Item, told: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of what was told. Raises Invalid, naming the field."""
    if unknown := set(told) - {*WORDS, *LINKS}:
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    given = dict(told)
    line, supplier = given.get("receipt_line"), given.get("supplier")
    if line is not None:
        if line.item_id != item.pk:
            raise Invalid(_("The receipt line is of another part."), field="receipt_line")
        supplier = supplier or (line.receipt.supplier if line.receipt else None)
    given |= {
        "supplier": supplier,
        "issuer_name": (given.get("issuer_name") or "").strip() or (supplier.name if supplier else ""),
        "reference": (given.get("reference") or "").strip(),
        "receipt_number": line.receipt.number if line and line.receipt else "",
        "lots": _names(given.get("lots"), "lots") or ([line.lot.number] if line and line.lot else []),
        "heats": _names(given.get("heats"), "heats"),
    }
    for name, sentence in (
        ("reference", _("Give the number of the certificate.")),
        ("issuer_name", _("Say who issued it.")),
    ):
        if not given[name]:
            raise Invalid(sentence, field=name)
    if given.get("kind") not in CertificateKind.values:
        raise Invalid(_("Say what kind of certificate it is."), field="kind")
    _check_days(given.get("issued_date"), given.get("valid_until"))
    return given


def _check_days(issued: date | None, until: date | None) -> None:
    if issued is None or issued > now().date():
        raise Invalid(_("A certificate is issued before it comes: correct the date."), field="issued_date")
    if until is not None and until < issued:
        raise Invalid(_("It cannot lapse before it was issued: correct the dates."), field="valid_until")


def _names(told: Any, field: str) -> list[str]:
    found = list(dict.fromkeys(name for each in told or () if (name := str(each).strip())))
    if len(found) > MOST or any(len(name) > 120 for name in found):
        raise Invalid(_("At most %(most)s numbers of 120 letters each.") % {"most": MOST}, field=field)
    return found


def _compared(site: Site, item: Item, given: Mapping[str, Any], told: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The values judged as readings are, by the plan that fits the delivery. Raises Invalid, naming the value."""
    told = list(told)
    if not told:
        return {"plan": None, "values": [], "verdict": ""}
    plan = _plan_of(site, item, given)
    if plan is None or len(told) > MOST:
        raise Invalid(
            _("No released plan for incoming inspection of %(part)s says what the values should be.") % {"part": item.number}
            if plan is None else _("At most %(most)s values fit on one certificate.") % {"most": MOST},
            field="values", hint=_("Leave the values out, or have the plan released first."), code="no_plan",
        )  # fmt: skip
    lines = {one.balloon: one for one in plan.characteristics.all()}
    rows = [_value(plan, lines, at, one) for at, one in enumerate(told)]
    if len({one["balloon"] for one in rows}) != len(rows):
        raise Invalid(_("A characteristic stands there twice."), field="values")
    verdicts = {one["verdict"] for one in rows}
    return {"plan": plan, "values": rows, "verdict": next(one for one in WORST if one in verdicts)}


def _plan_of(site: Site, item: Item, given: Mapping[str, Any]) -> InspectionPlan | None:
    """The edition that the delivery is inspected by; else the one that would be chosen for it."""
    if (line := given.get("receipt_line")) is not None:
        rows = Inspection.objects.filter(receipt_line=line, site=site).exclude(state="CANCELLED")
        if lot := rows.select_related("plan").order_by("-pk").first():
            return lot.plan
    return plans.applicable(
        item=item, kind=InspectionKind.INCOMING, site=site, revision=given.get("part_revision") or "",
        supplier=given.get("supplier"),
    )  # fmt: skip


def _value(plan: InspectionPlan, lines: Mapping[str, Any], at: int, told: Mapping[str, str]) -> dict[str, Any]:
    where = f"values.{at}"
    source = lines.get(told["characteristic"])
    if source is None:
        raise Invalid(
            _("%(plan)s has no characteristic %(name)s.") % {"plan": plan.number, "name": told["characteristic"]},
            field=where, hint=_("Name it by its balloon number."), code="no_such_characteristic",
        )  # fmt: skip
    line = LotCharacteristic(
        **{name: getattr(source, name) for name in COPIED},
        decision_rule=decides_by(own=source.decision_rule, plan=plan.decision_rule, uncertainty=source.uncertainty),
    )
    found = judged(line, str(told.get("value", "")), str(told.get("unit") or ""), where)
    return {
        "origin": str(source.origin), "balloon": source.balloon, "name": source.name,
        "given": " ".join(filter(None, (found["given"], str(told.get("unit") or "")))),
        "value": plain(found["value"]) if found["value"] is not None else found["choice"],
        "unit": source.unit, "lower": plain(source.lower), "upper": plain(source.upper), "verdict": str(found["verdict"]),
    }  # fmt: skip


def _step(record: Certificate, name: str, by: Any, **options: Any) -> Certificate:
    row: Certificate = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: Certificate) -> events.certificates.CertificateTold:
    return events.certificates.CertificateTold(
        certificate=row.number, kind=row.kind, issuer=row.issuer_name, reference=row.reference, part=row.part_number,
        lots=row.lots, receipt=row.receipt_number, verdict=row.verdict, files=sorted(one.sha256 for one in row.files()),
    )  # fmt: skip


CERTIFICATE_STEPS: dict[str, Callable[..., Certificate]] = {
    "edit": edit,
    "accept": accept,
    "refuse": refuse,
    "withdraw": withdraw,
}
