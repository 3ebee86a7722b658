"""Outside → one act or query → outside: records (NCRs and holds) and the defect catalogue."""

from .bulk import BULK, HOLD_BULK
from .codes import CodeDetail, CreateCode, RetireCode
from .floor import Decode, Entry, Result
from .records import Approve, Detail, Disposition, Edit, HoldDetail, HoldStep, Instruct, NcrStep, Report, RequestHold

__all__ = [
    "BULK",
    "HOLD_BULK",
    "Approve",
    "CodeDetail",
    "CreateCode",
    "Decode",
    "Detail",
    "Disposition",
    "Edit",
    "Entry",
    "HoldDetail",
    "HoldStep",
    "Instruct",
    "NcrStep",
    "Report",
    "RequestHold",
    "Result",
    "RetireCode",
]
