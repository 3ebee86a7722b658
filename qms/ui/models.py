from typing import Any, Self

from django.conf import settings
from django.db import models

from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING


class BulkJobQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user)


class BulkJob(models.Model):
    """A long bulk act and how far it is. What it changes is told by the acts themselves, one per record."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=200)  # of the bulk view, which knows list and acts
    act = models.CharField(max_length=40)
    entered = models.TextField()  # the form as it was sent
    keys = models.JSONField(default=list)
    results = models.JSONField(default=list)  # [[number, url, why not]]
    made_at = DatabaseTime()
    finished_at = models.DateTimeField(null=True)
    cancelled = models.BooleanField(default=False)
    objects = BulkJobQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.act}: {len(self.results)}/{len(self.keys)}"

    @property
    def changed(self) -> list[Any]:
        return [line for line in self.results if not line[2]]

    @property
    def refused(self) -> list[Any]:
        return [line for line in self.results if line[2]]


class SavedViewQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """One's own and what others share; what the list shows is narrowed by the list itself."""
        return self.filter(models.Q(user=user) | models.Q(shared=True))

    def live(self) -> Self:
        return self.filter(deleted_at=None)


class SavedView(models.Model):
    """A name for the query string of a list: filter, order and columns. A preference, no business fact."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    list = models.CharField(max_length=60)
    path = models.CharField(max_length=200)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True, default="")
    shared = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True)
    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "list", "name"), condition=models.Q(deleted_at=None), name="saved_view_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """Which view of a list a person meets first."""

    trail_class = PLUMBING
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    list = models.CharField(max_length=60)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "list"), name="default_view_once"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.list}"
