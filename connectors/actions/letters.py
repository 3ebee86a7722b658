"""Dead letters: tried again or given up by a person, with a reason, counted, never more than a few at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import events
from connectors.models import Delivery, InboxMessage, Interface, LetterCare, MessageState
from qms import journal
from qms.accounts import access
from qms.commands import actions as commands
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import Signing, check_reason
from qms.signatures import actions as signatures
from qms.signatures.choices import Meaning

OPERATE = "interface.operate"
MOST = 200  # one act: a cause that was not mended would only make as many new letters


def retry_letters(*, interface: Interface, letters: Sequence[str], by: Any, reason: str) -> int:
    """Try them again, oldest first. `letters`: ids such as out:NCR26000001-01 or in:<uid>. Returns how many went."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.LETTERS_RETRIED, by=by, reason=reason) as act:
        postings, messages = _chosen(interface, letters)
        for delivery in postings:
            commands.retry(posting=delivery.posting, by=by)
        again = InboxMessage.objects.filter(pk__in=[message.pk for message in messages])
        again.update(state=MessageState.NEW, next_at=Now())
        act.record(interface, events.Letters(interface.code, len(postings) + len(messages), list(letters)[:MOST]))
    return len(postings) + len(messages)


def assign_cause(*, interface: Interface, cause: str, text: str, count: int, to: Any, by: Any) -> LetterCare:
    """Somebody of the site takes care of a cause, now of `count` letters. Raises Invalid for who may not operate the interface."""
    access.check(by, OPERATE, interface)
    if not access.may(to, OPERATE, interface):
        raise Invalid(
            _("%(person)s may not operate this interface.") % {"person": to},
            field="to",
            hint=_("Choose somebody who may."),
        )
    with journal.act(events.LETTERS_ASSIGNED, by=by) as act:
        row, _made = LetterCare.objects.update_or_create(interface=interface, cause=cause, defaults={"assigned_to": to})
        act.record(interface, events.LettersAssigned(interface.code, count, str(to), text))
    return row


def giving_up(count: int, interface: Interface, reason: str) -> str:
    """What is signed, said of all; each letter keeps the sentence of its own."""
    told = ngettext(
        "I give up %(count)s dead letter of %(interface)s: %(reason)s",
        "I give up %(count)s dead letters of %(interface)s: %(reason)s",
        count,
    )
    return told % {"count": count, "interface": interface.name, "reason": reason}


def number_of(count: int, interface: Interface) -> str:
    """What stands in the place of a record's number when letters are signed for."""
    return f"{count} × {interface.code}"[:24]


def discard(*, interface: Interface, letters: Sequence[str], by: Any, reason: str, signing: Signing) -> int:
    """Give them up, signed for one by one: a message is kept and never applied; a posting only where its workflow lets it
    be withdrawn."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    number = number_of(len(letters), interface)
    proof = signatures.authenticate(by=by, given=signing, number=number, meaning=Meaning.WAIVED)
    said = _("I give up %(letter)s of %(interface)s: %(reason)s")

    def sign(record: Any) -> None:
        text = said % {"letter": record.number, "interface": interface.name, "reason": reason}
        signatures.sign(record=record, meaning=Meaning.WAIVED, sentence=text, comment=reason, by=by, proof=proof)

    with journal.act(events.LETTERS_DISCARDED, by=by, reason=reason) as act:
        postings, messages = _chosen(interface, letters)
        for delivery in postings:
            sign(commands.cancel(posting=delivery.posting, by=by, reason=reason))
        for message in messages:
            sign(message)
        gone = InboxMessage.objects.filter(pk__in=[message.pk for message in messages])
        gone.update(state=MessageState.DISCARDED)
        act.record(interface, events.Letters(interface.code, len(postings) + len(messages), list(letters)[:MOST]))
    return len(postings) + len(messages)


def _chosen(interface: Interface, letters: Sequence[str]) -> tuple[list[Delivery], list[InboxMessage]]:
    """Raises Conflict when one of them is no dead letter any more: somebody else was faster."""
    if not letters:
        raise Invalid(_("Choose at least one dead letter."), field="letters")
    if len(letters) > MOST:
        told = {"most": MOST, "count": len(letters)}
        raise Invalid(
            _("%(count)s dead letters were chosen; at most %(most)s go at once.") % told,
            hint=_("Choose fewer, see whether the cause is gone, then go on."),
            field="letters",
        )
    references = [letter.removeprefix("out:") for letter in letters if letter.startswith("out:")]
    uids = [letter.removeprefix("in:") for letter in letters if letter.startswith("in:")]
    dead = Delivery.objects.select_for_update(of=("self",)).filter(interface=interface, state="DEAD")
    postings = list(dead.filter(posting__reference__in=references).select_related("posting").order_by("pk"))
    rejected = InboxMessage.objects.select_for_update().filter(interface=interface, state=MessageState.REJECTED)
    messages = list(rejected.filter(uid__in=uids).defer("body").order_by("pk"))
    if len(postings) + len(messages) != len(letters):
        raise Conflict(_("Some of these are no dead letters any more."), hint=_("Reload the page and choose again."))
    return postings, messages
