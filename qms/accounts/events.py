from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.journal import Event, Nothing

from .roles import RIGHTS, ROLES


@dataclass(frozen=True)
class SessionsEnded:
    count: int


@dataclass(frozen=True)
class Granted:
    role: str
    site: str


@dataclass(frozen=True)
class Attempt:
    username: str
    address: str


@dataclass(frozen=True)
class TokenIssued:
    prefix: str
    scopes: list[str]


@dataclass(frozen=True)
class BadgeNumber:
    number: str


@dataclass(frozen=True)
class Denied:
    """`why`: the right is missing, or a duty on the record forbids it (segregation of duties)."""

    right: str
    why: str
    number: str


WORDS = (("role", tuple(ROLES.items())), ("site", (("*", _("all sites")),)))
USER_CREATED = Event("account.created", _("The account was created."), Nothing)
USER_CHANGED = Event("account.changed", _("The account was changed."), Nothing)
DEACTIVATED = Event("account.deactivated", _("The account was deactivated."), Nothing)
REACTIVATED = Event("account.reactivated", _("The account was reactivated."), Nothing)
PASSWORD_SET = Event("account.password_set", _("A one-time password was set."), Nothing)
PASSWORD_CHOSEN = Event("account.password_chosen", _("The person chose a password of their own."), Nothing)
GRANTED = Event("account.granted", _("The role %(role)s was granted (site: %(site)s)."), Granted, words=WORDS)
GRANT_ENDED = Event("account.grant_ended", _("The role %(role)s was ended (site: %(site)s)."), Granted, words=WORDS)
SITE_CREATED = Event("site.created", _("The site was created."), Nothing)
LOGGED_IN = Event("account.logged_in", _("%(username)s logged in."), Attempt)
LOGIN_FAILED = Event("account.login_failed", _("A login as %(username)s failed."), Attempt)
LOGGED_OUT = Event("account.logged_out", _("%(username)s logged out."), Attempt)
LOCKED_OUT = Event("account.locked_out", _("%(username)s is locked out after repeated failures."), Attempt)
TOKEN_ISSUED = Event("token.issued", _("A token %(prefix)s… was issued."), TokenIssued)
TOKEN_REVOKED = Event("token.revoked", _("The token %(prefix)s… was revoked."), TokenIssued)
COMPARTMENT_CREATED = Event("compartment.created", _("The compartment was created."), Nothing)
COMPARTMENT_GRANTED = Event("compartment.granted", _("The compartment was opened to %(username)s."), Attempt)
COMPARTMENT_REMOVED = Event("compartment.removed", _("The compartment was closed to %(username)s."), Attempt)
COMPARTMENT_RETIRED = Event("compartment.retired", _("The compartment was retired."), Nothing)
BADGE_ISSUED = Event("badge.issued", _("The badge %(number)s was issued."), BadgeNumber)
BADGE_ENDED = Event("badge.ended", _("The badge %(number)s was ended."), BadgeNumber)
ACCESS_ENDED = Event("account.access_ended", _("Every session, token, badge and right to sign ended at once."), Nothing)
SESSIONS_ENDED = Event("account.sessions_ended", _("Ended others of one's own sessions: %(count)s."), SessionsEnded)
LOCK_ALARM = Event("account.lock_alarm", _("The account was locked after repeated failures."), Attempt)
CODE_ENROLLED = Event("account.code_enrolled", _("One-time codes were enrolled."), Nothing)
CODE_ENDED = Event("account.code_ended", _("One-time codes were ended."), Nothing)
ACCESS_REFUSED = Event(
    "access.refused",
    _("An attempt was refused: %(right)s (%(why)s)."),
    Denied,
    words=(
        ("right", tuple(RIGHTS.items())),
        ("why", (("right", _("the right is missing")), ("duty", _("segregation of duties")))),
    ),
)
PIN_CHOSEN = Event("account.pin_chosen", _("The person chose a PIN."), Nothing)


@dataclass(frozen=True)
class Provider:
    code: str
    issuer: str
    client_id: str


@dataclass(frozen=True)
class AtProvider:
    """Who somebody is at a provider; `subject` empty: invited."""

    provider: str
    subject: str


@dataclass(frozen=True)
class Turned:
    """`why`: code of qms.accounts.events.WHYS; `about`: what stood in the token, where something did."""

    provider: str
    why: str
    address: str
    about: str


WHYS: tuple[tuple[str, Any], ...] = (
    ("state", _("the answer belongs to no question of this session")),
    ("replayed", _("the answer was used before")),
    ("expired", _("the answer came too late")),
    ("denied", _("the provider refused")),
    ("issuer", _("the answer comes from another provider")),
    ("exchange", _("the provider did not give a token for the code")),
    ("token", _("the token is not well formed")),
    ("signature", _("the token is not signed by the provider")),
    ("algorithm", _("the token is signed in a way that is not taken")),
    ("audience", _("the token was made for another program")),
    ("time", _("the token is expired or not yet valid")),
    ("nonce", _("the token belongs to another question")),
    ("stale", _("the person did not sign in anew")),
    ("acr", _("the person did not sign in as strongly as asked")),
    ("subject", _("somebody else signed in")),
    ("unknown", _("nobody here is this person at the provider")),
    ("inactive", _("the account is deactivated")),
    ("locked", _("the account or the address is locked after repeated failures")),
    ("away", _("the provider does not answer")),
)
PROVIDER_CREATED = Event("provider.created", _("The identity provider %(code)s was set up (%(issuer)s)."), Provider)
PROVIDER_CHANGED = Event("provider.changed", _("The identity provider %(code)s was changed."), Provider)
PROVIDER_RETIRED = Event("provider.retired", _("The identity provider %(code)s was retired."), Provider)
INVITED = Event("account.invited", _("Invited to sign in at %(provider)s."), AtProvider)
BOUND = Event("account.bound", _("Bound to %(subject)s at %(provider)s."), AtProvider)
UNBOUND = Event("account.unbound", _("No longer bound to %(subject)s at %(provider)s."), AtProvider)
PASSWORD_OFF = Event("account.password_off", _("The local password was switched off."), Nothing)
TURNED_AWAY = Event(
    "provider.turned_away", _("A sign-in at %(provider)s was refused: %(why)s."), Turned, words=(("why", WHYS),)
)
PROVIDER_ALARM = Event(
    "provider.alarm", _("A forged or foreign answer came for %(provider)s: %(why)s."), Turned, words=(("why", WHYS),)
)
