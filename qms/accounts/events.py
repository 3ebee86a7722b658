from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event, Nothing

from .roles import ROLES


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
BADGE_ISSUED = Event("badge.issued", _("The badge %(number)s was issued."), BadgeNumber)
BADGE_ENDED = Event("badge.ended", _("The badge %(number)s was ended."), BadgeNumber)
ACCESS_ENDED = Event("account.access_ended", _("Every session, token, badge and right to sign ended at once."), Nothing)
LOCK_ALARM = Event("account.lock_alarm", _("The account was locked after repeated failures."), Attempt)
CODE_ENROLLED = Event("account.code_enrolled", _("One-time codes were enrolled."), Nothing)
CODE_ENDED = Event("account.code_ended", _("One-time codes were ended."), Nothing)
PIN_CHOSEN = Event("account.pin_chosen", _("The person chose a PIN."), Nothing)
