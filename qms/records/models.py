"""Record: what every numbered quality record has. Comments and attachments hang on any of them."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Compartment, Container, Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING
from qms.workflow import Workflow

from .kept import Preserved, RetentionClass, Tombstone

__all__ = [
    "REGISTRY",
    "Attachment",
    "ChangeReason",
    "Comment",
    "Export",
    "Job",
    "Preserved",
    "Record",
    "RetentionClass",
    "Tombstone",
]

REGISTRY: dict[str, type["Record"]] = {}
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class RecordQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """What was disposed of is no more to be seen; its tombstone is (queries.tombstone). What tells of every site is for
        those who may see every site."""
        there = self.exclude(pk__in=Tombstone.objects.keys_of(self.model))
        seen = access.visible_to(there, user, self.model.view_permission)
        if not hasattr(self.model, "every_site") or access.site_ids(user, self.model.view_permission) == access.ALL:
            return seen
        return seen.exclude(every_site=True)

    def open(self) -> Self:
        return self.filter(state__in=self.model.workflow.open_states)


class Record(Regulated):
    """Subclasses add `number = NumberField(prefix=…)`, a `workflow`, a `view_permission` and `history = Trail()`."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False
    )  # stands first in Meta.indexes
    compartment = models.ForeignKey(
        Compartment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name=_("export compartment"),
        db_index=False,
    )
    container = models.ForeignKey(
        Container,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name=_("customer or programme"),
        db_index=False,
    )
    state = models.CharField(_("status"), max_length=24)
    version = models.IntegerField(_("version"), default=1)
    created_at = DatabaseTime(_("recorded"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("recorded by"),
        db_index=False,
    )

    workflow: ClassVar[Workflow]
    view_permission: ClassVar[str]
    prefix: ClassVar[str]
    # What a search finds the record by, beside its number: names of things (shown with the hit), and sentences.
    search_ids: ClassVar[tuple[str, ...]] = ()
    search_texts: ClassVar[tuple[str, ...]] = ()
    # The record that this one shares its compartment with, by the field's name.
    enclosed_with: ClassVar[str] = ""
    refuses: ClassVar[Any] = None  # (record, transition, user) -> why a step is closed to the person; "" when open
    frozen: Any = ("uid", "number", "site", "created_at", "created_by")
    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if prefix := cls.__dict__.get("prefix"):
            REGISTRY[prefix] = cls

    def __str__(self) -> str:
        return str(self.number)  # type: ignore[attr-defined]

    def get_state_display(self) -> Any:
        return self.workflow.state(self.state).label

    @property
    def state_tone(self) -> str:
        return self.workflow.state(self.state).tone

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    def signed_content(self) -> dict[str, Any]:
        """Plain data that a signature covers; see qms.signatures.snapshot."""
        raise NotImplementedError

    def enclosed_too(self) -> list[Any]:
        """Records that go into a compartment together with this one: of every kind that is enclosed with its kind."""
        kinds = [kind for kind in REGISTRY.values() if kind.enclosed_with]
        led = [(kind, kind._meta.get_field(kind.enclosed_with).related_model) for kind in kinds]
        return [
            record
            for kind, leader in led
            if leader is type(self)
            for record in kind._default_manager.filter(**{kind.enclosed_with: self}).order_by("pk")
        ]

    def files(self) -> list[Any]:
        mine = Attachment.objects.filter(record_type=self._meta.label_lower, record_key=str(self.pk))
        return list(mine.select_related("by").order_by("pk"))

    def decided_at(self) -> datetime | None:
        """Until when a new file belonged to what is signed; None: it still does. Unless a record says otherwise: it never does."""
        return LONG_AGO

    def signed_files(self, at: datetime | None) -> list[str]:
        """SHA-256 of the files that a signature of that time covers (None: one made now): those that were there, and those that came
        while it was still undecided. Later ones prove what follows and uncover nothing."""
        decided, files = self.decided_at(), self.files()
        until = None if at is None or decided is None else max(at, decided)
        return sorted(file.sha256 for file in files if until is None or file.at <= until)


class Comment(Regulated):
    """What a person says on a record. Never edited: a correction is another comment."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    text = models.TextField(_("comment"))
    at = DatabaseTime()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = ("record_type", "record_key", "text", "at", "by")

    class Meta:
        verbose_name = _("comment")
        indexes = (models.Index(fields=("record_type", "record_key"), name="comment_record"),)

    def __str__(self) -> str:
        return self.text[:60]


class Attachment(Regulated):
    """A file on a record, kept untouched under the SHA-256 of its bytes."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    taken = models.CharField(_("taken, by the camera's clock"), max_length=32, blank=True, default="")
    at = DatabaseTime()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = ("record_type", "record_key", "sha256", "name", "media_type", "size", "taken", "at", "by")

    class Meta:
        verbose_name = _("file")
        indexes = (models.Index(fields=("record_type", "record_key"), name="attachment_record"),)

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    def __str__(self) -> str:
        return self.name


class ChangeReasonQuerySet(models.QuerySet["ChangeReason"]):
    def visible_to(self, user: Any) -> "ChangeReasonQuerySet":
        """The list is one for all sites."""
        return self if access.may(user, "masterdata.view") else self.none()

    def current(self) -> "ChangeReasonQuerySet":
        today = now().date()
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gte=today), valid_from__lte=today)


