"""What can be done with accounts. Every act is journalled; no account is ever deleted or renamed."""

import hashlib
import re
import secrets
import zoneinfo
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid

from .. import access, events, lockout, refusals
from ..models import Badge, Grant, ServiceToken, Site, TokenSite, User, normalised

TOKEN_LIFE = timedelta(days=365)
MANAGE = "account.manage"
# A user id stands in addresses and in the trail: letters, digits and . @ + - _, no spaces.
USER_ID = re.compile(r"\w[\w.@+-]{0,59}")
SITE_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")


def check_manager(*, by: journal.Acting, site_ids: Iterable[int | None] = ()) -> None:
    """Whoever manages accounts of one site does not reach grants and tokens of another (None = all sites)."""
    if not isinstance(by, User):
        return  # a part of the system: seeding, commands of the operator
    access.check(by, MANAGE)
    held = access.site_ids(by, MANAGE)
    if held != access.ALL and any(site not in held for site in site_ids):
        raise Forbidden(
            _("You manage accounts of other sites only."),
            hint=_("Ask somebody who manages accounts of that site, or of all sites."),
        )


def check_reach(*, user: User, by: journal.Acting) -> None:
    """An account is changed by whoever manages every site on which it holds something, and never by its owner."""
    check_manager(by=by, site_ids={g.site_id for g in user.grants.valid()} | _token_sites(user))
    if isinstance(by, User) and by.pk == user.pk:
        raise Forbidden(
            _("Nobody changes their own account here."),
            hint=_("Ask another administrator. Your own password is changed under your name."),
        )


def _token_sites(user: User) -> set[int | None]:
    found: set[int | None] = set()
    for token in user.tokens.filter(revoked_at=None):
        found |= set(token.sites.values_list("pk", flat=True)) or {None}
    return found


def create_site(*, code: str, name: str, name_zh: str = "", timezone: str = "UTC", by: journal.Acting) -> Site:
    check_manager(by=by, site_ids=[None])
    if not SITE_CODE.fullmatch(code):
        raise Invalid(_("A site code has capital letters, digits and hyphens."), field="code")
    if Site.objects.filter(code=code).exists():
        raise Invalid(_("The site %(code)s exists already.") % {"code": code}, field="code")
    check_timezone(timezone)
    with journal.act(events.SITE_CREATED, by=by) as act:
        site = Site.objects.create(code=code, name=name, name_zh=name_zh, timezone=timezone)
        act.record(site)
    return site


def check_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise Invalid(_("The time zone %(name)s is not known.") % {"name": name}, field="timezone")


