"""Ask a provider who somebody is, and believe the answer or turn it away. Every refusal is in the trail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import events, lockout
from qms.accounts.actions import identities
from qms.accounts.models import User
from qms.accounts.providers import Identity, IdentityProvider
from qms.lib import crypto
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid, Refusal
from qms.signatures import step_up as steps
from qms.signatures.models import StepUp

from . import oidc, queries, wire
from .models import Turn
from .oidc import KeyUnknown, Relying, Secrets, Untrusted

LIFE = timedelta(minutes=10)
FORGET = timedelta(days=1)
# Nothing of an attack: a person who changed their mind, came late or is not (or no longer) known here, a provider that is away.
INNOCENT = {"denied", "away", "expired", "unknown", "inactive", "locked"}


class TurnedAway(Forbidden):
    """`why`: one of qms.accounts.events.WHYS; `step_up`: the signing that waits for another try."""

    def __init__(self, why: str, step_up: StepUp | None = None) -> None:
        told = dict(events.WHYS)[why]
        super().__init__(_("Not signed in: %(why)s.") % {"why": told}, hint=hint(why), code=f"provider_{why}")
        self.why, self.step_up = why, step_up


def hint(why: str) -> str:
    if why in ("unknown", "inactive"):
        return _("Ask an administrator to bind your account to the identity provider.")
    if why == "locked":
        return _("Wait %(minutes)s minutes or ask a security officer.") % {"minutes": settings.LOCKOUT_SECONDS // 60}
    if why == "away":
        return _("Try again in a minute; if it stays so, tell an administrator.")
    return _("Begin again. This was recorded; if you did nothing unusual, tell a security officer.")


@dataclass(frozen=True)
class Caller:
    """From where: the key of the browser's session, its address, and who is signed in there, if anybody."""

    session: str
    address: str
    user: User | None = None

    def key(self, provider: IdentityProvider) -> str:
        """Whom failures are counted for."""
        return self.user.username if self.user else f"{provider.code}@{self.address}"


def set_up(*, by: Any, issuer: str, **told: Any) -> IdentityProvider:
    """The provider is asked before it is trusted. Raises Invalid with what is wrong with it."""
    identities.check(by=by)
    issuer = issuer.strip()
    try_issuer(issuer)
    return identities.create_provider(issuer=issuer, by=by, **told)


def try_issuer(issuer: str) -> dict[str, Any]:
    try:
        return wire.read_discovery(issuer)
    except Untrusted as wrong:
        text = _("The provider cannot be used: %(why)s (%(about)s).")
        raise Invalid(
            text % {"why": dict(events.WHYS)[wrong.why], "about": wrong.about},
            field="issuer",
            hint=_("Its host must be named in QMS_IDENTITY_TARGETS, and it must answer by https."),
        ) from wrong


def ask(*, provider: IdentityProvider, caller: Caller, target: str = "", step_up: StepUp | None = None) -> str:
    """Where the browser goes. Raises TurnedAway when the provider is away or too much failed from here."""
    if lockout.is_locked(caller.key(provider)):
        raise TurnedAway("locked", step_up)
    try:
        state = wire.discovery(provider)
    except Untrusted as wrong:
        _turn_away(provider, caller, wrong, step_up)
    secrets = Secrets()
    Turn.objects.filter(begun_at__lt=now() - FORGET).delete()
    Turn.objects.create(
        provider=provider,
        state=oidc.hashed(secrets.state),
        session=oidc.hashed(caller.session),
        sealed=crypto.seal(asdict(secrets)),
        address=caller.address,
        target=target[:500],
        user=caller.user,
        step_up=step_up,
        begun_at=now(),
    )
    acr = provider.acr_values
    return relying(provider, state.discovery).question(
        secrets, bound=_bound(step_up), anew=step_up is not None, acr=acr
    )


def relying(provider: IdentityProvider, discovery: Mapping[str, Any]) -> Relying:
    return Relying(
        provider.issuer, provider.client_id, identities.secret_of(provider), queries.callback(provider), discovery
    )


def _bound(step_up: StepUp | None) -> str:
    """Record, version, meaning, sentence and everything entered, when this is for a signature."""
    return f"sign:{step_up.uid}:{step_up.bound}" if step_up else "login"


@dataclass(frozen=True)
class Answer:
    turn: Turn
    claims: dict[str, Any]


def answered(*, provider: IdentityProvider, caller: Caller, told: Mapping[str, str]) -> Answer:
    """What came back to the callback. Raises TurnedAway; an answer is looked at once, whatever it is."""
    turn = Turn.objects.filter(provider=provider, state=oidc.hashed(told.get("state", ""))).first()
    step_up = turn.step_up if turn else None
    if lockout.is_locked(caller.key(provider)):
        raise TurnedAway("locked", step_up)
    try:
        found = _taken(turn, caller)
        return Answer(found, _claims(provider, found, told))
    except Untrusted as wrong:
        _turn_away(provider, caller, wrong, step_up)


