"""What is kept about the mirror: earlier content, and its age."""

from django.db import models

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