def create_user(
    *, username: str, full_name: str, password: str = "", identity: str = "", by: journal.Acting, **fields: Any
) -> User:
    """`identity`: how it was checked who this is (21 CFR 11.100(b)); kept as the act's reason.

    Raises Invalid when the id was ever used, in any spelling, or when the password is weak.
    """
    check_manager(by=by)
    if not USER_ID.fullmatch(username):
        raise Invalid(_("A user id has letters, digits and . @ + - _ without spaces."), field="username")
    check_timezone(fields.get("timezone", "UTC"))
    key = normalised(username)
    if User.objects.filter(username_key=key).exists() or Badge.objects.filter(number=key).exists():
        raise Invalid(
            _("The user id %(name)s was used before.") % {"name": username},
            field="username",
            hint=_("Choose another one."),
        )
    user = User(username=username, full_name=full_name, **fields)
    user.password_handed_at = now() if user.password_given else None
    if password:
        check_password_rules(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
    with journal.act(events.USER_CREATED, by=by, reason=identity) as act:
        user.save()
        act.record(user)
    return user


def check_password_rules(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error


def create_first_administrator(*, username: str, password: str, **fields: Any) -> User:
    full_name = fields.pop("full_name", "") or username
    fields = {k: v for k, v in fields.items() if k in {"email", "language"}}
    user = create_user(username=username, full_name=full_name, password=password, by=journal.SYSTEM, **fields)
    grant(user=user, role="administrator", site=None, by=journal.SYSTEM)
    return user


def set_password(*, user: User, password: str, by: journal.Acting, reason: str = "") -> User:
    """A one-time password that its owner replaces at the next login; open sessions end, a lockout too."""
    check_reach(user=user, by=by)
    if user.kind != User.PERSON:
        raise Invalid(_("A service account has tokens, no password."), field="password")
    check_password_rules(password, user)
    user.set_password(password)
    user.password_given, user.password_handed_at = True, now()
    with journal.act(events.PASSWORD_SET, by=by, reason=reason) as act:
        user.save(update_fields=["password", "password_given", "password_handed_at"])
        act.record(user)
    lockout.cleared(user.username)
    return user


def choose_password(*, user: User, current: str, password: str) -> User:
    """The owner's own act. Raises Invalid; a wrong current password counts towards the lockout."""
    lockout.check(user.username)
    if not check_password(current, user.password):
        lockout.failed(username=user.username, by=user)
        raise Invalid(_("This is not your password of today."), field="current")
    if check_password(password, user.password):
        raise Invalid(_("Choose a password that differs from the one of today."), field="password")
    check_password_rules(password, user)
    user.set_password(password)
    user.password_given, user.password_chosen_at = False, now()
    with journal.act(events.PASSWORD_CHOSEN, by=user) as act:
        user.save(update_fields=["password", "password_given", "password_chosen_at"])
        act.record(user)
    return user


def grant(
    *,
    user: User,
    role: str,
    site: Site | None,
    by: journal.Acting,
    since: date | None = None,
    until: date | None = None,
    reason: str = "",
) -> Grant:
    """Nobody grants a role to themself; the database refuses it too (grant_not_to_oneself)."""
    check_manager(by=by, site_ids=[site.pk if site else None])
    if isinstance(by, User) and by.pk == user.pk:
        refusals.told(by=by, right="account.manage", why=refusals.DUTY)
        raise Forbidden(
            _("Nobody grants a role to themself."), hint=_("Another administrator or security officer has to do it.")
        )
    if user.kind != User.PERSON:
        raise Invalid(_("A service account acts by the scopes of its tokens, not by roles."), field="role")
    since = since or now().date()
    if until and until < since:
        raise Invalid(_("The last day lies before the first."), field="until")
    granted_by = by if isinstance(by, User) else None
    with journal.act(events.GRANTED, by=by, reason=reason) as act:
        given = Grant.objects.create(
            user=user,
            role=role,
            site=site,
            valid_from=since,
            valid_to=until,
            granted_by=granted_by,
            granted_at=now(),
        )
        act.record(user, events.Granted(role=role, site=site.code if site else "*"))
    return given


def end_grant(*, grant: Grant, by: journal.Acting, reason: str) -> None:
    """From now on it does not count. One's own grant is ended by somebody else, so that one manager is always left."""
    check_manager(by=by, site_ids=[grant.site_id])
    if isinstance(by, User) and by.pk == grant.user_id:
        refusals.told(by=by, right="account.manage", why=refusals.DUTY)
        raise Forbidden(_("Nobody ends a role of their own."), hint=_("Ask another administrator."))
    if grant.ended_at or (grant.valid_to and grant.valid_to < now().date()):
        raise Conflict(_("This role has ended already."))
    with journal.act(events.GRANT_ENDED, by=by, reason=reason) as act:
        grant.ended_at = now()
        grant.save(update_fields=["ended_at"])
        act.record(grant.user, events.Granted(role=grant.role, site=grant.site.code if grant.site else "*"))


def change_preferences(*, user: User, language: str = "", theme: str = "") -> None:
    user.language, user.theme = language or user.language, theme or user.theme
    with journal.act(events.USER_CHANGED, by=user) as act:
        user.save(update_fields=["language", "theme", "username_key"])
        act.record(user)


def issue_token(
    *,
    user: User,
    scopes: Iterable[str],
    sites: Iterable[Site],
    source: str = "",
    life: timedelta = TOKEN_LIFE,
    addresses: Iterable[str] = (),
    by: journal.Acting,
) -> tuple[ServiceToken, str]:
    """Returns the row and the clear token, which is shown once and stored nowhere. No `sites`: good for every site."""
    sites = list(sites)
    check_manager(by=by, site_ids=[site.pk for site in sites] or [None])
    if user.kind != User.SERVICE:
        raise Invalid(_("Tokens belong to service accounts, not to people."), field="user")
    clear = "qms_" + secrets.token_urlsafe(32)
    with journal.act(events.TOKEN_ISSUED, by=by) as act:
        token = ServiceToken.objects.create(
            user=user,
            prefix=clear[:8],
            digest=digest(clear),
            scopes=sorted(scopes),
            source=source,
            addresses=list(addresses),
            expires_at=now() + min(life, TOKEN_LIFE),
        )
        TokenSite.objects.bulk_create([TokenSite(token=token, site=site) for site in sites])
        act.record(user, events.TokenIssued(prefix=token.prefix, scopes=token.scopes))
    return token, clear


def revoke_token(*, token: ServiceToken, by: journal.Acting, reason: str) -> None:
    check_manager(by=by, site_ids=list(token.sites.values_list("pk", flat=True)) or [None])
    if token.revoked_at:
        raise Conflict(_("This token is revoked already."))
    with journal.act(events.TOKEN_REVOKED, by=by, reason=reason) as act:
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        act.record(token.user, events.TokenIssued(prefix=token.prefix, scopes=token.scopes))


def digest(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()
