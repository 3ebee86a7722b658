"""Declarative views: a domain app declares, these do."""

from .acts import ActView, TransitionView
from .bulk import BulkView, Job
from .errors import broken, csrf_failed, forbidden, missing, refused
from .files import RecordFile
from .lists import ListView
from .menu import Find, Menu, Session
from .past import AsOf, History
from .records import RecordDetail, Section, Stage, Step
from .saved import ChangeView, SaveView, Tabs
from .signing import Returned, Signs

__all__ = [
    "ActView",
    "AsOf",
    "BulkView",
    "ChangeView",
    "Find",
    "History",
    "Job",
    "ListView",
    "Menu",
    "RecordDetail",
    "RecordFile",
    "Returned",
    "SaveView",
    "Section",
    "Session",
    "Signs",
    "Stage",
    "Step",
    "Tabs",
    "TransitionView",
    "broken",
    "csrf_failed",
    "forbidden",
    "missing",
    "refused",
]
