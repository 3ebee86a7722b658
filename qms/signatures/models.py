"""An electronic signature: bound to one record, its version and the digest of its content; never changed, never deleted."""

import zoneinfo
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.accounts.roles import ROLES
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING

from .choices import Component, Flag, Meaning


def _in_zone(at: datetime, zone: str) -> str:
    here = at.astimezone(zoneinfo.ZoneInfo(zone))
    offset = here.strftime("%z")
    return f"{here:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:]} ({zone})"


class SignatureQuerySet(models.QuerySet["Signature"]):
    def on(self, record: models.Model) -> "SignatureQuerySet":
        mine = self.filter(record_type=record._meta.label_lower, record_key=str(record.pk))
        return mine.select_related("withdrawal")


class Signature(Regulated):
    """`sentence` is the very text, in the language, that the signer was shown (architecture.md §5b).

    `scheme` says what `digest` is made of (qms.signatures.snapshot); those of an earlier scheme keep verifying.
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(max_length=24)
    record_version = models.IntegerField()
    scheme = models.IntegerField(default=1)
    digest = models.CharField(max_length=64)
    meaning = models.CharField(_("meaning"), max_length=24, choices=Meaning)
    sentence = models.TextField()
    consequence = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    signer_name = models.CharField(_("printed name"), max_length=120)
    signer_roles = models.CharField(max_length=200, blank=True, default="")
    timezone = models.CharField(max_length=40)
    signed_at = models.DateTimeField(_("signed"), db_default=models.functions.Now())
    comment = models.TextField(blank=True, default="")
    components = models.CharField(_("components"), max_length=60, blank=True, default="")
    series = models.UUIDField(null=True, blank=True)
    flags = models.CharField(max_length=80, blank=True, default="")
    fresh_roles = models.JSONField(default=list, blank=True)  # which role, granted when and by whom, behind the flag
    history = Trail()
    frozen = (
        *(
            "uid",
            "record_type",
            "record_key",
            "record_number",
            "record_version",
            "scheme",
            "digest",
            "meaning",
            "sentence",
            "consequence",
        ),
        *("language", "signer", "signer_name", "signer_roles", "timezone", "signed_at", "comment"),
        *("components", "series", "flags", "fresh_roles"),
    )
    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        ordering = ("signed_at",)
        indexes = (models.Index(fields=("record_type", "record_key"), name="signature_record"),)

    def __str__(self) -> str:
        return f"{self.signer_name}: {self.get_meaning_display()}"

    @property
    def when(self) -> str:
        """Date and time in the signer's own zone, with the zone (21 CFR 11.50(a)(2))."""
        return _in_zone(self.signed_at, self.timezone)

    @property
    def taken_back(self) -> "Withdrawal | None":
        """By the signer; it counts no more then."""
        return getattr(self, "withdrawal", None)

    @property
    def component_words(self) -> list[Any]:
        return [Component(name).label for name in self.components.split(",") if name]

    @property
    def flag_words(self) -> list[Any]:
        """Each flag in words; a fresh role with how long before and by whom."""
        names = [name for name in self.flags.split(",") if name and not (name == Flag.FRESH_ROLE and self.fresh_roles)]
        return [*(Flag(name).label for name in names), *(self._granted(each) for each in self.fresh_roles)]

    def _granted(self, told: dict[str, str]) -> str:
        minutes = int((self.signed_at - datetime.fromisoformat(told["at"])).total_seconds() // 60)
        words = {"role": ROLES.get(told["role"], told["role"]), "by": told["by"], "hours": minutes // 60}
        if minutes < 60:
            return _("The role %(role)s was granted less than an hour before, by %(by)s") % words
        return _("The role %(role)s was granted %(hours)s h before, by %(by)s") % words


class Withdrawal(Regulated):
    """The signer takes one signature back, while what it served has not gone on. The signature stays, struck through.

    The database holds that only the signer does it, about the very record, and once (migration 0007).
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    signature = models.OneToOneField(
        Signature, on_delete=models.PROTECT, related_name="withdrawal", verbose_name=_("signature")
    )
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(max_length=24)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(_("printed name"), max_length=120)
    timezone = models.CharField(max_length=40)
    withdrawn_at = models.DateTimeField(_("withdrawn"), db_default=models.functions.Now())
    components = models.CharField(_("components"), max_length=60, blank=True, default="")
    series = models.UUIDField(null=True, blank=True)
    history = Trail()
    frozen = (
        *("uid", "signature", "record_type", "record_key", "record_number", "reason", "by", "by_name"),
        *("timezone", "withdrawn_at", "components", "series"),
    )

    class Meta:
        verbose_name = _("withdrawal of a signature")
        indexes = (models.Index(fields=("record_type", "record_key"), name="withdrawal_record"),)

    def __str__(self) -> str:
        return f"{self.by_name}: {self.reason}"

    @property
    def when(self) -> str:
        """In the signer's own zone, with the zone."""
        return _in_zone(self.withdrawn_at, self.timezone)


class Agreement(Regulated):
    """A person's word that their electronic signature binds them, given once for each edition of the text, by signature."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="agreements")
    edition = models.IntegerField(_("edition"))
    language = models.CharField(_("language"), max_length=8)
    text = models.TextField(_("text as shown"))
    sha256 = models.CharField(max_length=64)
    agreed_at = DatabaseTime(_("agreed"))
    history = Trail()
    frozen = ("uid", "user", "edition", "language", "text", "sha256", "agreed_at")

    class Meta:
        verbose_name = _("agreement on electronic signatures")
        ordering = ("-edition",)
        constraints = (models.UniqueConstraint(fields=("user", "edition"), name="agreement_once"),)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"AGREEMENT-{self.edition}"

    @property
    def version(self) -> int:
        return self.edition

    def signed_content(self) -> dict[str, Any]:
        return {"language": self.language, "text": self.sha256, "user": str(self.user_id)}


class SigningRule(Regulated):
    """What a site refuses instead of telling it beside the signature, and what it asks a qualification for."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="signing_rule")
    refuses_fresh_role = models.BooleanField(_("refuse within 24 hours of a role being granted"), default=False)
    refuses_fresh_access = models.BooleanField(
        _("refuse within 24 hours of a one-time password or a new binding"), default=False
    )
    qualified_meanings = models.JSONField(_("meanings that ask for a qualification"), default=list, blank=True)
    supplier_block_by_two = models.BooleanField(_("two persons for a supplier block"), default=False)
    history = Trail()
    frozen = ("site",)

    class Meta:
        verbose_name = _("signing rule")

    def __str__(self) -> str:
        return str(self.site)


class Series(models.Model):
    """Signings of one continuous session: who, from where, and when the last one was. Ends by itself (qms.signatures.series)."""

    trail_class = PLUMBING
    session = models.CharField(max_length=64, primary_key=True)
    uid = models.UUIDField(default=uuid7)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=45)
    device = models.CharField(max_length=64)
    stamp = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("series of signings")


class StepUp(models.Model):
    """A signing that waits for its signer to sign in anew at the identity provider. Its words stay here meanwhile; it counts once.

    `bound`: digest of what is about to be signed; what comes back for anything else is refused.
    """

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=64)
    number = models.CharField(max_length=24)
    meaning = models.CharField(max_length=24)
    bound = models.CharField(max_length=64)
    username = models.CharField(max_length=60, blank=True, default="")
    path = models.CharField(max_length=500)
    entered = models.JSONField(default=list)
    shown = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("step-up")
