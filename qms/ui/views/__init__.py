"""Declarative views: a domain app declares, these do."""

from .acts import ActView, Signing, TransitionView
from .errors import broken, csrf_failed, forbidden, missing, refused
from .lists import ListView
from .menu import Find, Menu
from .records import RecordDetail, Section, Step

__all__ = [
    "ActView",
    "Find",
    "ListView",
    "Menu",
    "RecordDetail",
    "Section",
    "Signing",
    "Step",
    "TransitionView",
    "broken",
    "csrf_failed",
    "forbidden",
    "missing",
    "refused",
]
