"""What a MES says later of defects: a change, or that it was none. Older never overwrites newer, and what a person did stands.

While the record is open for edits the change is an edit like a person's; after that it is a comment that asks a person.
Many at once are heard one after the other and written together: one act for all edits, one for each reason to cancel,
one for all questions.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Refusal
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.masterdata.actions import Said, disagree
from qms.records import events as record_events
from qms.records.models import Comment
from qms.workflow.apply import apply_all

from .. import events
from ..choices import Severity
from ..models import DefectClock, Nonconformance
from .intake import Unknown, Waiting
from .known import Case, DefectNews, Known, cases_of
from .sets import MOST_AT_ONCE, ClosingAll, Many, Overtaken


class Unborn(Waiting):
    """The defect itself has not come yet: the message waits for it."""

    code, settles = "parked", "PARKED"

    def __init__(self, defect: str) -> None:
        text = _("The defect “%(defect)s” has not been logged yet; the message waits for it.") % {"defect": defect}
        super().__init__(text, [Unknown("create", defect)])


class Foreign(Refusal):
    """Another site has logged a defect under this id."""

    status, code = 422, "foreign_defect"

    def __init__(self, defect: str) -> None:
        text = _("The defect id “%(defect)s” is taken by another site. Give the defect an id of its own.")
        super().__init__(text % {"defect": defect})


@dataclass(frozen=True)
class Heard:
    """`doubts`: what is left for a person to decide."""

    ncr: Nonconformance
    notes: list[str] = field(default_factory=list)
    doubts: list[Unknown] = field(default_factory=list)


def take_news(*, news: DefectNews, by: Any, origin: str = "") -> Heard:
    """Inside the caller's transaction. Raises Unborn or Foreign; nothing was written then."""
    cases, heard = _hear([news], by)
    if 0 not in heard:
        raise (Foreign if news.is_report else Unborn)(news.defect)
    _write(cases, by, origin)
    return heard[0]


def take_all_news(*, news: Sequence[DefectNews], by: Any, closing: ClosingAll, origin: str = "") -> Many:
    """All or nothing, in their order, but for those whose defect is not here: they are left out. Raises Overtaken."""
    if len(news) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} at once")
    cases, heard = _hear(news, by)
    _write(cases, by, origin)
    taken = {place: (one.ncr.number, one.notes) for place, one in heard.items()}
    if taken and not closing(taken):
        raise Overtaken
    return Many(taken, doubts={place: one.doubts for place, one in heard.items() if one.doubts}, are_updates=True)


def logged_before(*, source: str, defects: Iterable[str]) -> dict[str, str]:
    """Defect → number of its NCR, of those that the source has logged."""
    rows = Nonconformance.objects.filter(source=source, source_event__in=list(defects))
    return dict(rows.values_list("source_event", "number"))


# --- hearing ----------------------------------------------------------------------------------------------------------


def _hear(news: Sequence[DefectNews], by: Any) -> tuple[list[Case], dict[int, Heard]]:
    """What follows from each, after those before it. Nothing is written yet."""
    cases = cases_of(news)
    known = Known(news, cases.values())
    heard = {}
    for place, one in enumerate(news):
        case = cases.get((one.source, one.defect))
        if case and _may_tell(one, case.ncr, by):
            heard[place] = _one(one, case, known)
    return list(cases.values()), heard


def _may_tell(news: DefectNews, ncr: Nonconformance, by: Any) -> bool:
    """An NCR of another site than the message's is unknown to it, but to a token of both."""
    has_token = getattr(by, "token_scope", None) is not None
    return ncr.site_id == news.site_id or has_token and access.may(by, "ncr.report", ncr)


def _one(news: DefectNews, case: Case, known: Known) -> Heard:
    if case.is_old(news):
        return Heard(case.ncr, [_("Older than what is known; nothing was changed.")])
    case.hear(news)
    return _cancelled(news, case, known) if news.is_cancelled else _changed(news, case, known)


