"""What can be done with any record: lock it, move it a step (with rights, reason, signature, event), comment, attach."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access, refusals
from qms.accounts.models import User, normalised
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.signatures import actions as signatures
from qms.signatures import events as signing_events
from qms.signatures import snapshot
from qms.signatures.actions import Proof
from qms.signatures.models import Signature
from qms.signatures.series import Place
from qms.workflow import Transition
from qms.workflow.apply import apply, check

from . import events, pictures, queries, reasons, scanning, store
from .models import Attachment, Comment, Record
from .reasons import check_reason

Change = Callable[[Any], tuple[str, ...]]
ATTACHMENT_LIMIT = 25 * 1024 * 1024


@dataclass(frozen=True)
class Signing:
    """What the re-authentication dialog brought: the components, the sentence that was shown, an optional comment.

    `place`: the continuous session it came from; without one every component is asked each time. `proof`: of a list that was
    signed at once, whose signer has authenticated already. `step_up`: a fresh sign-in at the identity provider, for what `bound`
    is the digest of and for the `version` that was shown.
    """

    username: str
    password: str
    sentence: str
    consequence: str = ""
    comment: str = ""
    code: str = ""
    place: Place | None = None
    proof: Proof | None = None
    step_up: str = ""
    bound: str = ""
    version: int | None = None


def locked(record: Any, *, version: int | None = None) -> Any:
    """The row, locked FOR UPDATE. Raises Conflict with who changed what when it is not the version that was read."""
    row = type(record).objects.select_for_update(of=("self",)).get(pk=record.pk)
    if version is not None and row.version != version:
        raise Conflict(
            _("%(number)s was changed while you worked on it; nothing was saved.") % {"number": row.number},
            hint=_("Look at the changes below, then repeat your step on the current version."),
            changes=trail.changes_since(row, version),
            code="stale",
        )
    return row


def step(
    *,
    record: Any,
    name: str,
    by: Any,
    version: int | None = None,
    reason: str = "",
    cause: str | None = "",
    signing: Signing | None = None,
    meaning: str = "",
    change: Change | None = None,
    signed: Callable[[Any, Signature], tuple[str, ...]] | None = None,
    after: Callable[[Any], None] | None = None,
    payload: Callable[[Any], Any] | None = None,
) -> Any:
    """One transition of the record's workflow, whole or not at all. Returns the row as it stands after.

    `cause`: one of the reasons for change, where the transition asks for it; None where no person corrects, but a file or a
    mapping that the reason names. `change` edits the locked row before the step and names its columns; `signed` does the
    same with the new signature; `after` runs what follows from the step, before its event. Raises Forbidden, Invalid,
    Conflict or SignatureRefused.
    """
    transition = type(record).workflow.transition(name)
    check_step(record, transition, by)
    if transition.caused and cause is not None:
        reason = reasons.told(cause, reason)
    elif transition.reason:
        check_reason(reason)
    proof = None
    if transition.signature:
        right, meant = transition.permission, meaning or transition.signature
        signatures.check_rule(record=record, by=by, permission=right, meaning=meant)
        proof = authenticate(record, by, meant, signing)
    with journal.act(journal.EVENTS[transition.event], by=by, reason=reason) as act:
        row = locked(record, version=version)
        check_step(row, transition, by)
        check(row, transition)
        fields = change(row) if change else ()
        if signing and proof:
            made = sign(row, by, proof, signing, transition.permission)
            fields = (*fields, *(signed(row, made) if signed else ()))
        apply(row, transition, fields=fields)
        if after:
            after(row)
        act.record(row, payload(row) if payload else None)
    return row


def system_step(
    *, record: Any, name: str, by: Any, change: Change | None = None, payload: Callable[[Any], Any] | None = None
) -> Any:
    """A step that follows from facts, not from a person's decision; only transitions marked `by_system` are taken."""
    transition = type(record).workflow.transition(name)
    if not transition.by_system:
        raise ValueError(f"{name} belongs to people")
    with journal.act(journal.EVENTS[transition.event], by=by) as act:
        row = locked(record)
        check(row, transition)
        apply(row, transition, fields=change(row) if change else ())
        act.record(row, payload(row) if payload else None)
    return row


def check_step(record: Any, transition: Transition, by: Any) -> None:
    """Right of the role, then the record's own rule for this person (segregation of duties)."""
    access.check(by, transition.permission, record)
    if transition.by_system:
        raise Forbidden(_("This step follows from others; nobody takes it by hand."), code="by_system")
    refuse = getattr(record, "refuses", None)
    if refuse and (why := refuse(transition, by)):
        raise by_duty(why, record=record, by=by, right=transition.permission)


def by_duty(why: Any, *, record: Any, by: Any, right: str, hint: Any = "") -> Forbidden:
    """What segregation of duties forbids, to be raised; the attempt stands in the trail."""
    refusals.told(by=by, right=right, record=record, why=refusals.DUTY)
    return Forbidden(why, code="segregation", hint=hint or _("Another person must do this."))


