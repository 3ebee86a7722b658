"""What waits for a person, by cause: answered once for all messages of a kind, which a worker then applies again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import events
from connectors.models import LEFT, MAPPABLE, Cause, CauseKind, InboxMessage, Interface, MessageState, Retry
from ncr import actions as ncr
from ncr.models import Hold, Nonconformance
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.errors import Invalid, Missing, Refusal
from qms.masterdata import actions as masterdata
from qms.masterdata.models import Crosswalk
from qms.records.actions import Signing, check_reason
from qms.signatures import actions as signatures
from qms.signatures.choices import Meaning

from .sweep import WAITING, apply_born, apply_stored
from .sweep import events as stored_events

RESOLVE, OPERATE = "interface.resolve", "interface.operate"
SHOWN, STEP, MOST_SKIPPED, FORETOLD, MOST_FILLED = 200, 25, 500, 10, 1_000
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Group:
    """All messages of one cause that the reader may see. `answer`: what the name means here, where somebody has said it."""

    kind: str
    system: str
    name: str
    why: str = "unknown"
    count: int = 0
    since: datetime | None = None
    last: datetime | None = None
    answer: str = ""

    @property
    def is_mappable(self) -> bool:
        return self.kind in MAPPABLE and not (self.kind == "unit" and self.answer)

    @property
    def is_left(self) -> bool:
        """Its messages are applied; only a decision is open."""
        return self.kind in LEFT

    @property
    def record(self) -> bool:
        """Whether the name is the number of a record."""
        return self.kind in ("decision", "breach")

    @property
    def query(self) -> str:
        return urlencode({f"cause_{name}": getattr(self, name) for name in ("kind", "system", "name")})

    @property
    def label(self) -> Any:
        return CauseKind(self.kind).label

    @property
    def sentence(self) -> str:
        return sentence(self.kind, self.why) % {"name": self.name, "answer": self.answer}

    @property
    def what_to_do(self) -> str:
        return next_step(self.kind)


def sentence(kind: str, why: str) -> str:
    if kind in ("item", "defect_code", "order", "site"):
        return {
            "unknown": _("“%(name)s” is not known here."),
            "ambiguous": _("“%(name)s” stands for several."),
            "retired": _("“%(name)s” was retired."),
        }.get(why, _("“%(name)s” is not known here."))
    return {
        "unit": _("The unit “%(name)s” could not be converted; the records keep it as it was sent."),
        "work_center": _("The work center “%(name)s” is not known here; the records were made without it."),
        "revision": _("“%(name)s” is no revision that the ERP knows of this part; the records keep it as it was sent."),
        "lot": _("The lot “%(name)s” belongs to another site."),
        "no_site": _("The events name no site."),
        "fields": _("The mapping does not fit what was sent as “%(name)s”."),
        "drift": _("What is sent departs from the contract: %(name)s."),
        "type": _("Events of the type “%(name)s” are kept, but not applied by this version."),
        "closed": _("The interface is paused or not live."),
        "create": _("The defect “%(name)s” was changed before it was logged."),
        "decision": _("The MES changed %(name)s when it could not be changed by a message any more."),
        "breach": _("Production was reported on what %(name)s holds."),
    }[kind]


def next_step(kind: str) -> str:
    return {
        "order": _("It comes with the next reading from the ERP. If the order was mistyped, skip the messages."),
        "lot": _(
            "Correct site or lot in the sender, or move the lot to this site in the ERP, then try again; skip what was wrong."
        ),
        "unit": _("Say what it means; then the records concerned are offered for correction."),
        "work_center": _(
            "Say what it means; it is filled into the open records that were made without it, and later messages name it."
        ),
        "revision": _("Compare drawing and part, correct the ERP or the sender, then say here what was found."),
        "no_site": _("Let the sender name its site, or give the token one site only."),
        "fields": _("Correct the mapping version of the interface, then try again."),
        "drift": _(
            "Look at the contract of the interface: let the sender mend it, or accept the new shape and draft a mapping,"
            " then try again."
        ),
        "type": _("Nothing is lost; they are applied by a version that knows them."),
        "closed": _("Resume the interface, then try again."),
        "create": _("It is applied by itself as soon as the defect arrives."),
        "decision": _("Read the comment on the record, decide there, then say here that it is done."),
        "breach": _("Look at the hold: is the material still where it should be? Then say here what was found."),
    }.get(kind) or _("Say once what it means here; all of its messages are then applied.")


def groups(user: Any, *, limit: int = SHOWN) -> list[Group]:
    """The largest first. Two queries."""
    rows = Cause.objects.visible_to(user).values("kind", "system", "name")
    counted = rows.annotate(
        count=Count("pk"), since=Min("message__received_at"), last=Max("message__received_at"), why=Min("why")
    )
    found = [Group(**row) for row in counted.order_by("-count", "kind", "system", "name")[:limit]]
    answers = _answers(group for group in found if group.kind == "unit")
    return [Group(**{**vars(g), "answer": answers.get((g.system, g.name), "")}) for g in found]


def _answers(found: Iterable[Any]) -> dict[tuple[str, str], str]:
    asked = Q(pk=None)
    for group in found:
        asked |= Q(source=group.system, foreign_value=group.name)
    rows = Crosswalk.objects.current().filter(asked, kind="unit", revision="", site=None)
    return {(row.source, row.foreign_value): row.local_value for row in rows}


def one(user: Any, *, kind: str, system: str, name: str) -> Group:
    """Raises Missing when no message that the person may resolve has this cause."""
    mine = Cause.objects.visible_to(user, RESOLVE).filter(kind=kind, system=system, name=name)
    told = mine.aggregate(
        count=Count("pk"), since=Min("message__received_at"), last=Max("message__received_at"), why=Min("why")
    )
    if not told["count"]:
        raise Missing(
            _("Nothing waits for this any more."), hint=_("Somebody has settled it; go back to the work list.")
        )
    found = Group(kind, system, name, **told)
    return Group(**{**vars(found), "answer": _answers([found] if kind == "unit" else []).get((system, name), "")})


def of_message(message: InboxMessage) -> list[Group]:
    """Why this one waits, or what it leaves to a person. `count`: how many wait for the same in the sites of the message."""
    own = list(message.causes.order_by("kind", "name"))
    found = []
    for cause in own:
        same = Cause.objects.filter(kind=cause.kind, system=cause.system, name=cause.name)
        count = same.filter(message__site_id=message.site_id).count()
        answer = _answers([cause]).get((cause.system, cause.name), "") if cause.kind == "unit" else ""
        found.append(Group(cause.kind, cause.system, cause.name, cause.why, count, answer=answer))
    return found


def unexplained(user: Any) -> int:
    """Messages that wait for another reason: a mistake of ours that is tried again."""
    waiting = Q(state__in=WAITING) | Q(state="NEW", tries__gt=0)
    return stored_events().visible_to(user).filter(waiting, causes=None).count()


def messages_of(user: Any, *, kind: str, system: str, name: str, permission: str = RESOLVE) -> Any:
    mine = Cause.objects.visible_to(user, permission).filter(kind=kind, system=system, name=name)
    return InboxMessage.objects.filter(pk__in=mine.values("message"))


# --- acts -------------------------------------------------------------------------------------------------------------


def resolve(*, kind: str, system: str, name: str, answer: str, by: Any, reason: str) -> Retry:
    """From now on the name means `answer` here; the messages that waited are tried again."""
    group = one(by, kind=kind, system=system, name=name)
    check_reason(reason)
    if not group.is_mappable:
        raise Invalid(_("This is nothing that a mapping settles."), hint=group.what_to_do)
    if kind == "site":
        check_site(answer, by)
    masterdata.map_value(
        source=system, kind=kind, foreign_value=name, local_value=answer, by=by, reason=reason,
        matched="worklist",
    )  # fmt: skip
    if kind == "work_center":  # its messages are applied, and nothing is left to decide of them
        fill_centers(system=system, name=name, number=answer, by=by)
        Cause.objects.visible_to(by, RESOLVE).filter(kind=kind, system=system, name=name).delete()
    return plan(kind=kind, system=system, name=name, by=by, answer=answer)


def fill_centers(*, system: str, name: str, number: str, by: Any) -> int:
    """Into the open records that were made without it. Returns how many."""
    numbers = messages_of(by, kind="work_center", system=system, name=name).exclude(record_number="")
    rows = Nonconformance.objects.filter(number__in=numbers.values("record_number"), work_center=None).order_by("pk")
    return sum(ncr.fill_work_center(ncr=row, number=number, by=by) for row in rows[:MOST_FILLED])


def check_site(code: str, by: Any) -> None:
    """A foreign name may only come to mean a site on which the person resolves."""
    mine = access.site_ids(by, RESOLVE)
    site = Site.objects.filter(code=code).first()
    if site is None or mine != access.ALL and site.pk not in mine:
        raise Invalid(_("%(value)s is not known here.") % {"value": code}, field="local_value")


def plan(*, kind: str, system: str, name: str, by: Any, answer: str = "") -> Retry:
    """A retry of what waits for it now; a worker carries it out (`carry_on`)."""
    access.check(by, RESOLVE)
    waiting = messages_of(by, kind=kind, system=system, name=name).filter(state__in=WAITING)
    return Retry.objects.create(kind=kind, system=system, name=name, answer=answer, by=by, total=waiting.count())


@dataclass(frozen=True)
class Foretold:
    """What would become of a message. `state` is one of the message's; "": somebody else holds it at this moment."""

    message: InboxMessage
    state: str
    problem: str

    @property
    def label(self) -> Any:
        return MessageState(self.state).label if self.state else _("being applied at this moment")