def _changed(news: DefectNews, case: Case, known: Known) -> Heard:
    ncr = case.ncr
    wanted, notes, doubts = _wanted(news, ncr, known)
    values = {name: value for name, value in wanted.items() if getattr(ncr, name) != value}
    own = _unowned(news, case, known, values)
    notes += own
    kept = set(values)
    if values and case.state in Nonconformance.workflow.transition("edit").sources:
        kept &= known.persons_words.get(ncr.pk, set())
    taken = {name: value for name, value in values.items() if name not in kept}
    if not _fits(ncr, taken):
        kept.add("affected_quantity")
        del taken["affected_quantity"]
    questions = [
        *_other_unit(news, ncr),
        *_other_identity(news, ncr, known),
        *(_said(name, values[name], known) for name in sorted(kept - {"operation_id"})),
    ]
    if "affected_quantity" in taken:
        ncr.undecided_quantity += taken["affected_quantity"] - ncr.affected_quantity
    for name, value in taken.items():
        setattr(ncr, name, value)
    case.taken |= set(taken)
    return _asked(case, questions, notes, doubts)


POINTERS = {"affected_quantity": "quantity/affected", "detected_by": "operator", "description": "note"}


def _unowned(news: DefectNews, case: Case, known: Known, values: dict[str, Any]) -> list[str]:
    """Takes out what the MES may not say by the matrix of the site, and says so; what a person decides goes into the queue."""
    owners, notes = known.owners(case.ncr.site_id), []
    for name in sorted(values):
        verdict = owners.verdict("ncrs", name, "mes", news.system)
        if not verdict:
            continue
        ours, theirs = getattr(case.ncr, name), values.pop(name)
        rule = owners.rule("ncrs", name)
        words = {
            "field": f"/data/{POINTERS.get(name, name.removesuffix('_id'))}",
            "owner": rule.owner_shown if rule else "",
        }
        text = {
            "refused": _("%(field)s: refused, the field belongs to %(owner)s."),
            "logged": _("%(field)s: noted and not taken over, the field belongs to %(owner)s."),
            "conflict": _("%(field)s: a person decides, the field belongs to %(owner)s."),
        }[verdict]
        notes.append(text % words)
        if verdict == "conflict":
            case.disagreed[name] = Said(case.ncr, "ncrs", name, news.system, _plain(ours), _plain(theirs), news.defect)
    return notes


def _plain(value: Any) -> str:
    return show(value) if isinstance(value, Decimal) else str(value or "")


def _cancelled(news: DefectNews, case: Case, known: Known) -> Heard:
    """Cancels what nobody has worked on; else a person decides."""
    ncr = case.ncr
    if case.state == "CANCELLED":
        return Heard(ncr, [_("It is cancelled already.")])
    step = Nonconformance.workflow.transition("cancel")
    if case.state in ("DRAFT", "OPEN") and ncr.pk not in known.worked_on and not step.blocked(ncr):
        case.cancelled = f"{_('Cancelled by the MES')}: {news.note}" if news.note else _("Cancelled by the MES")
        return Heard(ncr)
    said = _("The MES has cancelled the defect.") + (f" {news.note}" if news.note else "")
    return _asked(case, [said])


def _asked(case: Case, questions: list[str], notes: Sequence[str] = (), doubts: Sequence[Unknown] = ()) -> Heard:
    """What was not taken over, for a comment and for a person's list; nothing when there is nothing to ask."""
    if not questions:
        return Heard(case.ncr, [*notes], [*doubts])
    text = " ".join([*questions, _("Not taken over: a person decides.")])
    case.questions.append(text)
    return Heard(case.ncr, [*notes, text], [*doubts, Unknown("decision", case.ncr.number)])


def _wanted(news: DefectNews, ncr: Nonconformance, known: Known) -> tuple[dict[str, Any], list[str], list[Unknown]]:
    """Columns as the MES wants them, and what could not be understood."""
    found: dict[str, Any] = {
        "description": news.note,
        "detected_by": news.operator,
        "part_revision": known.revision(news, ncr.part_number),
        "severity": news.severity if news.severity in Severity.values else "",
    }
    if news.quantity is not None and news.unit in ("", ncr.unit):
        found["affected_quantity"] = news.quantity
    if news.operation:
        here = known.operation(news, ncr.site_id)
        found |= {
            "operation_id": here.pk if here else None,
            "operation_name": here.name if here else news.operation,
        }
    center = known.work_center(news, ncr.site_id) if news.work_center else None
    if center:
        found["work_center_id"] = center.pk
    values = {name: value for name, value in found.items() if value != ""}
    if center or not news.work_center:
        return values, [], []
    note = _("The work center “%(name)s” is not known here. Map it.") % {"name": news.work_center}
    return values, [note], [Unknown("work_center", news.work_center)]


