"""Identity providers, and who is who there. A person is bound to one `sub`, by an administrator or by
an invitation; never to an e-mail alone."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.lib import crypto
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from .. import access, events
from ..models import User
from ..providers import Identity, IdentityProvider
from .accounts import check_reach

RIGHT = "identity.manage"
INVITED_FOR = timedelta(days=7)


def create_provider(
    *, code: str, name: str, issuer: str, client_id: str, secret: str, by: journal.Acting, reason: str, **told: Any
) -> IdentityProvider:
    """`told`: acr_values, ends_session, creates_people. Whether the addresses are allowed is asked by whoever speaks to them."""
    check(by=by)
    if IdentityProvider.objects.filter(code=code).exists():
        raise Invalid(_("The code %(code)s was used before.") % {"code": code}, field="code")
    row = IdentityProvider(code=code, name=name, issuer=issuer, client_id=client_id, **told)
    row.secret = crypto.seal({"secret": secret}) if secret else ""
    with journal.act(events.PROVIDER_CREATED, by=by, reason=reason) as act:
        row.save(force_insert=True)
        act.record(row, _told(row))
    return row


def change_provider(
    *, provider: IdentityProvider, by: journal.Acting, reason: str, secret: str = "", **told: Any
) -> IdentityProvider:
    """`secret` empty: the present one stays."""
    check(by=by)
    row = _open(provider)
    for name, value in told.items():
        setattr(row, name, value)
    if secret:
        row.secret = crypto.seal({"secret": secret})
    with journal.act(events.PROVIDER_CHANGED, by=by, reason=reason) as act:
        row.save(update_fields=[*told, "secret"])
        act.record(row, _told(row))
    return row


def retire_provider(*, provider: IdentityProvider, by: journal.Acting, reason: str) -> IdentityProvider:
    """Nobody enters by it any more; the sessions of everybody who is bound to it end."""
    check(by=by)
    row = _open(provider)
    with journal.act(events.PROVIDER_RETIRED, by=by, reason=reason) as act:
        for identity in row.identities.bound().select_related("user"):
            _end_sessions(identity.user)
        row.retired_at = now()
        row.save(update_fields=["retired_at"])
        act.record(row, _told(row))
    return row


def secret_of(provider: IdentityProvider) -> str:
    return str(crypto.unseal(provider.secret).get("secret", ""))


def check(*, by: journal.Acting) -> None:
    if isinstance(by, User):
        access.check(by, RIGHT)


def _open(provider: IdentityProvider) -> IdentityProvider:
    row = IdentityProvider.objects.get(pk=provider.pk)
    if row.retired_at:
        raise Conflict(_("This identity provider is retired."))
    return row


def _told(row: IdentityProvider) -> events.Provider:
    return events.Provider(row.code, row.issuer, row.client_id)


def bind(*, user: User, provider: IdentityProvider, subject: str, by: journal.Acting, reason: str) -> Identity:
    """The administrator read `sub` at the provider. A signature within a day tells of it, as after a one-time password."""
    subject = subject.strip()
    _check_new(user, provider, by)
    check_subject(provider, subject, user)
    with journal.act(events.BOUND, by=by, reason=reason) as act:
        row = Identity.objects.create(
            user=user, provider=provider, subject=subject, bound_at=now(), made_by=by if isinstance(by, User) else None
        )
        act.record(user, events.AtProvider(provider.code, subject))
    return row


def invite(*, user: User, provider: IdentityProvider, by: journal.Acting, reason: str) -> Identity:
    """The first sign-in with the account's e-mail, confirmed by the provider, binds its `sub`; for a week, and once."""
    _check_new(user, provider, by)
    if not user.email:
        raise Invalid(
            _("This account has no e-mail."), field="provider", hint=_("Bind the person by the subject instead.")
        )
    with journal.act(events.INVITED, by=by, reason=reason) as act:
        row = Identity.objects.create(
            user=user,
            provider=provider,
            email=user.email,
            invited_until=now() + INVITED_FOR,
            made_by=by if isinstance(by, User) else None,
        )
        act.record(user, events.AtProvider(provider.code, ""))
    return row


def accept(*, identity: Identity, subject: str) -> Identity:
    """The invited person came; from now on `sub` counts, and no e-mail does."""
    check_subject(identity.provider, subject, identity.user)
    identity.subject, identity.bound_at = subject, now()
    with journal.act(events.BOUND, by=identity.user) as act:
        identity.save(update_fields=["subject", "bound_at"])
        act.record(identity.user, events.AtProvider(identity.provider.code, subject))
    return identity


def unbind(*, identity: Identity, by: journal.Acting, reason: str) -> None:
    """Also takes an invitation back. Open sessions of the account end."""
    check(by=by)
    check_reach(user=identity.user, by=by)
    if identity.ended_at:
        raise Conflict(_("This has ended already."))
    with journal.act(events.UNBOUND, by=by, reason=reason) as act:
        _end(identity)
        _end_sessions(identity.user)
        act.record(identity.user, events.AtProvider(identity.provider.code, identity.subject))


def end_identities(user: User, act: journal.Act) -> None:
    """Inside the act that closes every door of an account."""
    for identity in user.identities.open().select_related("provider"):
        _end(identity)
        act.record(user, events.AtProvider(identity.provider.code, identity.subject), event=events.UNBOUND)


def switch_password_off(*, user: User, by: journal.Acting, reason: str) -> User:
    """From now on the identity provider alone opens the account. A one-time password brings a password back."""
    check(by=by)
    check_reach(user=user, by=by)
    if user.identity is None:
        raise Conflict(
            _("This person is not bound to an identity provider."),
            hint=_("Nothing would open the account. Bind it first."),
        )
    if not user.has_usable_password():
        raise Conflict(_("The local password is off already."))
    with journal.act(events.PASSWORD_OFF, by=by, reason=reason) as act:
        user.set_unusable_password()
        user.password_given = False
        user.save(update_fields=["password", "password_given"])
        act.record(user)
    return user


def check_subject(provider: IdentityProvider, subject: str, user: User) -> None:
    """A `sub` belongs to one person for ever (21 CFR 11.100(a))."""
    if not 0 < len(subject) <= 255:
        raise Invalid(_("Enter the subject as the provider shows it."), field="subject")
    if Identity.objects.filter(provider=provider, subject=subject).exclude(user=user).exists():
        raise Invalid(_("This subject belongs to another person."), field="subject")


def _check_new(user: User, provider: IdentityProvider, by: journal.Acting) -> None:
    check(by=by)
    check_reach(user=user, by=by)
    _open(provider)
    if user.kind != User.PERSON or not user.is_active:
        raise Invalid(_("Only active people sign in."), field="provider")
    if user.identities.open().exists():
        raise Conflict(
            _("This person is bound or invited already."), hint=_("End that first, then bind the person again.")
        )


def _end(identity: Identity) -> None:
    identity.ended_at = now()
    identity.save(update_fields=["ended_at"])


def _end_sessions(user: User) -> None:
    user.epoch += 1
    user.save(update_fields=["epoch"])
