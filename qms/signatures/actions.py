"""sign(): the one way a signature comes to be."""

from typing import Any, ClassVar, Protocol

from django.contrib.auth.hashers import check_password
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import lockout
from qms.accounts.models import User, normalised
from qms.lib import canonical
from qms.lib.errors import SignatureRefused

from . import events
from .models import Signature


class Signable(Protocol):
    """What a record offers to a signer. `signed_content` is plain data: the decision, not its progress."""

    _meta: ClassVar[Any]
    pk: Any
    number: str
    version: int

    def signed_content(self) -> dict[str, Any]: ...


def digest_of(record: Signable) -> str:
    """SHA-256 of the canonical snapshot (21 CFR 11.70)."""
    return canonical.digest(snapshot_of(record))


def snapshot_of(record: Signable) -> dict[str, Any]:
    """What a signature covers: type, number and content."""
    kind = record._meta.label_lower
    return {"content": record.signed_content(), "number": record.number, "type": kind}


def authenticate(*, by: User, username: str, password: str, number: str, meaning: str) -> None:
    """Both components, every time. A failure counts towards the lockout and is journalled; raises SignatureRefused."""
    lockout.check(by.username)
    good = normalised(username) == by.username_key and check_password(password, by.password)
    if good and by.is_active and by.kind == User.PERSON:
        lockout.cleared(by.username)
        return
    lockout.failed(username=by.username, by=by)
    with journal.act(events.REFUSED, by=by) as act:
        act.record(f"record:{number}", events.Refused(number=number, meaning=meaning, why="credentials"))
    raise SignatureRefused(
        _("Not signed: user id or password is wrong."),
        hint=_("Enter your own user id and password. Repeated failures lock the account."),
        field="password",
    )


def sign(
    *, record: Signable, meaning: str, sentence: str, consequence: str = "", comment: str = "", by: User
) -> Signature:
    """Store the signature of somebody who has just authenticated, inside the caller's act and transaction."""
    with journal.act(events.SIGNED, by=by) as act:
        made = Signature.objects.create(
            record_type=record._meta.label_lower,
            record_key=str(record.pk),
            record_number=record.number,
            record_version=record.version,
            digest=digest_of(record),
            meaning=meaning,
            sentence=sentence,
            consequence=consequence,
            language=get_language() or "en",
            signer=by,
            signer_name=by.full_name,
            signer_roles=",".join(by.role_codes),
            timezone=by.timezone,
            comment=comment,
        )
        act.record(record, _payload(made))
    return made


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