class ChangeReason(Regulated):
    """Why something recorded is corrected: a stable code with labels in both languages and a validity. Retired, never deleted."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    label_en = models.CharField(_("English label"), max_length=120)
    label_zh_hans = models.CharField(_("Chinese label"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    history = Trail()
    frozen = ("code", "label_en", "label_zh_hans", "valid_from")
    objects = ChangeReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason for change")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("office:reason", args=[self.code])

    @property
    def is_retired(self) -> bool:
        return self.valid_to is not None and self.valid_to < now().date()

    @property
    def label(self) -> str:
        return self.label_zh_hans if (get_language() or "en").startswith("zh") else self.label_en


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: Any) -> "ExportQuerySet":
        """One's own; those of a site for the readers of its trail."""
        if not access.may(user, "record.export"):
            return self.none()
        sites = access.site_ids(user, "trail.view")
        of_site = models.Q(site__isnull=False) if sites == access.ALL else models.Q(site__in=sites)
        return self.filter(models.Q(asked_by=user) | of_site)


class Export(Regulated):
    """An evidence bundle: what was asked for and why, by whom, and the SHA-256 of what was made. Its file goes after a while."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, db_index=False, verbose_name=_("site")
    )  # none: of several sites, or of an export compartment, and so nobody's but its maker's
    record_type = models.CharField(_("kind of record"), max_length=80)
    keys = models.JSONField()
    label = models.CharField(_("records"), max_length=200)
    count = models.IntegerField(_("number of records"))
    purpose = models.TextField(_("purpose"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    asked_at = DatabaseTime(_("asked for"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    made_at = models.DateTimeField(_("made"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, default="")
    size = models.BigIntegerField(_("size"), default=0)
    ended_at = models.DateTimeField(_("failed or cancelled"), null=True)
    problem = models.TextField(_("problem"), blank=True, default="")
    expires_at = models.DateTimeField(_("kept until"), null=True)
    history = Trail()
    frozen = ("uid", "site", "record_type", "keys", "label", "count", "purpose", "language", "asked_at", "asked_by")
    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="export_ends_once", condition=models.Q(made_at=None) | models.Q(ended_at=None)),
            models.CheckConstraint(
                name="export_made_has_hash",
                condition=models.Q(made_at=None, sha256="") | (models.Q(made_at__isnull=False) & ~models.Q(sha256="")),
            ),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("office:export", args=[self.uid])

    @property
    def place(self) -> str:
        return f"exports/{self.uid}.zip"

    @property
    def is_there(self) -> bool:
        """Made, and its file is still kept."""
        return self.made_at is not None and self.expires_at is not None and self.expires_at > now()

    @property
    def is_under_way(self) -> bool:
        return self.made_at is None and self.ended_at is None


class Job(models.Model):
    """Work of the worker that must not get lost: a lease that the worker renews while it lives, and how far it has come.

    `task`: the bell that starts it; `key`: the row that it is about; `fence`: who holds it, so that a late one can tell.
    """

    trail_class = PLUMBING
    task = models.CharField(max_length=40)
    key = models.BigIntegerField()
    asked_at = DatabaseTime()
    rung_at = DatabaseTime()
    fence = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("task", "key"), name="job_once"),)
        indexes = (models.Index(fields=("lease_until",), name="job_open", condition=models.Q(ended_at=None)),)

    def __str__(self) -> str:
        return f"{self.task} {self.key}"

    @property
    def is_waiting(self) -> bool:
        """Nobody has taken it yet, or who had taken it is dead."""
        return self.ended_at is None and (self.lease_until is None or self.lease_until < now())
