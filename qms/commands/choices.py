from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    HOLD = "HOLD", _("Hold")
    RELEASE = "RELEASE", _("Release")
    SCRAP = "SCRAP", _("Scrap")


class Place(models.TextChoices):
    """Roles of locations; each interface says which location of its ERP plays which role."""

    STORAGE = "storage", _("Storage")
    QUARANTINE = "quarantine", _("Quarantine")
    SCRAP = "scrap", _("Scrap")
