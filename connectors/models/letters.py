"""Who takes care of a cause of dead letters."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.trail import PLUMBING

from .interfaces import Interface


class LetterCare(models.Model):
    """`cause`: key of the group (queries.letters.causes). The act stands in the interface's trail."""

    trail_class = PLUMBING
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=12)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("assigned to")
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("interface", "cause"), name="letter_care_of_one"),)

    def __str__(self) -> str:
        return f"{self.interface_id}:{self.cause}"
