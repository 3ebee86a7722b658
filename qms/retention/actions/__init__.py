"""Acts of retention: classes, legal holds, disposals."""

from .classes import change_class
from .disposals import DISPOSAL_STEPS, approve, cancel, draft, propose
from .holds import LEGALHOLD_STEPS, extend, lift, place

__all__ = [
    "DISPOSAL_STEPS",
    "LEGALHOLD_STEPS",
    "approve",
    "cancel",
    "change_class",
    "draft",
    "extend",
    "lift",
    "place",
    "propose",
]
