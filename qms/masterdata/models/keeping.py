"""What is kept about the mirror: earlier content, its age, and what foreign names mean here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.trail import BULK, PLUMBING


class MirrorVersion(models.Model):
    """What an object of the source said before it changed; append-only, found by content hash."""

    trail_class = BULK
    object = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=80)
    content_hash = models.CharField(max_length=64)
    content = models.TextField()
    run = models.UUIDField()
    replaced_at = DatabaseTime()

    class Meta:
        indexes = (models.Index(fields=("object", "source", "external_id"), name="mirror_version_object"),)


class Freshness(models.Model):
    """When an object of a source was last read to its end: the age that pages show."""

    trail_class = PLUMBING
    source = models.CharField(max_length=40)
    object = models.CharField(max_length=40)
    read_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "object"), name="freshness_once"),)


class Crosswalk(Regulated):
    """How a foreign system names what we know by another name; resolved once by a person, for all its kind."""

    KINDS = (
        ("defect_code", _("Defect code")),
        ("item", _("Item")),
        ("unit", _("Unit")),
        ("work_center", _("Work center")),
        ("site", _("Site")),
    )
    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    foreign_value = models.CharField(_("name there"), max_length=120)
    local_value = models.CharField(_("name here"), max_length=120)
    history = Trail()

    class Meta:
        verbose_name = _("name mapping")
        constraints = (models.UniqueConstraint(fields=("source", "kind", "foreign_value"), name="crosswalk_once"),)

    def __str__(self) -> str:
        return f"{self.source}: {self.foreign_value} → {self.local_value}"
