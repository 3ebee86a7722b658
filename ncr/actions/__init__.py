"""What can be done with an NCR and its holds, one function per act."""

from .board import approve, close, send_back, void, waive
from .catalogue import create_defect_code, retire_defect_code
from .execution import acknowledge, complete_if_posted, execute
from .floor import report_on_floor
from .holds import cancel_hold, request_hold, request_release, submit_hold
from .intake import NamedDefect, Taken, Unresolved, take_defect
from .report import DefectReport, report, report_defect
from .review import Line, cancel, disposition, edit, send_to_mrb, start_review, submit
from .sets import MOST_AT_ONCE, ClosingAll, Many, Overtaken, take_defects

__all__ = [
    "HOLD_STEPS",
    "MOST_AT_ONCE",
    "STEPS",
    "ClosingAll",
    "DefectReport",
    "Line",
    "Many",
    "NamedDefect",
    "Overtaken",
    "Taken",
    "Unresolved",
    "acknowledge",
    "approve",
    "cancel",
    "cancel_hold",
    "close",
    "complete_if_posted",
    "create_defect_code",
    "disposition",
    "edit",
    "execute",
    "report",
    "report_defect",
    "report_on_floor",
    "request_hold",
    "request_release",
    "retire_defect_code",
    "send_back",
    "send_to_mrb",
    "start_review",
    "submit",
    "submit_hold",
    "take_defect",
    "take_defects",
    "void",
    "waive",
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
}
HOLD_STEPS = {"request": submit_hold, "request-release": request_release, "cancel": cancel_hold}
