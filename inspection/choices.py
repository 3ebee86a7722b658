"""Words of measurements."""

from enum import IntFlag

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    ERROR = "error", _("Test not valid")


class Doubt(IntFlag):
    """What is odd about a value that was kept all the same; one with a doubt is left out of statistics."""

    SENSOR = 1
    LIMITS = 2
    AHEAD = 4
    LATE = 8
    NAIVE = 16


DOUBTS = {
    Doubt.SENSOR: ("sensor_code", _("This looks like a code of the sensor, not like a value.")),
    Doubt.LIMITS: ("limits_reversed", _("The lower limit lies above the upper one; neither counts.")),
    Doubt.AHEAD: ("time_ahead", _("The time lies ahead of ours; compare the clocks (GET mes/time).")),
    Doubt.LATE: ("time_late", _("The value arrived more than a day after it was measured.")),
    Doubt.NAIVE: ("time_without_offset", _("The time came without an offset; it was read in the interface's zone.")),
}
# Of the value as such. Late, without limits, or read in the interface's zone, it counts nonetheless.
SPOILT = Doubt.SENSOR | Doubt.AHEAD
# Such a value lies outside of nothing: it is none, or its limits are none.
UNJUDGED = SPOILT | Doubt.LIMITS

# Why a value could not be kept as one: it stands in its message only.
REJECTIONS = {
    "not_a_number": _("This is no number."),
    "not_a_time": _("This is no time."),
    "out_of_range": _("The number is too large or too small to be a measured value."),
}


def doubts(flags: int) -> list[tuple[str, str]]:
    """(code, sentence) of each."""
    return [(code, str(text)) for doubt, (code, text) in DOUBTS.items() if flags & doubt]
