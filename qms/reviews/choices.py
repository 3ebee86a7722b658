from django.db import models
from django.utils.translation import gettext_lazy as _


class Look(models.TextChoices):
    """Kinds of entries that a review of the trail looks at (draft Annex 11, 12.6: by risk). None chosen: every entry."""

    NO_REASON = "no_reason", _("Changed without a reason")
    AFTER_SIGNATURE = "after_signature", _("Changed after a signature")
    FAILED_SIGNING = "failed_signing", _("Failed signings and locked accounts")
    CORRECTION = "correction", _("Corrections of what was recorded")
    BULK = "bulk", _("Acts on many records at once, and imports")
    REMOVAL = "removal", _("Cancelled, declared void or deleted")
    ACCESS = "access", _("Changes of access")
    CONFIGURATION = "configuration", _("Changes of the configuration")


class Follow(models.TextChoices):
    """What follows from an exception."""

    NOTHING = "nothing", _("Nothing: explained")
    CORRECT = "correct", _("To be corrected")
    NCR = "ncr", _("Nonconformance")
    TRAINING = "training", _("Training")
    ACCESS = "access", _("Access to be changed")
    OTHER = "other", _("Other")


class Verdict(models.TextChoices):
    KEEP = "keep", _("Keep")
    END = "end", _("End")


class Fitness(models.TextChoices):
    """What a periodic review of the system comes to."""

    FIT = "fit", _("Fit for its use")
    ACTIONS = "actions", _("Fit for its use, with actions")
    UNFIT = "unfit", _("Not fit for its use")