def authenticate(record: Any, by: Any, meaning: str, signing: Signing | None) -> Proof:
    """Before any transaction, so that a failure is kept although nothing else is."""
    if signing is None:
        raise Invalid(
            _("This step needs a signature."), field="password", hint=_("Sign with your user id and password.")
        )
    if signing.proof and (signing.proof.signer, signing.proof.meaning) == (by.pk, meaning):
        return signing.proof
    return signatures.authenticate(by=by, given=signing, number=record.number, meaning=meaning, record=record)


def sign(row: Any, by: Any, proof: Proof, signing: Signing, permission: str = "") -> Signature:
    return signatures.sign(
        record=row,
        meaning=proof.meaning,
        sentence=signing.sentence,
        consequence=signing.consequence,
        comment=signing.comment,
        by=by,
        proof=proof,
        permission=permission,
    )


def withdraw_signature(
    *,
    record: Any,
    signature: Signature,
    reason: str,
    by: Any,
    signing: Signing | None,
    version: int | None = None,
) -> Any:
    """The signer takes one signature back, with a reason and re-authenticated; the record lets go of what rested on it.

    Raises Forbidden for anybody else, Conflict once what it served has gone on, Invalid, SignatureRefused.
    """
    if signature.signer_id != by.pk or not snapshot.is_of(record, signature):
        raise Forbidden(
            _("Only the signer withdraws a signature."), hint=_("Ask whoever signed, or send it back."), code="another"
        )
    check_reason(reason)
    _check_withdrawable(record, signature)
    proof = authenticate(record, by, signatures.WITHDRAWN, signing)
    with journal.act(signing_events.WITHDRAWN, by=by, reason=reason) as act:
        row = locked(record, version=version)
        _check_withdrawable(row, Signature.objects.on(row).get(pk=signature.pk))
        signatures.withdraw(record=row, signature=signature, reason=reason.strip(), by=by, proof=proof)
        fields = row.let_go(signature)
        row.version += 1
        row.save(update_fields=["version", *fields])
        told = (row.number, signature.record_version, signature.meaning, signature.sentence)
        act.record(row, signing_events.Withdrawn(*told, str(signature.uid)))
    return row


def _check_withdrawable(record: Any, signature: Signature) -> None:
    if why := queries.keeps(record, signature):
        raise Conflict(_("This signature cannot be withdrawn."), hint=why, code="gone_on")


def comment(*, record: Record, text: str, by: Any) -> Comment:
    access.check(by, "record.comment", record)
    text = text.strip()
    if not text:
        raise Invalid(_("Write a comment."), field="text")
    named = mentions(record, text)
    with journal.act(events.COMMENTED, by=by) as act:
        made = Comment.objects.create(record_type=record._meta.label_lower, record_key=str(record.pk), text=text, by=by)
        act.record(record, events.Commented(text=text, comment=str(made.uid), mentions=[str(p.pk) for p in named]))
    return made


# @ at the start of a word, so that an e-mail address names nobody.
MENTION = re.compile(r"(?<![\w@.])@([\w.+-]*\w)")


def mentions(record: Record, text: str) -> list[User]:
    """People whom the text names by their user id; raises Invalid for one who may not see the record."""
    keys = list(dict.fromkeys(normalised(name) for name in MENTION.findall(text)))
    people = list(User.objects.filter(username_key__in=keys, is_active=True, kind=User.PERSON)) if keys else []
    blind = [person for person in people if not access.may(person, record.view_permission, record)]
    if blind:
        raise Invalid(
            _("%(names)s may not see this record.") % {"names": ", ".join(str(person) for person in blind)},
            field="text",
            hint=_("Remove the mention, or ask an administrator for the right on this site."),
        )
    return people


def attach(*, record: Record, name: str, content: bytes, by: Any) -> Attachment:
    """Keep the bytes under their hash. It counts as a change: whoever is about to sign has not seen the file yet.

    Raises Invalid for a kind or size that is not taken, Conflict on a record that has ended: its signatures cover its files.
    """
    access.check(by, "record.comment", record)
    if not content or len(content) > ATTACHMENT_LIMIT:
        raise Invalid(
            _("%(name)s was not taken.") % {"name": name},
            field="file",
            hint=_("It is empty, or larger than 25 MB. Attach it whole, or a smaller copy."),
        )
    name = store.plain_name(name)
    media_type = pictures.media_type(name, content)
    scanning.check(subject=record, name=name, content=content, sha256=store.digest(content), by=by)
    sha256 = store.keep(content)
    if media_type.startswith("image/"):
        store.derived(sha256, "small")
    with journal.act(events.ATTACHED, by=by) as act:
        row = locked(record)
        if row.workflow.state(row.state).final:
            raise Conflict(
                _("%(number)s has ended; no file can be added.") % {"number": row.number},
                hint=_("Write a comment, or attach the file to a new record."),
                code="ended",
            )
        made = Attachment.objects.create(
            record_type=record._meta.label_lower,
            record_key=str(record.pk),
            sha256=sha256,
            name=name,
            media_type=media_type,
            size=len(content),
            taken=pictures.taken(content) if media_type.startswith("image/") else "",
            by=by,
        )
        row.version += 1
        row.save(update_fields=["version"])
        act.record(row, events.Attached(name=made.name, sha256=sha256, size=made.size))
    return made
