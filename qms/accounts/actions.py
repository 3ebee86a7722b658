"""What can be done with accounts. Every act is journalled; no account is ever deleted or renamed."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Invalid

from . import events
from .models import Compartment, Grant, ServiceToken, Site, TokenSite, User, normalised

TOKEN_LIFE = timedelta(days=365)


def create_site(*, code: str, name: str, name_zh: str = "", timezone: str = "UTC", by: journal.Acting) -> Site:
    with journal.act(events.SITE_CREATED, by=by) as act:
        site = Site.objects.create(code=code, name=name, name_zh=name_zh, timezone=timezone)
        act.record(site)
    return site


def create_user(*, username: str, full_name: str, password: str = "", by: journal.Acting, **fields: Any) -> User:
    """Raises Invalid when the id was ever used, in any spelling, or when the password is weak."""
    if User.objects.filter(username_key=normalised(username)).exists():
        raise Invalid(
            _("The user id %(name)s was used before.") % {"name": username},
            field="username",
            hint=_("Choose another one."),
        )
    user = User(username=username, full_name=full_name, **fields)
    if password:
        check_password_rules(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
    with journal.act(events.USER_CREATED, by=by) as act:
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


def grant(
    *,
    user: User,
    role: str,
    site: Site | None,
    by: journal.Acting,
    since: date | None = None,
    until: date | None = None,
) -> Grant:
    with journal.act(events.GRANTED, by=by) as act:
        given = Grant.objects.create(user=user, role=role, site=site, valid_from=since or now().date(), valid_to=until)
        act.record(user, events.Granted(role=role, site=site.code if site else "*"))
    return given


def end_grant(*, grant: Grant, by: journal.Acting, reason: str) -> None:
    with journal.act(events.GRANT_ENDED, by=by, reason=reason) as act:
        grant.valid_to = max(grant.valid_from, now().date() - timedelta(days=1))
        grant.valid_from = min(grant.valid_from, grant.valid_to)
        grant.save(update_fields=["valid_from", "valid_to"])
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
    by: journal.Acting,
) -> tuple[ServiceToken, str]:
    """Returns the row and the clear token, which is shown once and stored nowhere."""
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
            expires_at=now() + min(life, TOKEN_LIFE),
        )
        TokenSite.objects.bulk_create([TokenSite(token=token, site=site) for site in sites])
        act.record(user, events.TokenIssued(prefix=token.prefix, scopes=token.scopes))
    return token, clear


def revoke_token(*, token: ServiceToken, by: journal.Acting, reason: str) -> None:
    with journal.act(events.TOKEN_REVOKED, by=by, reason=reason) as act:
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        act.record(token.user, events.TokenIssued(prefix=token.prefix, scopes=token.scopes))


def digest(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()


def create_compartment(*, code: str, name: str, by: journal.Acting) -> Compartment:
    with journal.act(events.COMPARTMENT_CREATED, by=by) as act:
        compartment = Compartment.objects.create(code=code, name=name)
        act.record(compartment)
    return compartment


def open_compartment(*, compartment: Compartment, user: User, by: journal.Acting) -> None:
    with journal.act(events.COMPARTMENT_GRANTED, by=by) as act:
        assign_perm("accounts.enter_compartment", user, compartment)
        act.record(compartment, events.Attempt(username=user.username, address=""))