def foretell(*, kind: str, system: str, name: str, by: Any) -> list[Foretold]:
    """A dry run over the oldest few: each is applied as it would be, and everything is taken back before anybody sees it. A
    number that a new record would have drawn is not used again."""
    access.check(by, RESOLVE)
    waiting = messages_of(by, kind=kind, system=system, name=name).filter(state__in=WAITING)
    found: list[Foretold] = []
    with transaction.atomic():
        for message in waiting.order_by("pk").defer("body")[:FORETOLD]:
            outcome = apply_stored(message.pk)
            found.append(Foretold(message, outcome.state, outcome.problem))
        transaction.set_rollback(True)
    return found


def foretold_letters(by: Any, interface: Interface, letters: Iterable[str]) -> list[Foretold]:
    """The same for rejected messages, named in:<uid>; what the other side would say of a posting nobody can foretell."""
    access.check(by, OPERATE, interface)
    uids = [letter.removeprefix("in:") for letter in letters if letter.startswith("in:")]
    found: list[Foretold] = []
    with transaction.atomic():
        dead = InboxMessage.objects.select_for_update().filter(interface=interface, state=MessageState.REJECTED)
        rows = list(dead.filter(uid__in=uids).defer("body").order_by("pk")[:FORETOLD])
        InboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(state=MessageState.NEW)
        for row in rows:
            outcome = apply_stored(row.pk)
            found.append(Foretold(row, outcome.state, outcome.problem))
        transaction.set_rollback(True)
    return found


