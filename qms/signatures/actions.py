"""sign(): the one way a signature comes to be. authenticate() before it: who signs has just shown who they are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, Protocol

from django.contrib.auth.hashers import check_password
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import codes, lockout
from qms.accounts.models import User, normalised
from qms.lib import clock
from qms.lib.errors import Forbidden, SignatureRefused

from . import agreement, events, queries, series, snapshot
from .choices import Component, Flag, Meaning
from .models import Agreement, Signature
from .snapshot import Signable, content_digest, content_of

HANDED = timedelta(hours=24)  # a password that somebody else knew this recently is told beside the signature
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


@dataclass(frozen=True)
class Proof:
    """That somebody authenticated to sign with this meaning; made by authenticate() alone."""

    signer: int
    meaning: str
    components: str
    series: Any = None


def authenticate(*, by: User, given: Credentials, number: str, meaning: str) -> Proof:
    """Every component at the first signing of a series, the password at each. Raises SignatureRefused.

    A wrong one counts towards the lockout and is journalled; what is missing is asked for and counts for nothing.
    """
    lockout.check(by.username)
    asked = series.asked(by, given.place)
    if why := _cannot(by, meaning) or _missing(asked, given):
        _refuse(by, number, meaning, why)
    if not _is_right(by, given, asked):
        lockout.failed(username=by.username, by=by)
        _refuse(by, number, meaning, "credentials")
    lockout.cleared(by.username)
    going_on = series.go_on(by, given.place)
    parts = [Component.USER_ID] * asked.username + [Component.PASSWORD] + [Component.CODE] * asked.code
    return Proof(by.pk, meaning, ",".join(parts), going_on and going_on.uid)


def _cannot(by: User, meaning: str) -> str:
    if by.kind != User.PERSON or not by.is_active:
        return "not_a_person"
    if by.password_given:
        return "password_given"
    return "" if meaning == Meaning.AGREED or queries.agreed(by) else "agreement"


def _missing(asked: series.Asked, given: Credentials) -> str:
    whole = (given.username.strip() or not asked.username) and (given.code.strip() or not asked.code) and given.password
    return "" if whole else "components"


def _is_right(by: User, given: Credentials, asked: series.Asked) -> bool:
    """The code is looked at last, so that a wrong password does not use it up."""
    name = given.username.strip()
    if name and normalised(name) != by.username_key:
        return False
    return check_password(given.password, by.password) and (not asked.code or codes.accept(by, given.code))


def _refuse(by: User, number: str, meaning: str, why: str) -> NoReturn:
    with journal.act(events.REFUSED, by=by) as act:
        act.record(f"record:{number}", events.Refused(number=number, meaning=meaning, why=why))
    text, hint, status = _told(by, why)
    raise SignatureRefused(text, hint=hint, field="password", code=CODES.get(why, ""), status=status)


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
        "components": (
            _("Not signed: this signing asks for every component."),
            (
                _(
                    "Give your user id, your password and a one-time code. Within %(minutes)s minutes the next asks for the password alone."
                )
                if by.has_code()
                else _(
                    "Give your user id and your password. Within %(minutes)s minutes the next asks for the password alone."
                )
            )
            % minutes,
            401,
        ),
        "credentials": (
            _("Not signed: user id, password or one-time code is wrong.")
            if by.has_code()
            else _("Not signed: user id or password is wrong."),
            _("Enter your own user id and password. Repeated failures lock the account."),
            403,
        ),
    }
    return told[why]


def sign(
    *,
    record: Signable,
    meaning: str,
    sentence: str,
    by: User,
    proof: Proof,
    consequence: str = "",
    comment: str = "",
) -> Signature:
    """Store the signature of somebody who has just authenticated, inside the caller's act and transaction."""
    if (proof.signer, proof.meaning) != (by.pk, meaning):
        raise Forbidden(_("Nobody signs for another."), hint=_("Sign with your own account."), code="another")
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
        flags=",".join(_flags(by)),
    )
    made.digest = snapshot.digest(record, made)
    with journal.act(events.SIGNED, by=by) as act:
        made.save(force_insert=True)
        act.record(record, _payload(made))
    made.refresh_from_db(fields=["signed_at"])
    return made


def _flags(by: User) -> list[str]:
    handed = by.password_handed_at
    return [Flag.ONE_TIME_PASSWORD] if handed and clock.now() - handed < HANDED else []


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


def agree(*, user: User, given: Credentials) -> Agreement:
    """The person's own act, once for each edition: the text as it was shown, signed. Raises SignatureRefused."""
    wording = agreement.current(get_language() or "en")
    proof = authenticate(by=user, given=given, number=f"AGREEMENT-{wording.edition}", meaning=Meaning.AGREED)
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