def _other_unit(news: DefectNews, ncr: Nonconformance) -> list[str]:
    """A quantity is never converted by a message about a record that is there."""
    if news.quantity is None or news.unit in ("", ncr.unit):
        return []
    text = _("The quantity %(quantity)s came in “%(unit)s”, the record is in “%(own)s”.")
    return [text % {"quantity": show(news.quantity), "unit": news.unit, "own": ncr.unit}]


def _fits(ncr: Nonconformance, taken: dict[str, Any]) -> bool:
    """A smaller quantity must still cover what is decided."""
    wanted = taken.get("affected_quantity")
    return wanted is None or ncr.undecided_quantity + wanted - ncr.affected_quantity >= 0


def _other_identity(news: DefectNews, ncr: Nonconformance, known: Known) -> list[str]:
    """What makes the defect another one is never changed by a message."""
    pairs = (
        (_("part"), news.part, ncr.part_number, "item"),
        (_("lot"), news.lot, ncr.lot_number, "lot"),
        (_("production order"), news.order, ncr.order_number, "order"),
        (_("defect code"), news.code, ncr.defect_code.code, "defect_code"),
    )
    text = _("The MES names another %(what)s: %(there)s instead of %(here)s.")
    return [
        text % {"what": what, "there": there, "here": here or "–"}
        for what, there, here, kind in pairs
        if there and here != there and known.meant(news, kind) != here
    ]


def _said(name: str, value: Any, known: Known) -> str:
    label = Nonconformance._meta.get_field(name.removesuffix("_id")).verbose_name  # type: ignore[union-attr]
    words = show(value) if isinstance(value, Decimal) else value
    if name == "work_center_id":
        words = known.center_number(value)
    return _("The MES now says %(field)s: %(value)s.") % {"field": label, "value": words}


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(cases: list[Case], by: Any, origin: str) -> None:
    clocks = [case.clock for case in cases if case.is_told and case.clock]
    DefectClock.objects.bulk_create(
        clocks, update_conflicts=True, unique_fields=["ncr"], update_fields=["sequence", "at"]
    )
    edited = [case for case in cases if case.taken]
    if edited:
        columns = sorted({name for case in edited for name in case.taken} | {"undecided_quantity"})
        _step(edited, "edit", _("MES update"), by, origin, columns)
    for reason in sorted({case.cancelled for case in cases if case.cancelled is not None}):
        _step([case for case in cases if case.cancelled == reason], "cancel", reason, by, origin)
    asked = [case for case in cases if case.questions]
    if asked:
        _ask(asked, by, origin)
    if said := [one for case in cases for one in case.disagreed.values()]:
        disagree(said=said, by=by, origin=origin)


def _step(cases: list[Case], name: str, reason: str, by: Any, origin: str, columns: Sequence[str] = ()) -> None:
    """The same step as a person's; the right to it is the sender's right to report."""
    event = {"edit": events.EDITED, "cancel": events.CANCELLED}[name]
    with journal.act(event, by=by, reason=reason, source=origin) as act:
        apply_all([case.ncr for case in cases], Nonconformance.workflow.transition(name), fields=columns)
        act.record_all(Nonconformance, _lines(cases, lambda case: journal.Nothing()))


def _ask(cases: list[Case], by: Any, origin: str) -> None:
    """A comment on each that says what was not taken over."""
    key = {"record_type": Nonconformance._meta.label_lower, "by_id": by.pk}
    with journal.act(record_events.COMMENTED, by=by, source=origin) as act:
        made = {
            case.ncr.pk: Comment(uid=uuid7(), record_key=str(case.ncr.pk), text="\n".join(case.questions), **key)
            for case in cases
        }
        Comment.objects.bulk_create(made.values())
        told = {pk: record_events.Commented(text=one.text, comment=str(one.uid)) for pk, one in made.items()}
        act.record_all(Nonconformance, _lines(cases, lambda case: told[case.ncr.pk]))


def _lines(cases: list[Case], payload: Callable[[Case], Any]) -> list[journal.Line]:
    return [journal.Line(case.ncr.pk, case.ncr.number, case.ncr.site_id, payload(case)) for case in cases]
