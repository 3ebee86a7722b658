"""Guards: each answers why not, or "". They read the record only, never a user."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from qms.commands import targets
from qms.commands.choices import ASKED_BY_PEOPLE
from qms.commands.models import Posting
from qms.lib.listed import listed


def all_decided(ncr: Any) -> Any:
    if ncr.undecided_quantity:
        return gettext("%(quantity)s are undecided: split them over disposition lines first.") % {
            "quantity": ncr.undecided_shown
        }
    return ""


def approvals_complete(ncr: Any) -> Any:
    missing = ncr.missing_slots()
    return (
        gettext("Signatures are missing: %(slots)s.") % {"slots": listed(s.label for s in missing)} if missing else ""
    )


def contained(ncr: Any) -> Any:
    if ncr.containment in ("confirmed", "waived"):
        return ""
    return gettext("Containment is not confirmed: place a hold and wait for the ERP, or let it be waived by signature.")


def not_contained(ncr: Any) -> Any:
    return gettext("Containment is confirmed already.") if ncr.containment in ("confirmed", "waived") else ""


def floor_listens(ncr: Any) -> Any:
    if any(target.kinds.intersection(ASKED_BY_PEOPLE) for target in targets.at(ncr.site_id)):
        return ""
    return gettext("No system of the shop floor at this site takes instructions.")


def all_posted(ncr: Any) -> Any:
    waiting = ncr.unposted()
    return gettext("The ERP has not posted: %(references)s.") % {"references": listed(waiting)} if waiting else ""


def all_done(ncr: Any) -> Any:
    waiting = ncr.undone()
    return (
        gettext("Lines are not done: %(lines)s.") % {"lines": listed(line.line for line in waiting)} if waiting else ""
    )


def customer_approved(ncr: Any) -> Any:
    if ncr.customer_approval_required and ncr.departs and not ncr.customer_reference:
        return gettext("The customer's approval is missing: record its reference and the document.")
    return ""


def customer_asked(ncr: Any) -> Any:
    return (
        "" if ncr.customer_approval_required else gettext("This nonconformance asks for no approval of the customer.")
    )


def no_surplus(ncr: Any) -> Any:
    """What was posted before and is not decided any more has to come back first: nothing is posted twice or forgotten."""
    over = ncr.surplus() if ncr.edition > 1 else []
    if over:
        return gettext("An earlier edition posted more than is decided now; reverse first: %(references)s.") % {
            "references": ", ".join(over)
        }
    return ""


def something_to_carry_out(ncr: Any) -> Any:
    left = [line for line in ncr.current_lines() if line.remaining and not line.rule.reinspected]
    return "" if left else gettext("Everything that needs no re-inspection was asked of the ERP.")


def evidence_missing(ncr: Any) -> Any:
    return (
        "" if any(line.lacks_evidence for line in ncr.current_lines()) else gettext("No scrap waits for its evidence.")
    )


def work_waits(ncr: Any) -> Any:
    return "" if ncr.to_rework() else gettext("Nothing waits for rework or repair.")


def reinspection_waits(ncr: Any) -> Any:
    loops = ncr.open_loops()
    if loops and not any(loop.waits_for_person for loop in loops):
        return gettext("%(number)s inspects the reworked pieces: its usage decision completes the line.") % {
            "number": listed([loop.reference for loop in loops])
        }
    return "" if loops else gettext("Nothing waits for a re-inspection.")


def posting_pending(ncr: Any) -> Any:
    sources = Posting.workflow.transition("request-cancel").sources
    if any(p.state in sources for p in ncr.all_postings()):
        return ""
    posted = ", ".join(f"{p.reference} ({p.document_number})" for p in ncr.all_postings() if p.can_be_reversed)
    if posted:
        return gettext("What is posted is not cancelled but reversed: %(postings)s.") % {"postings": posted}
    return gettext("No posting can be cancelled.")


def posting_reversible(ncr: Any) -> Any:
    return "" if any(p.can_be_reversed for p in ncr.all_postings()) else gettext("No posting can be reversed.")


def posting_unanswered(ncr: Any) -> Any:
    return "" if ncr.unanswered() else gettext("No posting waits for a decision.")


def nothing_under_way(ncr: Any) -> Any:
    waiting = ncr.unposted()
    if waiting:
        return gettext("Postings are under way; wait for the ERP or ask to cancel them: %(references)s.") % {
            "references": ", ".join(waiting)
        }
    return ""


def no_live_hold(ncr: Any) -> Any:
    live = ncr.live_holds()
    return gettext("Release or cancel the holds first: %(holds)s.") % {"holds": listed(live)} if live else ""


def hold_posted(hold: Any) -> Any:
    return "" if hold.is_placed() else gettext("The ERP has not moved the lot yet.")


def hold_not_moved(hold: Any) -> Any:
    """A hold may be cancelled only while nothing was asked of the ERP, or the ERP refused for good."""
    return gettext("The ERP was asked to move the lot; release the hold instead.") if hold.is_under_way() else ""


def freezes_first(ncr: Any) -> bool:
    """Whether records of this site close only when their travelers are frozen."""
    named = {word.strip() for word in settings.TRAVELERS_FROZEN_FIRST.split(",")} - {""}
    return bool(named) and ("*" in named or ncr.site.code in named)


def travelers_frozen(ncr: Any) -> Any:
    if not freezes_first(ncr):
        return ""
    missing = [str(row) for row in ncr.unfrozen()]
    return (
        gettext("No frozen copy is kept yet of: %(travelers)s.") % {"travelers": ", ".join(missing)} if missing else ""
    )
