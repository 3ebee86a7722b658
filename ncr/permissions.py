"""Segregation of duties: initiator ≠ approver ≠ verifier on one NCR (integrity.md §4). Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access

from .choices import ROLE_OF, Slot
from .models import Nonconformance


def refuses_step(ncr: Nonconformance, transition: Any, user: Any) -> Any:
    rule = {"approve": refuses_approval, "close": refuses_verification, "waive": refuses_waiver}.get(transition.name)
    return rule(ncr, user) if rule else ""


def is_initiator(ncr: Nonconformance, user: Any) -> bool:
    return user.pk in (ncr.created_by_id, ncr.proposed_by_id)


def refuses_approval(ncr: Nonconformance, user: Any) -> Any:
    if is_initiator(ncr, user):
        return _("You reported this NCR or proposed its disposition, so you may not approve it.")
    if any(a.signer_id == user.pk for a in ncr.valid_approvals()):
        return _("You have signed this disposition already.")
    if slot_for(ncr, user) is None:
        return _("No signature of your role is missing.")
    return ""


def refuses_verification(ncr: Nonconformance, user: Any) -> Any:
    if is_initiator(ncr, user):
        return _("You reported this NCR or proposed its disposition, so you may not verify it.")
    if any(approval.signer_id == user.pk for approval in ncr.approvals.all()):
        return _("You approved the disposition, so you may not verify its execution.")
    return ""


def refuses_waiver(ncr: Nonconformance, user: Any) -> Any:
    return _("You reported this NCR, so you may not waive its containment.") if is_initiator(ncr, user) else ""


def slot_for(ncr: Nonconformance, user: Any) -> Slot | None:
    """The missing slot that this person's role on the site fills; MRB before design authority."""
    missing = ncr.missing_slots()
    return next((s for s in Slot if s in missing and access.has_role(user, ROLE_OF[s], ncr.site_id)), None)
