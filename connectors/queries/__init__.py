"""What the integration pages ask, one file per subject."""

from .abilities import Abilities, abilities, abilities_of, level
from .health import Card, card, cards, health, masters, named
from .letters import Cause, causes, causes_of, letters
from .mappings import Impact, RuleChange, active_mapping, diff, impact, sample_of, to_correct, told
from .panels import panel
from .passages import Passage, passages
from .stages import staged
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
from .transports import intake_marks, intakes, open_alarms, refused_of
from .waiting import Group, alerts, open_causes, waiting_causes

__all__ = [
    "Abilities",
    "Card",
    "Cause",
    "Group",
    "Impact",
    "Passage",
    "RuleChange",
    "Step",
    "abilities",
    "abilities_of",
    "active_mapping",
    "alerts",
    "body_of",
    "by_rules",
    "card",
    "cards",
    "carried",
    "causes",
    "causes_of",
    "deliveries",
    "diff",
    "health",
    "impact",
    "intake_marks",
    "intakes",
    "is_reading",
    "letters",
    "level",
    "masters",
    "messages",
    "named",
    "open_alarms",
    "open_causes",
    "panel",
    "passages",
    "readable",
    "refused_of",
    "runs",
    "sample_of",
    "staged",
    "steps",
    "to_correct",
    "told",
    "waiting_causes",
]
