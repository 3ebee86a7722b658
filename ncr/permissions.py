"""Segregation of duties: initiator ≠ approver ≠ verifier on one NCR (integrity.md §4). Answers why not, or ""."""

from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access

from .choices import ROLE_OF, Slot
from .models import Nonconformance


def refuses_step(ncr: Nonconformance, transition: Any, user: Any) -> Any:
    rule = RULES.get(transition.name)
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


def refuses_reinspection(ncr: Nonconformance, user: Any) -> Any:
    """Neither who reported or proposed, nor who did the work (features.md row 6)."""
    if is_initiator(ncr, user):
        return _("You reported this NCR or proposed its disposition, so you may not re-inspect it.")
    loops = [loop for loop in ncr.open_loops() if loop.waits_for_person]
    if loops and all(loop.done_by_id == user.pk for loop in loops):
        return _("You did the work, so you may not re-inspect it.")
    return ""


def refuses_answer(ncr: Nonconformance, user: Any) -> Any:
    """Who asked the ERP for a movement does not answer in its place."""
    waiting = ncr.unanswered()
    if waiting and all(posting.requested_by_id == user.pk for posting in waiting):
        return _("You asked for this posting, so you may not answer for the ERP.")
    return ""


RULES = {
    "approve": refuses_approval,
    "close": refuses_verification,
    "waive": refuses_waiver,
    "reinspect": refuses_reinspection,
    "skip-posting": refuses_answer,
    "record-document": refuses_answer,
}


def slot_for(ncr: Nonconformance, user: Any) -> Slot | None:
    """The missing slot that this person's role on the site fills; MRB before design authority."""
    missing = ncr.missing_slots()
    return next((s for s in Slot if s in missing and access.has_role(user, ROLE_OF[s], ncr.site_id)), None)
