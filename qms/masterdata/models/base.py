"""Mirror of what ERP and MES master: read-only here, one row per (source, external id); numbers are shown, not trusted."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.trail import MIRROR


class MirrorQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Rows of the user's sites and rows that belong to no site."""
        sites = access.site_ids(user, "masterdata.view")
        if sites == access.ALL:
            return self
        if not sites:
            return self.none()
        return self.filter(Q(site_id__in=sites) | Q(site=None))

    def live(self) -> Self:
        return self.filter(gone_at=None)


class Mirror(models.Model):
    trail_class = MIRROR
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(max_length=80)
    number = models.CharField(_("number"), max_length=120, db_index=True)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_index=False)
    changed_at = models.DateTimeField(_("changed in the source"), null=True)
    synced_at = models.DateTimeField(_("last change taken over"), db_default=models.functions.Now())
    gone_at = models.DateTimeField(_("gone from the source"), null=True)
    content_hash = models.CharField(max_length=64)
    content = models.TextField()
    objects = MirrorQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("number", "pk")
        constraints = (models.UniqueConstraint(fields=("source", "external_id"), name="%(class)s_identity"),)

    def __str__(self) -> str:
        return self.number


def parent(to: str, **options: Any) -> Any:
    """A parent in the mirror: empty until it arrives, whatever the order of arrival."""
    return models.ForeignKey(to, null=True, on_delete=models.PROTECT, db_constraint=False, **options)