def _taken(turn: Turn | None, caller: Caller) -> Turn:
    if turn is None or turn.session != oidc.hashed(caller.session) or turn.user != caller.user:
        raise Untrusted("state")
    if turn.used_at or not Turn.objects.filter(pk=turn.pk, used_at=None).update(used_at=now()):
        raise Untrusted("replayed")
    if now() - turn.begun_at > LIFE:
        raise Untrusted("expired")
    return turn


def _claims(provider: IdentityProvider, turn: Turn, told: Mapping[str, str]) -> dict[str, Any]:
    if told.get("iss", provider.issuer) != provider.issuer:
        raise Untrusted("issuer", f"iss {told['iss']}")
    if told.get("error"):
        raise Untrusted("denied", told["error"])
    if not told.get("code"):
        raise Untrusted("exchange", "no code")
    secrets, state = Secrets(**crypto.unseal(turn.sealed)), wire.discovery(provider)
    here = relying(provider, state.discovery)
    token = wire.token(here, told["code"], secrets)
    nonce, moment = secrets.nonce(_bound(turn.step_up)), now()
    try:
        claims = here.believed(token, wire.keys(state), nonce=nonce, now=moment)
    except KeyUnknown:
        claims = here.believed(token, wire.keys(state, again=True), nonce=nonce, now=moment)
    if turn.step_up:
        oidc.check_anew(claims, begun=turn.begun_at, now=moment, acr=provider.acr_values)
        held = turn.user.identity if turn.user else None
        if not held or (held.provider_id, held.subject) != (provider.pk, claims["sub"]):
            raise Untrusted("subject", f"sub {claims['sub']}")
    return claims


def enter(*, provider: IdentityProvider, claims: Mapping[str, Any], caller: Caller) -> User:
    """Whose account the sign-in opens. Raises TurnedAway; what the provider says of roles is not looked at."""
    try:
        user = _whose(provider, claims)
        if not user.is_active or user.kind != User.PERSON:
            raise Untrusted("inactive", f"sub {claims['sub']}")
    except Untrusted as wrong:
        _turn_away(provider, caller, wrong)
    if lockout.is_locked(user.username):
        raise TurnedAway("locked")
    return user


def _whose(provider: IdentityProvider, claims: Mapping[str, Any]) -> User:
    sub = str(claims["sub"])
    known = Identity.objects.filter(provider=provider, subject=sub, ended_at=None).select_related("user").first()
    if known:
        return known.user
    gone = Identity.objects.filter(provider=provider, subject=sub).select_related("user").first()
    if gone and not gone.user.is_active:
        raise Untrusted("inactive", f"sub {sub}")
    try:
        if invited := _invited(provider, claims):
            return identities.accept(identity=invited, subject=sub).user
        if provider.creates_people and not gone:
            return _made(provider, claims)
    except Refusal as refusal:
        raise Untrusted("unknown", f"sub {sub}: {refusal}") from refusal
    raise Untrusted("unknown", f"sub {sub}")


def _invited(provider: IdentityProvider, claims: Mapping[str, Any]) -> Identity | None:
    """An open invitation for the address, which the provider itself has confirmed; two of them are none."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return None
    found = Identity.objects.open().filter(
        provider=provider, subject="", email__iexact=email, invited_until__gte=now(), user__is_active=True
    )
    rows = list(found.select_related("user", "provider")[:2])
    return rows[0] if len(rows) == 1 else None


def _made(provider: IdentityProvider, claims: Mapping[str, Any]) -> User:
    """An account without any role; an administrator grants one after checking who it is (21 CFR 11.100(b))."""
    name, sub = str(claims.get("preferred_username") or ""), str(claims["sub"])
    with journal.act(events.BOUND, by=journal.SYSTEM) as act:
        user = accounts.create_user(
            username=name,
            full_name=str(claims.get("name") or name)[:120],
            identity=f"{provider.name}: {sub}",
            by=journal.SYSTEM,
        )
        Identity.objects.create(user=user, provider=provider, subject=sub, bound_at=now())
        act.record(user, events.AtProvider(provider.code, sub))
    return user


def prove(*, answer: Answer) -> StepUp:
    """The signer signed in anew; the signing may go on."""
    found = answer.turn.step_up
    assert found is not None
    return steps.prove(found, issuer=answer.turn.provider.issuer, claims=answer.claims)


def _turn_away(provider: IdentityProvider, caller: Caller, wrong: Untrusted, step_up: StepUp | None = None) -> NoReturn:
    told = events.Turned(provider.code, wrong.why, caller.address, wrong.about)
    by: Any = caller.user or journal.SYSTEM
    with journal.act(events.TURNED_AWAY, by=by) as act:
        act.record(provider, told)
        if wrong.why not in INNOCENT:
            act.record(provider, told, event=events.PROVIDER_ALARM)
    if wrong.why not in INNOCENT:
        lockout.failed(username=caller.key(provider), address=caller.address, by=by)
    raise TurnedAway(wrong.why, step_up)
