"""What the integration pages ask, one file per subject."""

from .health import Card, card, cards, health, masters
from .letters import Cause, causes, letters
from .mappings import Impact, RuleChange, active_mapping, diff, impact, sample_of, told
from .passages import Passage, passages
from .trace import Step, by_rules, steps
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
    "Impact",
    "Passage",
    "RuleChange",
    "Step",
    "active_mapping",
    "alerts",
    "body_of",
    "by_rules",
    "card",
    "cards",
    "carried",
    "causes",
    "deliveries",
    "diff",
    "health",
    "impact",
    "is_reading",
    "letters",
    "masters",
    "messages",
    "open_causes",
    "passages",
    "readable",
    "runs",
    "sample_of",
    "steps",
    "told",
    "waiting_causes",
]
