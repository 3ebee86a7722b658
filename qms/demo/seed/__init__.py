"""NCRs of the demo plants that walked the real acts into every state, with what people said about them, in both languages."""

from django.utils import translation

from ncr.models import Nonconformance

from .charts import load as load_charts
from .doubt import load as load_doubt
from .floor import load as load_floor
from .gauges import load as load_gauges
from .lots import load as load_lots
from .office import load as load_office
from .office import read as read_trail
from .papers import load as load_papers
from .plans import load as load_plans
from .rules import load as load_rules
from .stories import AUG, AUGSBURG, SUZ, SUZHOU
from .walk import Teller

__all__ = [
    "is_empty",
    "load",
    "load_charts",
    "load_doubt",
    "load_floor",
    "load_gauges",
    "load_lots",
    "load_office",
    "load_papers",
    "load_plans",
    "load_rules",
    "read_trail",
]


def load() -> None:
    for team, stories in ((AUG, AUGSBURG), (SUZ, SUZHOU)):
        with translation.override(team.language):
            for story in stories:
                Teller(story, team).tell()


def is_empty() -> bool:
    return not Nonconformance.objects.exists()
