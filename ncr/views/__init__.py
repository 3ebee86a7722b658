"""Outside → one act or query → outside: records (NCRs and holds) and the defect catalogue."""

from .codes import CodeDetail, CreateCode, RetireCode
from .records import Approve, Detail, Disposition, Edit, HoldDetail, HoldStep, NcrStep, Report, RequestHold

__all__ = [
    "Approve",
    "CodeDetail",
    "CreateCode",
    "Detail",
    "Disposition",
    "Edit",
    "HoldDetail",
    "HoldStep",
    "NcrStep",
    "Report",
    "RequestHold",
    "RetireCode",
]
