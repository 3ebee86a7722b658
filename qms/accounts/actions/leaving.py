"""Joiner, mover, leaver: one act ends whatever opens a door (21 CFR 11.300(c)); history stays."""

from collections.abc import Collection

from django.contrib.auth.hashers import check_password
from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _

from qms import journal
from qms.journal import Act
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from .. import events, lockout, sessions
from ..models import User
from .accounts import check_reach
from .identities import end_identities


def deactivate(*, user: User, by: journal.Acting, reason: str) -> User:
    """Whoever leaves: logins, sessions, tokens, badges and signing stop at once, and do not come back with the account."""
    check_reach(user=user, by=by)
    if not user.is_active:
        raise Conflict(_("The account is deactivated already."))
    with journal.act(events.DEACTIVATED, by=by, reason=reason) as act:
        _close(user, act)
        user.is_active = False
        user.save(update_fields=["is_active"])
        act.record(user)
    return user


def reactivate(*, user: User, by: journal.Acting, reason: str) -> User:
    check_reach(user=user, by=by)
    if user.is_active:
        raise Conflict(_("The account is active."))
    user.is_active = True
    with journal.act(events.REACTIVATED, by=by, reason=reason) as act:
        user.save(update_fields=["is_active"])
        act.record(user)
    return user


def end_access(*, user: User, by: journal.Acting, reason: str, with_roles: bool = False) -> User:
    """Something was lost, or somebody moves: whatever is open closes now. A person comes back by a new one-time password.

    `with_roles`: every role ends as well, for whoever changes to other duties.
    """
    check_reach(user=user, by=by)
    if not user.is_active:
        raise Conflict(_("The account is deactivated already."))
    if with_roles and user.kind != User.PERSON:
        raise Invalid(_("A service account has no roles."), field="with_roles")
    with journal.act(events.ACCESS_ENDED, by=by, reason=reason) as act:
        _close(user, act)
        user.set_unusable_password()
        user.save(update_fields=["password"])
        if with_roles:
            _end_roles(user, act)
        act.record(user)
    return user


def end_sessions(*, user: User, marks: Collection[str], here: str, current: str, is_fresh: bool) -> int:
    """The owner's own act, on others of their sessions, with the password; who has none here has just signed in.

    Raises Invalid; a wrong password counts towards the lockout.
    """
    _check_owner(user, current, is_fresh)
    chosen = [one for one in sessions.of(user, here) if one.mark in marks and not one.is_here]
    if not chosen:
        raise Invalid(_("Choose a session that is still open."), field="marks", hint=_("Log out to end this one."))
    with journal.act(events.SESSIONS_ENDED, by=user) as act:
        Session.objects.filter(session_key__in=[one.key for one in chosen]).delete()
        act.record(user, events.SessionsEnded(count=len(chosen)))
    return len(chosen)


def _check_owner(user: User, current: str, is_fresh: bool) -> None:
    lockout.check(user.username)
    if not user.has_usable_password():
        if not is_fresh:
            raise Invalid(
                _("You signed in more than five minutes ago."), hint=_("Log out, sign in at your provider, come back.")
            )
    elif not check_password(current, user.password):
        lockout.failed(username=user.username, by=user)
        raise Invalid(_("This is not your password of today."), field="current")


def _close(user: User, act: Act) -> None:
    """Sessions, tokens, badges with their PIN, who they are at an identity provider; a series of signings ends with its session."""
    user.epoch, user.pin = user.epoch + 1, ""
    user.save(update_fields=["epoch", "pin"])
    for badge in user.badges.filter(ended_at=None):
        badge.ended_at = now()
        badge.save(update_fields=["ended_at"])
        act.record(user, events.BadgeNumber(number=badge.number), event=events.BADGE_ENDED)
    for token in user.tokens.filter(revoked_at=None):
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        act.record(user, events.TokenIssued(prefix=token.prefix, scopes=token.scopes), event=events.TOKEN_REVOKED)
    end_identities(user, act)


def _end_roles(user: User, act: Act) -> None:
    for grant in user.grants.filter(ended_at=None).select_related("site"):
        if grant.valid_to and grant.valid_to < now().date():
            continue
        grant.ended_at = now()
        grant.save(update_fields=["ended_at"])
        site = grant.site.code if grant.site else "*"
        act.record(user, events.Granted(role=grant.role, site=site), event=events.GRANT_ENDED)
    user.__dict__.pop("_valid_grants", None)
