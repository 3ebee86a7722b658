from django.db import models
from django.utils.translation import gettext_lazy as _


class Place(models.TextChoices):
    """Roles of locations; each interface says which location of its ERP plays which role."""

    STORAGE = "storage", _("Storage")
    QUARANTINE = "quarantine", _("Quarantine")
    SCRAP = "scrap", _("Scrap")
    SUPPLIER = "supplier", _("Supplier")
