"""Read side of the trail's tables; migration 0001 makes them, nothing here writes them."""

from typing import Any

from django.db import models

from qms.lib.fields import DatabaseTime
from qms.lib.trail import BULK, PLUMBING


class Entry(models.Model):
    """One line of the trail: an act (who did what and why) or a changed row (old, new) joined to it by `act_id`."""

    id = models.BigIntegerField(primary_key=True)
    era = models.SmallIntegerField()
    ts = models.DateTimeField()
    leaf = models.BinaryField()
    kind = models.TextField()
    event = models.TextField()
    act_id = models.UUIDField()
    object_type = models.TextField()
    object_key = models.TextField()
    object_seq = models.BigIntegerField()
    site = models.BigIntegerField(null=True)
    actor_id = models.TextField()
    schema_version = models.TextField()
    payload = models.TextField()

    class Meta:
        managed = False
        db_table = "journal_entry"


class Leaf(models.Model):
    """The order of the trail: `leaf_index` is also the position in every feed, assigned by the sealer."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    leaf = models.BinaryField()

    class Meta:
        managed = False
        db_table = "journal_leaf"


class Seal(models.Model):
    n = models.BigIntegerField(primary_key=True)
    era = models.SmallIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    prev_root = models.BinaryField()
    frontier = models.BinaryField()
    signed_note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "journal_seal"


class Heartbeat(models.Model):
    """A daemon is alive (`beat_at`) and gets things done (`progress_at`)."""

    trail_class = PLUMBING
    name = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
    progress_at = models.DateTimeField(null=True)
    detail = models.TextField()

    class Meta:
        managed = False
        db_table = "journal_heartbeat"

    def __str__(self) -> str:
        return self.name


class Follower(models.Model):
    """How far a derived table (search, notifications) has read the sealed trail; see qms.journal.following."""

    trail_class = PLUMBING
    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField(default=-1)  # leaf_index of the last entry taken

    def __str__(self) -> str:
        return self.name


class Anchor(models.Model):
    """A checkpoint that was brought to a place outside, or could not be (`problem`). Written once; the proof is what stands there."""

    trail_class = BULK
    at = DatabaseTime()
    place = models.CharField(max_length=12)
    where = models.TextField()
    seal = models.BigIntegerField()
    size = models.BigIntegerField()
    problem = models.TextField(blank=True, default="")
    token = models.BinaryField(null=True)  # of a time-stamp authority

    class Meta:
        indexes = (models.Index(fields=("place", "-id"), name="anchor_place"),)

    def __str__(self) -> str:
        return f"{self.place} {self.size}"


class Regulated(models.Model):
    """Base of every regulated table. `trail_omit` columns leave no trace (salts), `trail_commit` ones a salted hash."""

    trail_class = "regulated"
    trail_omit: Any = ()
    trail_commit: Any = ()
    frozen: Any = ()
    deletable = False

    class Meta:
        abstract = True
