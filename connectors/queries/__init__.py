"""What the integration pages ask, one file per subject."""

from .health import Card, card, cards, health, masters
from .letters import Cause, causes, letters
from .passages import Passage, passages
from .trace import Step, steps
from .traffic import (
    body_of,
    carried,
    deliveries,
    is_reading,
    messages,
    readable,
    runs,
)
from .waiting import Group, alerts, open_causes, waiting_causes

__all__ = [
    "Card",
    "Cause",
    "Group",
    "Passage",
    "Step",
    "alerts",
    "body_of",
    "card",
    "cards",
    "carried",
    "causes",
    "deliveries",
    "health",
    "is_reading",
    "letters",
    "masters",
    "messages",
    "open_causes",
    "passages",
    "readable",
    "runs",
    "steps",
    "waiting_causes",
]
