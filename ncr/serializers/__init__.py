"""What the REST interface takes and shows of NCRs, holds and their links."""

from .provisional import MatchLotBody
from .records import (
    CustomerBody,
    DispositionBody,
    DocumentBody,
    EditBody,
    EvidenceBody,
    ExecuteBody,
    HoldBody,
    HoldShown,
    InstructBody,
    NcrShown,
    PartBody,
    PostingBody,
    ReinspectBody,
    ReportBody,
    ReworkBody,
)
from .travelers import TravelerBody

__all__ = [
    "CustomerBody",
    "DispositionBody",
    "DocumentBody",
    "EditBody",
    "EvidenceBody",
    "ExecuteBody",
    "HoldBody",
    "HoldShown",
    "InstructBody",
    "MatchLotBody",
    "NcrShown",
    "PartBody",
    "PostingBody",
    "ReinspectBody",
    "ReportBody",
    "ReworkBody",
    "TravelerBody",
]
