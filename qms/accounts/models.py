"""Who exists, where, and what they were granted."""

import unicodedata
import uuid
from datetime import date
from typing import Any, ClassVar
from urllib.parse import quote

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from qms.journal import Actor
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING

from .providers import Identity
from .roles import ROLES

# Django's own, so that sessions from before `epoch` stay good.
SESSION_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


class Site(Regulated):
    """A plant. Every record belongs to one; grants name one."""

    code = models.CharField(_("code"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True, default="")
    timezone = models.CharField(_("time zone"), max_length=40, default="UTC")
    history = Trail()
    frozen = ("code",)

    class Meta:
        verbose_name = _("site")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Container(Regulated):
    """A customer, programme or product line that a grant may be limited to."""

    KINDS = (("customer", _("Customer")), ("programme", _("Programme")), ("product_line", _("Product line")))
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    history = Trail()

    class Meta:
        verbose_name = _("customer or programme")
        constraints = (models.UniqueConstraint(fields=("kind", "code"), name="container_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Compartment(Regulated):
    """An export-control compartment (ITAR, EAR). Without its permission a record, its files and counts do not exist."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    # No further record goes in; those inside stay closed.
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    history = Trail()
    frozen = ("code",)

    class Meta:
        verbose_name = _("export compartment")
        permissions = (("enter_compartment", "May see records of this compartment"),)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("office:compartment", args=[self.code])


class UserManager(BaseUserManager["User"]):
    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """The first administrator of an empty system (`manage.py createsuperuser`)."""
        from . import actions

        return actions.create_first_administrator(username=username, password=password or "", **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=normalised(username or ""))


def normalised(username: str) -> str:
    """One key for every spelling of a user id, so that none can be re-created (21 CFR 11.100(a))."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


class User(AbstractBaseUser, PermissionsMixin, Regulated):
    """A person, or a service account (`kind`), which never signs and never logs in."""

    PERSON, SERVICE = "person", "service"
    username = models.CharField(_("user id"), max_length=60, unique=True)
    username_key = models.CharField(max_length=120, unique=True, editable=False)
    kind = models.CharField(
        max_length=8, choices=((PERSON, _("Person")), (SERVICE, _("Service account"))), default=PERSON
    )
    full_name = models.CharField(_("printed name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    language = models.CharField(
        _("language"), max_length=8, choices=(("en", "English"), ("zh-hans", "简体中文")), default="en"
    )
    theme = models.CharField(
        _("theme"),
        max_length=8,
        default="auto",
        choices=(("auto", _("Automatic")), ("light", _("Light")), ("dark", _("Dark"))),
    )
    timezone = models.CharField(_("time zone"), max_length=40, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    # True while somebody else knows the password: it opens one page only, where its owner chooses another (11.200(a)(2)).
    password_given = models.BooleanField(_("one-time password"), default=False)
    # When somebody else last set the password; a signature soon after tells of it (11.200(a)(3)).
    password_handed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When its owner last chose it; empty: before the program kept the moment, or never.
    password_chosen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Counted up to end every open session of the account at once (11.300(c)).
    epoch = models.IntegerField(_("sessions ended"), default=0, editable=False)
    # Opens the floor together with a badge; chosen by its owner. Empty: none.
    pin = models.CharField(_("PIN"), max_length=128, blank=True, default="", editable=False)
    personal_salt = models.UUIDField(default=uuid.uuid4, editable=False)
    last_login = None  # logins are acts in the journal
    badge: "Badge | None" = None  # of this login, when it was one
    history = Trail(excluded_fields=("password", "pin", "email", "personal_salt"))
    trail_omit = ("personal_salt",)
    trail_commit = ("password", "pin", "email")
    frozen = ("username", "kind")
    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[Any] = ("full_name",)

    class Meta:
        verbose_name = _("account")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username_key = normalised(self.username)
        super().save(*args, **kwargs)

    def actor(self) -> Actor:
        return Actor(id=str(self.pk), name=self.full_name or self.username, role=",".join(self.role_codes))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What ties a session to the password, and to the sessions that were not ended."""
        told = f"{self.password}:{self.epoch}" if self.epoch else self.password
        return salted_hmac(SESSION_SALT, told, secret=secret, algorithm="sha256").hexdigest()

    @property
    def code_device(self) -> "CodeDevice | None":
        return self.code_devices.filter(ended_at=None).first()

    def has_code(self) -> bool:
        return self.code_device is not None

    @property
    def identity(self) -> Identity | None:
        """Who they are at an identity provider, when that opens the account."""
        return self.identities.bound().select_related("provider").first()

    @property
    def signs_by_provider(self) -> bool:
        """No password here: the provider is asked anew for a signature."""
        return not self.has_usable_password() and self.identity is not None

    def code_stamp(self) -> str:
        return str(device.pk) if (device := self.code_device) else ""

    def get_absolute_url(self) -> str:
        return reverse("office:service" if self.kind == self.SERVICE else "office:person", args=[self.username])

    @property
    def role_codes(self) -> list[str]:
        """Roles valid today, asked once per request (the user object lives as long as that)."""
        return sorted({g.role for g in self.valid_grants})

    @property
    def valid_grants(self) -> list["Grant"]:
        if not hasattr(self, "_valid_grants"):
            self._valid_grants = (
                list(self.grants.valid().select_related("site", "granted_by")) if self.is_active else []
            )
        return self._valid_grants


class GrantQuerySet(models.QuerySet["Grant"]):
    def valid(self, *, on: date | None = None) -> "GrantQuerySet":
        """On that day (UTC, both ends included) and not ended before its time."""
        day = on or now().date()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day, ended_at=None)


class Grant(Regulated):
    """Role × site (empty = all sites), optionally limited to one container, with a validity."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=24, choices=list(ROLES.items()))
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT)
    container = models.ForeignKey(Container, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Empty: before the program kept the moment.
    granted_at = models.DateTimeField(_("granted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    history = Trail()
    frozen = ("user", "role", "site", "container", "granted_by", "granted_at", "valid_from", "valid_to")
    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        constraints = (
            models.CheckConstraint(name="grant_dates", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))),
            # NULL: granted by a part of the system (first administrator, demo plant).
            models.CheckConstraint(name="grant_not_to_oneself", condition=~Q(granted_by=F("user"))),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class Badge(Regulated):
    """What a person holds to the scanner of a shared tablet. A number belongs to one person for ever (21 CFR 11.300(a))."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="badges")
    number = models.CharField(_("badge number"), max_length=60)
    issued_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"), default=now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    history = Trail()
    frozen = ("user", "number", "issued_by", "issued_at")

    class Meta:
        verbose_name = _("badge")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(name="badge_once", fields=("number",), condition=Q(ended_at=None)),
            models.CheckConstraint(name="badge_not_to_oneself", condition=~Q(issued_by=F("user"))),
        )

    def __str__(self) -> str:
        return self.number


class CodeDevice(Regulated):
    """What makes a person's one-time codes (TOTP). Its secret is sealed; the trail holds a salted hash of it only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="code_devices")
    secret = models.TextField(editable=False)
    enrolled_at = models.DateTimeField(_("enrolled"), default=now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    personal_salt = models.UUIDField(default=uuid.uuid4, editable=False)
    history = Trail(excluded_fields=("secret", "personal_salt"))
    trail_omit = ("personal_salt",)
    trail_commit = ("secret",)
    sealed_fields = ("secret",)
    frozen = ("user", "enrolled_at")

    class Meta:
        verbose_name = _("one-time code")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(name="code_device_once", fields=("user",), condition=Q(ended_at=None)),)

    def __str__(self) -> str:
        return str(self.user)


class CodeUse(models.Model):
    """The last step whose code was taken: no code counts twice. Apart, so that a login makes no version of the device."""

    trail_class = PLUMBING
    device = models.OneToOneField(CodeDevice, on_delete=models.CASCADE, primary_key=True, related_name="use")
    step = models.BigIntegerField()


class CompartmentUserObjectPermission(UserObjectPermissionBase, Regulated):
    """django-guardian's grant of a compartment, in a table of its own with a foreign key and a trail."""

    content_object = models.ForeignKey(Compartment, on_delete=models.CASCADE)
    history = Trail()
    deletable = True

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("compartment access")


class ServiceToken(Regulated):
    """A bearer token of a service account: only its SHA-256 is stored, with scopes, sites, expiry and address list."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    sites: Any = models.ManyToManyField(Site, through="TokenSite")
    source = models.CharField(_("source system"), max_length=40, blank=True, default="")
    addresses = models.JSONField(_("allowed addresses"), default=list, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    history = Trail()
    frozen = ("digest", "user", "scopes")

    class Meta:
        verbose_name = _("token")

    def __str__(self) -> str:
        return f"{self.prefix}…"


class TokenSite(Regulated):
    token = models.ForeignKey(ServiceToken, on_delete=models.PROTECT)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    history = Trail()
    deletable = True

    class Meta:
        verbose_name = _("site of a token")
        constraints = (models.UniqueConstraint(fields=("token", "site"), name="token_site_once"),)


class TokenUse(models.Model):
    """Last use of a token, kept apart so that a request does not make a version of the token."""

    trail_class = PLUMBING
    token = models.OneToOneField(ServiceToken, on_delete=models.CASCADE, primary_key=True)
    used_at = models.DateTimeField()


class FailedAttempt(models.Model):
    """Failed logins and signings per account, for the lockout (21 CFR 11.300(d)); each is also an act in the journal."""

    trail_class = PLUMBING
    username_key = models.CharField(max_length=120, db_index=True)
    address = models.CharField(max_length=45, blank=True, default="")
    at = models.DateTimeField(db_default=models.functions.Now())

    def get_absolute_url(self) -> str:
        """What is known of an id that nobody has: its lines in the trail."""
        return f"{reverse('office:trail')}?q={quote(self.username_key)}"
