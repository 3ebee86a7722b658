"""sign(): the one way a signature comes to be. authenticate() before it: who signs has just shown who they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from django.contrib.auth.hashers import check_password
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import codes, lockout
from qms.accounts.models import Site, User, normalised
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused

from . import agreement, events, freshness, qualified, queries, series, snapshot, step_up
from .choices import Component, Flag, Meaning
from .models import Agreement, Signature, SigningRule, Withdrawal
from .snapshot import Signable, content_digest, content_of

WITHDRAWN = "withdrawn"  # what is authenticated for; no meaning of a signature
digest_of, snapshot_of = content_digest, content_of


class Credentials(Protocol):
    """What a person gave; `place`: the continuous session it came from, None where there is none."""

    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def place(self) -> series.Place | None: ...
    @property
    def step_up(self) -> str: ...
    @property
    def bound(self) -> str: ...
    @property
    def version(self) -> int | None: ...


@dataclass(frozen=True)
class Proof:
    """That somebody authenticated to sign with this meaning; made by authenticate() alone."""

    signer: int
    meaning: str
    components: str
    series: Any = None
    version: int | None = None  # the one that a step-up was for; None: whichever the caller locked


def authenticate(*, by: User, given: Credentials, number: str, meaning: str, record: Any = None) -> Proof:
    """Every component at the first signing of a series, the password at each. Raises SignatureRefused.

    A wrong one counts towards the lockout and is journalled; what is missing is asked for and counts for nothing.
    `record`: what it is for, where it is one record; a refusal stands in its own trail then, closed with it to whom it is closed.
    """
    about = f"record:{number}" if record is None else record
    lockout.check(by.username)
    asked = series.asked(by, given.place)
    if why := _cannot(by, meaning) or _missing(by, asked, given):
        _refuse(by, number, meaning, why, about)
    if not _is_right(by, given, asked, number=number, meaning=meaning):
        lockout.failed(username=by.username, by=by)
        _refuse(by, number, meaning, "step_up" if asked.step_up else "credentials", about)
    lockout.cleared(by.username)
    going_on = series.go_on(by, given.place)
    parts = [Component.USER_ID] * asked.username + [Component.PASSWORD] * asked.password
    parts += [Component.STEP_UP] * asked.step_up + [Component.CODE] * asked.code
    version = given.version if asked.step_up else None
    return Proof(by.pk, meaning, ",".join(parts), going_on and going_on.uid, version)


def _cannot(by: User, meaning: str) -> str:
    if by.kind != User.PERSON or not by.is_active:
        return "not_a_person"
    if by.password_given:
        return "password_given"
    return "" if meaning == Meaning.AGREED or queries.agreed(by) else "agreement"


def _missing(by: User, asked: series.Asked, given: Credentials) -> str:
    """A user id that a step-up needs was given before it."""
    given_id = given.username.strip() or not asked.username or asked.step_up
    given_code = given.code.strip() or not asked.code
    given_word = given.password or not asked.password
    fresh = not asked.step_up or (given.step_up and not step_up.is_late(by=by, place=given.place, uid=given.step_up))
    return "" if given_id and given_code and given_word and fresh else "components"


def _is_right(by: User, given: Credentials, asked: series.Asked, *, number: str, meaning: str) -> bool:
    """The code is looked at last, so that a wrong password does not use it up."""
    name = given.username.strip()
    if name and normalised(name) != by.username_key:
        return False
    if asked.password and not check_password(given.password, by.password):
        return False
    if asked.step_up:
        return step_up.take(by=by, given=given, number=number, meaning=meaning, with_id=asked.username)
    return not asked.code or codes.accept(by, given.code)


def _refuse(by: User, number: str, meaning: str, why: str, about: Any) -> NoReturn:
    _journalled(by, number, meaning, why, about)
    raise _refusal(by, why)


def _journalled(by: User, number: str, meaning: str, why: str, about: Any) -> None:
    with journal.act(events.REFUSED, by=by) as act:
        act.record(about, events.Refused(number=number, meaning=meaning, why=why))


def _refusal(by: User, why: str) -> SignatureRefused:
    text, hint, status = FRESH if why in Flag.values else _told(by, why)
    return SignatureRefused(
        text, hint=hint, field="password", code=CODES.get(why, why if why in Flag.values else ""), status=status
    )


FRESH = (
    _lazy(
        "Not signed: this site refuses signatures within 24 hours of a granted role, a one-time password or a new binding."
    ),
    _lazy("Somebody whose role and access are older signs, or you sign tomorrow."),
    403,
)


def check_rule(*, record: Any, by: User, permission: str, meaning: str) -> None:
    """Asked before anything is authenticated, so that the refusal stands in the trail. Raises SignatureRefused."""
    site_id = freshness.site_of(record)
    if why := freshness.forbidden(by, site_id=site_id, permission=permission):
        _refuse(by, record.number, meaning, why, record)
    if lacks := qualified.lacking(by, site_id=site_id, meaning=meaning):
        _journalled(by, record.number, meaning, qualified.UNQUALIFIED, record)
        raise _unqualified(meaning, lacks)


def _unqualified(meaning: str, lacks: str) -> SignatureRefused:
    told = {"meaning": Meaning(meaning).label, "lacks": lacks}
    return SignatureRefused(
        _("Not signed: this site asks for a current qualification to sign “%(meaning)s”. %(lacks)s") % told,
        hint=_(
            "Somebody else who may record qualifications records yours, with its proof; or somebody qualified signs."
        ),
        field="password",
        code=qualified.UNQUALIFIED,
        status=403,
    )


CODES = {"components": "components", "agreement": "agreement", "not_a_person": "not_a_person"}


def _told(by: User, why: str) -> tuple[Any, Any, int]:
    minutes = {"minutes": int(series.idle().total_seconds() // 60)}
    told = {
        "not_a_person": (
            _("Not signed: only a person signs."),
            _("A service account or a deactivated one never does."),
            403,
        ),
        "password_given": (
            _("Not signed: somebody else knows your password."),
            _("Choose your own password first."),
            403,
        ),
        "agreement": (
            _("Not signed: you have not agreed yet that your electronic signature binds you."),
            _("Open “My account”, read the text and sign it once."),
            403,
        ),
        "step_up": (
            _("Not signed: the sign-in at the identity provider does not belong to this signing."),
            _("Sign in there once more from the dialog. Repeated failures lock the account."),
            403,
        ),
        "components": (_("Not signed: this signing asks for every component."), _whole(by) % minutes, 401),
        "credentials": (
            _("Not signed: user id, password or one-time code is wrong.")
            if by.has_code()
            else _("Not signed: user id or password is wrong."),
            _("Enter your own user id and password. Repeated failures lock the account."),
            403,
        ),
    }
    return told[why]


def _whole(by: User) -> Any:
    if by.signs_by_provider:
        return _("On the page of the step you sign in anew at your identity provider. That counts for five minutes.")
    if by.has_code():
        return _(
            "Give your user id, your password and a one-time code. Within %(minutes)s minutes the next asks for the password alone."
        )
    return _("Give your user id and your password. Within %(minutes)s minutes the next asks for the password alone.")


def sign(
    *,
    record: Signable,
    meaning: str,
    sentence: str,
    by: User,
    proof: Proof,
    consequence: str = "",
    comment: str = "",
    permission: str = "",
) -> Signature:
    """Store the signature of somebody who has just authenticated, inside the caller's act and transaction.

    `permission`: the right it rests on; a fresh grant of it is told beside the signature.
    """
    if (proof.signer, proof.meaning) != (by.pk, meaning):
        raise Forbidden(_("Nobody signs for another."), hint=_("Sign with your own account."), code="another")
    flags, fresh = _stands(record, by, proof, permission)
    made = Signature(
        record_type=snapshot.kind(record),
        record_key=str(record.pk),
        record_number=record.number,
        record_version=record.version,
        scheme=snapshot.SCHEME,
        meaning=meaning,
        sentence=sentence,
        consequence=consequence,
        language=get_language() or "en",
        signer=by,
        signer_name=by.full_name,
        signer_roles=",".join(by.role_codes),
        timezone=by.timezone,
        comment=comment,
        components=proof.components,
        series=proof.series,
        flags=",".join(flags),
        fresh_roles=fresh,
    )
    made.digest = snapshot.digest(record, made)
    with journal.act(events.SIGNED, by=by) as act:
        made.save(force_insert=True)
        act.record(record, _payload(made))
    made.refresh_from_db(fields=["signed_at"])
    return made


def _stands(record: Signable, by: User, proof: Proof, permission: str) -> tuple[list[Flag], list[dict[str, str]]]:
    """The version is the one that a step-up was for, and the site's rule lets the signature pass; its flags."""
    if proof.version not in (None, record.version):
        raise Conflict(
            _("Not signed: the record was changed while you worked on it."),
            hint=_("Look at the changes, then sign again if your decision still holds."),
        )
    site_id = freshness.site_of(record)
    if why := freshness.forbidden(by, site_id=site_id, permission=permission):
        raise _refusal(by, why)
    if lacks := qualified.lacking(by, site_id=site_id, meaning=proof.meaning):
        raise _unqualified(proof.meaning, lacks)
    return freshness.found(by, site_id=site_id, permission=permission)


