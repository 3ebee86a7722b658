"""The words of a supplier block."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """How far the ERP keeps to the block, as its adapter says; told when the block was put in force."""

    ENFORCED = "enforced", _("The ERP refuses new orders")
    ADVISORY = "advisory", _("The ERP only warns")
    NONE = "none", _("Only watched")


# What the level means for people; the same sentences as on the page of the interface.
SENTENCES = {
    Level.ENFORCED: _("This ERP refuses orders to a blocked supplier. New orders are watched all the same."),
    Level.ADVISORY: _("This ERP only warns of a blocked supplier: new orders are watched."),
    Level.NONE: _("This ERP does not enforce a supplier block: new orders are watched instead."),
}
OF_PART = _("A block of one part is known to no ERP: new orders of this part are watched instead.")
