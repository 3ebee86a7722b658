"""What can be done with an NCR and its holds, one function per act."""

from .answers import cancel_posting, record_document, reverse, skip_posting
from .board import approve, close, send_back, void, waive
from .catalogue import create_defect_code, retire_defect_code
from .evidence import Upload, customer_approval, evidence
from .execution import acknowledge, carry_out, complete_if_posted, confirmed, execute, hold_in_place, withdrawn
from .floor import report_on_floor
from .holds import cancel_hold, request_hold, request_release, submit_hold
from .imported import import_line, take_over, withdraw_line
from .instruct import instruct
from .intake import NamedDefect, Taken, Unknown, Unresolved, Waiting, open_named, take_defect
from .known import DefectNews
from .production import BREACHING, Production, broken_note, report_all_production, report_production
from .provisional import match_known, match_lot, refuse_lot
from .reopening import reopen
from .report import DefectReport, report, report_defect
from .review import cancel, disposition, edit, send_to_mrb, start_review, submit
from .rework import assign_loop, check_judge, free_loop, lock_free, reinspect, rework, settle_loop
from .rules import Line, split_serials
from .sets import MOST_AT_ONCE, ClosingAll, Many, Overtaken, take_defects
from .snapshots import ask_again, claim_snapshot, freeze, keep_snapshot, snapshot_failed
from .travelers import Pointer, link_traveler, traveler_checked, withdraw_traveler
from .units import correct_unit, fill_work_center
from .updates import Foreign, Heard, Unborn, logged_before, take_all_news, take_news

__all__ = [
    "BREACHING",
    "HOLD_STEPS",
    "MOST_AT_ONCE",
    "STEPS",
    "ClosingAll",
    "DefectNews",
    "DefectReport",
    "Foreign",
    "Heard",
    "Line",
    "Many",
    "NamedDefect",
    "Overtaken",
    "Pointer",
    "Production",
    "Taken",
    "Unborn",
    "Unknown",
    "Unresolved",
    "Upload",
    "Waiting",
    "acknowledge",
    "approve",
    "ask_again",
    "assign_loop",
    "broken_note",
    "cancel",
    "cancel_hold",
    "cancel_posting",
    "carry_out",
    "check_judge",
    "claim_snapshot",
    "close",
    "complete_if_posted",
    "confirmed",
    "correct_unit",
    "create_defect_code",
    "customer_approval",
    "disposition",
    "edit",
    "evidence",
    "execute",
    "fill_work_center",
    "free_loop",
    "freeze",
    "hold_in_place",
    "import_line",
    "instruct",
    "keep_snapshot",
    "link_traveler",
    "lock_free",
    "logged_before",
    "match_known",
    "match_lot",
    "open_named",
    "record_document",
    "refuse_lot",
    "reinspect",
    "reopen",
    "report",
    "report_all_production",
    "report_defect",
    "report_on_floor",
    "report_production",
    "request_hold",
    "request_release",
    "retire_defect_code",
    "reverse",
    "rework",
    "send_back",
    "send_to_mrb",
    "settle_loop",
    "skip_posting",
    "snapshot_failed",
    "split_serials",
    "start_review",
    "submit",
    "submit_hold",
    "take_all_news",
    "take_defect",
    "take_defects",
    "take_news",
    "take_over",
    "traveler_checked",
    "void",
    "waive",
    "withdraw_line",
    "withdraw_traveler",
    "withdrawn",
]

# The acts behind the transitions that people take, for pages and API alike.
STEPS = {
    "submit": submit,
    "start-review": start_review,
    "disposition": disposition,
    "send-to-mrb": send_to_mrb,
    "approve": approve,
    "return": send_back,
    "execute": execute,
    "close": close,
    "hold": request_hold,
    "waive": waive,
    "edit": edit,
    "cancel": cancel,
    "void": void,
    "customer-approval": customer_approval,
    "carry-out": carry_out,
    "evidence": evidence,
    "rework": rework,
    "reinspect": reinspect,
    "cancel-posting": cancel_posting,
    "reverse": reverse,
    "skip-posting": skip_posting,
    "record-document": record_document,
    "reopen": reopen,
    "instruct": instruct,
}
HOLD_STEPS = {"request": submit_hold, "request-release": request_release, "cancel": cancel_hold}