def carry_on(uid: Any = None) -> None:
    """This retry, or all that nobody carries out. It goes on where a dead worker stopped; one worker at a time."""
    free = Q(beat_at=None) | Q(beat_at__lt=Now() - LEASE)
    wanted = Retry.objects.unfinished().filter(free).select_related("by")
    for retry in wanted.filter(uid=uid) if uid else wanted.order_by("pk"):
        if Retry.objects.unfinished().filter(free, pk=retry.pk).update(beat_at=Now()):
            _carry(retry)


def _carry(retry: Retry) -> None:
    waiting = messages_of(retry.by, kind=retry.kind, system=retry.system, name=retry.name)
    last = retry.last
    while True:
        rows = waiting.filter(state__in=WAITING, pk__gt=last)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:STEP])
        if not keys:
            break
        counted = _counted(keys)
        last = keys[-1]
        told = {name: F(name) + number for name, number in counted.items()}
        Retry.objects.filter(pk=retry.pk).update(last=last, beat_at=Now(), **told)
    apply_born()
    Retry.objects.filter(pk=retry.pk).update(finished_at=Now())


OUTCOMES = {
    "APPLIED": "applied",
    "NEEDS_MAPPING": "waiting",
    "PARKED": "waiting",
    "REJECTED": "rejected",
    "NEW": "failed",
}


