from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event

TROUBLES = (
    ("unsealed", _("entries are not sealed")),
    ("anchor", _("checkpoints do not reach every place outside")),
    ("broken", _("a verification found a break")),
    ("unverified", _("the nightly verification did not happen")),
)


@dataclass(frozen=True)
class Trouble:
    """`finding` and `values`: what was found, by its code (qms.journal.findings)."""

    alarm: str
    finding: str
    values: dict[str, object]


@dataclass(frozen=True)
class Calm:
    alarm: str


@dataclass(frozen=True)
class Verified:
    """`first`: the first break, by its code; empty when there is none."""

    entries: int
    seals: int
    rows: int
    versions: int
    checkpoints: int
    root: str
    breaks: int
    first: dict[str, object]


@dataclass(frozen=True)
class NotVerified:
    why: str


@dataclass(frozen=True)
class NightlySet:
    """`at`: HH:MM in the zone; empty when it is switched off."""

    at: str
    timezone: str


@dataclass(frozen=True)
class SecretsRotated:
    table: str
    count: int


@dataclass(frozen=True)
class Qualified:
    """`sha256`: of the report's signed data; `product`: the release."""

    product: str
    passed: int
    failed: int
    sha256: str


QUALIFIED = Event(
    "system.qualified",
    _("The installation was qualified: %(passed)s checks passed, %(failed)s failed."),
    Qualified,
)
VERIFIED = Event("trail.verified", _("The trail was verified: %(entries)s entries, breaks: %(breaks)s."), Verified)
ALARMED = Event("trail.alarmed", _("Alarm of the trail: %(alarm)s."), Trouble, words=(("alarm", TROUBLES),))
CALMED = Event("trail.calmed", _("The alarm of the trail has ended: %(alarm)s."), Calm, words=(("alarm", TROUBLES),))
NOT_VERIFIED = Event(
    "trail.not_verified", _("A verification of the trail did not come to its end: %(why)s"), NotVerified
)
NIGHTLY_SET = Event("trail.nightly_set", _("Nightly verification was set to %(at)s (%(timezone)s)."), NightlySet)
SECRETS_ROTATED = Event("secrets.rotated", _("%(count)s secrets (%(table)s) were sealed anew."), SecretsRotated)


@dataclass(frozen=True)
class CalendarSet:
    """`shifts` and `days_off` as people write them, one a line."""

    site: str
    shifts: str
    days_off: str


CALENDAR_SET = Event("calendar.set", _("The calendar of %(site)s was set."), CalendarSet)