def _payload(made: Signature) -> events.Signed:
    return events.Signed(
        number=made.record_number,
        version=made.record_version,
        meaning=made.meaning,
        digest=made.digest,
        sentence=made.sentence,
        language=made.language,
        signature=str(made.uid),
    )


def withdraw(*, record: Signable, signature: Signature, reason: str, by: User, proof: Proof) -> Withdrawal:
    """Inside the caller's act, which says so, and by the signer alone; the row of the signature stays as it is."""
    if by.pk != signature.signer_id or (proof.signer, proof.meaning) != (by.pk, WITHDRAWN):
        raise Forbidden(
            _("Only the signer withdraws a signature."), hint=_("Ask whoever signed, or send it back."), code="another"
        )
    made = Withdrawal(
        signature=signature,
        record_type=snapshot.kind(record),
        record_key=str(record.pk),
        record_number=record.number,
        reason=reason,
        by=by,
        by_name=by.full_name,
        timezone=by.timezone,
        components=proof.components,
        series=proof.series,
    )
    made.save(force_insert=True)
    made.refresh_from_db(fields=["withdrawn_at"])
    return made


def set_rule(
    *,
    site: Site,
    refuses_fresh_role: bool,
    refuses_fresh_access: bool,
    by: Any,
    reason: str,
    qualified_meanings: Iterable[str] = (),
    supplier_block_by_two: bool = False,
) -> SigningRule:
    """What a site refuses instead of telling it beside the signature, which meanings ask for a qualification, and whether a supplier
    block takes two persons."""
    accounts.check_manager(by=by, site_ids=[site.pk])
    asked = sorted(set(qualified_meanings))
    if unknown := set(asked) - set(dict(qualified.MEANINGS)):
        raise Invalid(
            _("No such meaning: %(names)s.") % {"names": ", ".join(sorted(unknown))}, field="qualified_meanings"
        )
    told: dict[str, Any] = {
        "refuses_fresh_role": refuses_fresh_role,
        "refuses_fresh_access": refuses_fresh_access,
        "qualified_meanings": asked,
        "supplier_block_by_two": supplier_block_by_two,
    }
    with journal.act(events.RULE_SET, by=by, reason=reason) as act:
        row, _new = SigningRule.objects.update_or_create(site=site, defaults=told)
        act.record(row, events.RuleSet(site=site.code, **told))
    return row


def agree(*, user: User, given: Credentials) -> Agreement:
    """The person's own act, once for each edition: the text as it was shown, signed. Raises SignatureRefused."""
    wording = agreement.current(get_language() or "en")
    proof = authenticate(by=user, given=given, number=agreement.number(wording), meaning=Meaning.AGREED)
    with journal.act(events.AGREED, by=user) as act:
        made, new = Agreement.objects.get_or_create(
            user=user,
            edition=wording.edition,
            defaults={"language": wording.language, "text": wording.text, "sha256": wording.sha256},
        )
        if new:
            sign(record=made, meaning=Meaning.AGREED, sentence=wording.title, by=user, proof=proof)
        act.record(user, events.Agreed(made.edition, made.language, made.sha256))
    return made
