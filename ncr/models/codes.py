"""The catalogue of defects."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now

from ..choices import Severity


class DefectCodeQuerySet(models.QuerySet["DefectCode"]):
    def visible_to(self, user: Any) -> "DefectCodeQuerySet":
        """The catalogue is one for all sites."""
        return self if access.may(user, "ncr.view") else self.none()


class DefectCode(Regulated):
    """Our own catalogue: a stable code with labels in both languages and a validity; retiring one never breaks history."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    label_en = models.CharField(_("English label"), max_length=120)
    label_zh_hans = models.CharField(_("Chinese label"), max_length=120)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.MINOR)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    history = Trail()
    frozen = ("code",)
    objects = DefectCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("defect code")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("ncr:code", args=[self.code])

    @property
    def is_retired(self) -> bool:
        return self.valid_to is not None and self.valid_to < now().date()

    @property
    def label(self) -> str:
        return self.label_zh_hans if (get_language() or "en").startswith("zh") else self.label_en