def _counted(keys: list[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in keys:
        name = OUTCOMES.get(apply_stored(key).state, "waiting")
        found[name] = found.get(name, 0) + 1
    return found


def skipping(group: Group, reason: str) -> str:
    """What is signed, said of all; each message keeps the sentence of its own."""
    told = ngettext(
        "I skip %(count)s message (%(label)s): %(reason)s",
        "I skip %(count)s messages (%(label)s): %(reason)s",
        group.count,
    )
    return told % {"count": group.count, "label": group.label, "reason": reason}


def number_of(group: Any) -> str:
    """What stands in the place of a record's number when a group is signed for."""
    return f"{group.count} × {group.label}"[:24]


def skip(*, kind: str, system: str, name: str, by: Any, reason: str, signing: Signing) -> int:
    """The waiting messages are never applied; a person takes the responsibility by signature. Returns how many."""
    group = one(by, kind=kind, system=system, name=name)
    check_reason(reason)
    if group.is_left:
        raise Invalid(_("These messages are applied already."), hint=group.what_to_do)
    proof = signatures.authenticate(by=by, given=signing, number=number_of(group), meaning=Meaning.WAIVED)
    with journal.act(events.MESSAGES_SKIPPED, by=by, reason=reason) as act:
        rows = messages_of(by, kind=kind, system=system, name=name).filter(state__in=WAITING).order_by("pk")
        held = list(rows.select_for_update(of=("self",))[:MOST_SKIPPED])
        said = _("I skip the message %(id)s of %(source)s: %(reason)s")
        for message in held:
            text = said % {"id": message.message_id, "source": message.source, "reason": reason}
            signatures.sign(record=message, meaning=Meaning.WAIVED, sentence=text, comment=reason, by=by, proof=proof)
        keys = [message.pk for message in held]
        InboxMessage.objects.filter(pk__in=keys).update(state=MessageState.SKIPPED, problem=reason, next_at=None)
        Cause.objects.filter(message__in=keys).delete()
        act.record(f"cause:{system}", events.Settled(kind, system, name, len(held)))
    return len(held)


def settle_left(*, kind: str, system: str, name: str, by: Any, reason: str) -> int:
    """What was left to decide is decided; nothing else changes. Returns how many messages had left it."""
    group = one(by, kind=kind, system=system, name=name)
    check_reason(reason)
    if not group.is_left:
        raise Invalid(_("These messages still wait."), hint=group.what_to_do)
    with journal.act(events.LEFT_SETTLED, by=by, reason=reason) as act:
        mine = Cause.objects.visible_to(by, RESOLVE).filter(kind=kind, system=system, name=name)
        count, _models = mine.delete()
        act.record(_subject(kind, name) or f"cause:{system}", events.Settled(kind, system, name, count))
    return count


def _subject(kind: str, name: str) -> Any:
    model: Any = {"decision": Nonconformance, "breach": Hold}.get(kind)
    return model.objects.filter(number=name).first() if model else None


def concerned(user: Any, group: Group) -> list[Nonconformance]:
    """Records that keep the quantity in the unit as it was sent."""
    numbers = messages_of(user, kind="unit", system=group.system, name=group.name).values("record_number")
    rows = Nonconformance.objects.visible_to(user).filter(number__in=numbers, base_unit=None)
    return list(rows.select_related("item__unit").order_by("pk")[:MOST_SKIPPED])


@dataclass(frozen=True)
class Corrected:
    done: list[str]
    refused: list[tuple[str, str]]


def correct_units(*, system: str, name: str, by: Any, reason: str) -> Corrected:
    """Each record by an edit of its own; one that cannot be edited any more keeps its reason and stays on the list."""
    group = one(by, kind="unit", system=system, name=name)
    check_reason(reason)
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for row in concerned(by, group):
        try:
            with transaction.atomic():
                ncr.correct_unit(ncr=row, unit=group.answer, by=by, reason=reason)
                Cause.objects.filter(kind="unit", name=name, message__record_number=row.number).delete()
            done.append(row.number)
        except Refusal as refusal:
            refused.append((row.number, str(refusal)))
    return Corrected(done, refused)
