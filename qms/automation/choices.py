"""The words of automatic action (features.md row 18, integration-mes.md §9)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Hears(models.TextChoices):
    """What a rule listens to."""

    TEST = "test", _("Failed test")
    LIMIT = "limit", _("Value outside its limits")
    ALERT = "alert", _("Equipment alert")
    SPC = "spc", _("SPC signal")
    NCR = "ncr", _("New nonconformance")


class Does(models.TextChoices):
    """What it may bring about. A supplier block is only proposed; scrap only follows from a decision that a board has signed."""

    NCR = "ncr", _("Open a nonconformance")
    HOLD = "hold", _("Hold the lot")
    BLOCK = "block", _("Propose to block the supplier")


class Mode(models.TextChoices):
    OFF = "off", _("Off")
    SHADOW = "shadow", _("Shadow: only count what would have been done")
    SUGGEST = "suggest", _("Suggest: a person decides")
    APPROVAL = "approval", _("Needs approval: done as soon as an approver agrees")
    AUTO = "auto", _("Automatic")


class Key(models.TextChoices):
    """What hits must have in common to be one case."""

    PART = "part", _("Part")
    OPERATION = "operation", _("Operation")
    WORK_CENTER = "work_center", _("Work center")
    CODE = "code", _("Code or characteristic")
    LOT = "lot", _("Lot or order")


class Why(models.TextChoices):
    """Why an automatic rule left a case to people."""

    STOPPED = "stopped", _("Automation was stopped.")
    BURST = "burst", _("Too many cases in an hour: automation of this source pauses.")
    CAP = "cap", _("The rule's limit per hour was reached.")
    COST = "cost", _("The value is limited, and the cost of the part is not known.")
    REFUSED = "refused", _("It could not be done.")


DEFAULT_KEYS = [Key.PART.value, Key.OPERATION.value, Key.WORK_CENTER.value, Key.CODE.value, Key.LOT.value]
SEVERITIES = ("minor", "major", "critical")  # from the least
