"""What a record's page and API need to know: which steps are open to whom and why not, comments, files, signatures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qms.accounts import access
from qms.accounts.models import User
from qms.accounts.roles import ROLES, roles_with
from qms.lib.listed import listed
from qms.signatures import snapshot
from qms.signatures.models import Signature, Withdrawal
from qms.workflow import Transition

from .models import REGISTRY, Attachment, Comment, Record, RetentionClass, Tombstone


@dataclass(frozen=True)
class Offer:
    """A step as a button: allowed, or `reason` says why not. `permitted` False = the person lacks the right."""

    transition: Transition
    allowed: bool
    permitted: bool
    reason: Any
    url: str


def offers(record: Any, user: Any) -> list[Offer]:
    """Steps out of the current state that a person may take, in the workflow's order."""
    found = [t for t in record.workflow.leaving(record.state) if not t.by_system]
    return [_offer(record, user, t) for t in found]


def _offer(record: Any, user: Any, transition: Transition) -> Offer:
    if not access.may(user, transition.permission, record):
        roles = listed(ROLES[r] for r in roles_with(transition.permission))
        return Offer(transition, False, False, _("Done by: %(roles)s") % {"roles": roles}, "")
    why = transition.blocked(record) or record_refuses(record, transition, user)
    return Offer(transition, not why, True, why, step_url(record, transition))


def record_refuses(record: Any, transition: Transition, user: Any) -> Any:
    """A record may refuse a person for a step (segregation of duties); "" lets pass."""
    ask = getattr(record, "refuses", None)
    return ask(transition, user) if ask else ""


def step_url(record: Any, transition: Transition) -> str:
    app = record._meta.app_label
    if transition.form:
        return reverse(transition.form, args=[record.number])
    noun = getattr(record, "noun", record._meta.model_name)
    return reverse(f"{app}:{noun}-step", args=[record.number, transition.name])


def comments(record: Record) -> Iterable[Comment]:
    return Comment.objects.filter(record_type=record._meta.label_lower, record_key=str(record.pk)).select_related("by")


def attachments(record: Record) -> list[Attachment]:
    found = Attachment.objects.filter(record_type=record._meta.label_lower, record_key=str(record.pk))
    return list(found.select_related("by").order_by("pk"))


def attachment(uid: Any, user: Any) -> Attachment | None:
    """A file of a record that the person may see."""
    file = Attachment.objects.filter(uid=uid).select_related("by").first()
    return file if file and owner(file, user) else None


def owner(file: Attachment, user: Any) -> Record | None:
    """The record that the file hangs on, when the person may see it."""
    model: Any = next((m for m in REGISTRY.values() if m._meta.label_lower == file.record_type), None)
    return model.objects.visible_to(user).filter(pk=file.record_key).first() if model else None


@dataclass(frozen=True)
class SignatureLine:
    """`words`: whether it covers what the record says, as a sentence; `later`: files that came after it and are not part of it.

    `may_go`: its signer may still withdraw it.
    """

    signature: Signature
    covers: bool
    later: int = 0
    may_go: bool = False

    @property
    def words(self) -> Any:
        if self.signature.taken_back:
            return _("Withdrawn by the signer: it does not count any more.")
        if not self.covers:
            return _("No longer covers this record: what was signed has changed since.")
        if self.later:
            return ngettext(
                "Covers this record; %(count)s file was added later and is not part of what was signed.",
                "Covers this record; %(count)s files were added later and are not part of what was signed.",
                self.later,
            ) % {"count": self.later}
        return _("Covers this record as it is.")


def signatures(record: Any) -> list[SignatureLine]:
    """Every signature on the record, and whether it still covers what the record says."""
    made = list(Signature.objects.on(record))
    covered = snapshot.covered(record, made) if made else set()
    return [SignatureLine(one, one.pk in covered, _later(record, one), not keeps(record, one)) for one in made]


def withdrawals(made: Iterable[Signature], *, at: datetime | None = None) -> dict[int, Withdrawal]:
    """By the key of the signature; only what was withdrawn by the moment, where one is given."""
    rows = Withdrawal.objects.filter(signature_id__in=[one.pk for one in made])
    return {row.signature_id: row for row in (rows if at is None else rows.filter(withdrawn_at__lte=at))}


def keeps(record: Any, signature: Signature) -> Any:
    """Why the signature cannot be withdrawn, or ""; a record that says nothing of it lets none go."""
    if signature.taken_back:
        return _("This signature is withdrawn already.")
    ask = getattr(record, "keeps_signature", None)
    return ask(signature) if ask else _("What this signature served has gone on.")


def _later(record: Any, made: Signature) -> int:
    files = getattr(record, "signed_files", None)
    return len(files(None)) - len(files(made.signed_at)) if files and made.scheme > 1 else 0


def by_number(number: str, user: Any) -> Record | None:
    """Any record by its number, or None when there is none that the person may see."""
    model: Any = REGISTRY.get(number.split("-")[0].upper())
    return model.objects.visible_to(user).filter(number=number.upper()).first() if model else None


@dataclass(frozen=True)
class Keeping:
    """How long a record is kept. `until` None: it is open. `holds`: numbers of the legal holds that stand."""

    retention: RetentionClass | None
    closed_at: datetime | None
    until: date | None
    holds: list[str]

    @property
    def words(self) -> str:
        if self.retention is None:
            return _("no retention class")
        told = {"class": self.retention, "years": self.retention.years, "until": self.until}
        if self.until is None:
            return _("%(years)s years from closure (%(class)s)") % told
        return _("until %(until)s (%(class)s)") % told


KEEPING = """
SELECT c.*, k.closed_at, k.kept_until, ARRAY(SELECT p.hold_number FROM records_preserved p
    WHERE p.record_type = o.label AND p.record_key = o.key AND p.lifted_at IS NULL ORDER BY p.id) AS holds
FROM (SELECT %s::text AS label, %s::bigint AS key) o
LEFT JOIN records_retentionclass c ON c.record_type = o.label, qms_kept(o.label, o.key) k"""


def keeping(record: Any) -> Keeping:
    """By the function of the database that refuses a disposal too; one statement."""
    [found] = RetentionClass.objects.raw(KEEPING, [record._meta.label_lower, record.pk])
    told: Any = found
    return Keeping(found if found.pk else None, told.closed_at, told.kept_until, told.holds)


def tombstone(number: str, user: Any) -> Tombstone | None:
    """What is left of a record that was disposed of, for whoever might have seen the record."""
    stone = Tombstone.objects.filter(number=number.upper()).select_related("site", "retention").first()
    model: Any = REGISTRY.get(number.split("-")[0].upper()) if stone else None
    row = model._base_manager.filter(number=number.upper()).first() if model else None
    return stone if row and access.may(user, model.view_permission, row) else None


def mentionable(record: Any, text: str, *, size: int = 8) -> list[User]:
    """People whose name or user id holds the text and who may see the record."""
    people = access.who_may(record.view_permission, record.site_id)
    if text:
        people = people.filter(Q(full_name__icontains=text) | Q(username__icontains=text))
    found = (person for person in people.order_by("full_name") if access.may(person, record.view_permission, record))
    return list(islice(found, size))
