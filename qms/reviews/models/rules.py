from typing import Any

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.journal.history import Trail
from qms.journal.models import Regulated


class ReviewRuleQuerySet(models.QuerySet["ReviewRule"]):
    def visible_to(self, user: Any) -> "ReviewRuleQuerySet":
        """The rules are one for all sites."""
        return self if access.may(user, "trail_review.view") else self.none()


class ReviewRule(Regulated):
    """Of a kind of record: whether it closes only behind a signed review of its trail (draft Annex 11, 12.8). Off unless set."""

    record_type = models.CharField(_("kind of record"), max_length=80, unique=True)
    closure_needs_review = models.BooleanField(_("closure needs an audit-trail review"), default=False)
    history = Trail()
    frozen = ("record_type",)
    objects = ReviewRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for closure")
        ordering = ("record_type",)

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> Any:
        return apps.get_model(self.record_type)._meta.verbose_name

    def get_absolute_url(self) -> str:
        return reverse("reviews:rule", args=[self.pk])
