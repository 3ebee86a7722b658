"""What a MES says later of a defect: a change, or that it was none. Older never overwrites newer, and what a person did stands.

While the record is open for edits the change is an edit like a person's; after that it is a comment that asks a person.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.lib.quantity import show
from qms.masterdata.models import Crosswalk, Operation, WorkCenter
from qms.records import events as record_events
from qms.records.models import Attachment, Comment
from qms.workflow import Transition
from qms.workflow.apply import apply

from .. import events
from ..choices import Severity
from ..models import DefectClock, Nonconformance
from .intake import Unknown, Waiting


@dataclass(frozen=True, kw_only=True)
class DefectNews:
    """`defect`: the MES's own id of it. Empty texts and None: the message says nothing of that. `sequence`, `at`: how new it is."""

    source: str
    defect: str
    system: str
    site_id: int
    sequence: int | None = None
    at: datetime | None = None
    quantity: Decimal | None = None
    unit: str = ""
    severity: str = ""
    note: str = ""
    operation: str = ""
    work_center: str = ""
    operator: str = ""
    part_revision: str = ""
    part: str = ""
    order: str = ""
    lot: str = ""
    code: str = ""


class Unborn(Waiting):
    """The defect itself has not come yet: the message waits for it."""

    code, settles = "parked", "PARKED"

    def __init__(self, defect: str) -> None:
        text = _("The defect “%(defect)s” has not been logged yet; the message waits for it.") % {"defect": defect}
        super().__init__(text, [Unknown("create", defect)])


@dataclass(frozen=True)
class Heard:
    """`doubts`: what is left for a person to decide."""

    ncr: Nonconformance
    notes: list[str] = field(default_factory=list)
    doubts: list[Unknown] = field(default_factory=list)


def take_update(*, news: DefectNews, by: Any, origin: str = "") -> Heard:
    """Inside the caller's transaction. Raises Unborn; nothing was written then."""
    ncr = _told(news, by)
    if _is_old(news, ncr):
        return Heard(ncr, [_("Older than what is known; nothing was changed.")])
    _set_clock(news, ncr)
    wanted, notes = _wanted(news, ncr)
    values = {name: value for name, value in wanted.items() if getattr(ncr, name) != value}
    edit = Nonconformance.workflow.transition("edit")
    kept = _persons_words(ncr, values) if ncr.state in edit.sources else set(values)
    taken = {name: value for name, value in values.items() if name not in kept}
    if not _fits(ncr, taken):
        kept.add("affected_quantity")
        taken.pop("affected_quantity")
    open_questions = [
        *_other_identity(news, ncr),
        *(_said(ncr, name, values[name]) for name in sorted(kept - {"operation_id"})),
    ]
    if taken:
        _edit(ncr, edit, taken, by, origin)
    return Heard(ncr, *_asked(ncr, open_questions, notes, by, origin))


def take_cancel(*, news: DefectNews, by: Any, origin: str = "") -> Heard:
    """Cancels what nobody has worked on; else a person decides. Raises Unborn."""
    ncr = _told(news, by)
    if _is_old(news, ncr):
        return Heard(ncr, [_("Older than what is known; nothing was changed.")])
    _set_clock(news, ncr)
    if ncr.state == "CANCELLED":
        return Heard(ncr, [_("It is cancelled already.")])
    step = Nonconformance.workflow.transition("cancel")
    if ncr.state in ("DRAFT", "OPEN") and not step.blocked(ncr) and not _worked_on(ncr):
        reason = f"{_('Cancelled by the MES')}: {news.note}" if news.note else _("Cancelled by the MES")
        with journal.act(events.CANCELLED, by=by, reason=reason, source=origin) as act:
            apply(ncr, step)
            act.record(ncr)
        return Heard(ncr)
    said = _("The MES has cancelled the defect.") + (f" {news.note}" if news.note else "")
    return Heard(ncr, *_asked(ncr, [said], [], by, origin))


def _told(news: DefectNews, by: Any) -> Nonconformance:
    """The NCR of the defect, locked. One of another site than the message's is unknown to it, but to a token of both."""
    rows: Any = Nonconformance.objects.select_for_update(of=("self",))
    ncr: Nonconformance | None = rows.filter(source=news.source, source_event=news.defect).first()
    has_token = getattr(by, "token_scope", None) is not None
    if ncr and (ncr.site_id == news.site_id or has_token and access.may(by, "ncr.report", ncr)):
        return ncr
    raise Unborn(news.defect)


def _is_old(news: DefectNews, ncr: Nonconformance) -> bool:
    """By sequence where both have one, else by the event's time; a time before the finding itself is older than the report."""
    clock = DefectClock.objects.filter(ncr=ncr).first()
    if clock and news.sequence is not None and clock.sequence is not None:
        return news.sequence <= clock.sequence
    known = clock.at if clock and clock.at else ncr.occurred_at
    return news.at is not None and news.at < known


def _set_clock(news: DefectNews, ncr: Nonconformance) -> None:
    said = {name: value for name in ("sequence", "at") if (value := getattr(news, name)) is not None}
    if said:
        DefectClock.objects.update_or_create(ncr=ncr, defaults=said)


def logged_before(*, source: str, defect: str) -> str:
    """The number of the NCR of a defect that the source has logged, or ""."""
    found = Nonconformance.objects.filter(source=source, source_event=defect).values_list("number", flat=True).first()
    return found or ""


def _wanted(news: DefectNews, ncr: Nonconformance) -> tuple[dict[str, Any], list[str]]:
    """Columns as the MES wants them, and what could not be understood."""
    found: dict[str, Any] = {
        "description": news.note,
        "detected_by": news.operator,
        "part_revision": news.part_revision,
        "severity": news.severity if news.severity in Severity.values else "",
    }
    notes = []
    if news.quantity is not None:
        found["affected_quantity"] = news.quantity
        if news.unit and news.unit != ncr.unit:
            del found["affected_quantity"]
            text = _("The quantity came in “%(unit)s”, the record is in “%(own)s”; it was not taken over.")
            notes.append(text % {"unit": news.unit, "own": ncr.unit})
    if news.operation:
        known = _here(Operation, news.operation, ncr).first()
        found |= {
            "operation_id": known.pk if known else None,
            "operation_name": known.name if known else news.operation,
        }
    if news.work_center:
        meant = Crosswalk.objects.filter(source=news.system, kind="work_center", foreign_value=news.work_center).first()
        center = _here(WorkCenter, meant.local_value if meant else news.work_center, ncr).first()
        if center:
            found["work_center_id"] = center.pk
        else:
            notes.append(_("The work center “%(name)s” is not known here.") % {"name": news.work_center})
    return {name: value for name, value in found.items() if value != ""}, notes


def _here(model: Any, number: str, ncr: Nonconformance) -> Any:
    return model.objects.live().filter(Q(site=None) | Q(site_id=ncr.site_id), number=number)


def _persons_words(ncr: Nonconformance, values: dict[str, Any]) -> set[str]:
    """Columns that a person has changed since the report: their word stands."""
    names = list(values)
    versions: Any = Nonconformance.history.filter(id=ncr.pk).order_by("history_id")
    rows = list(versions.values_list("history_user_id", *names))
    people = set(User.objects.filter(pk__in={r[0] for r in rows}, kind=User.PERSON).values_list("pk", flat=True))
    changed: set[str] = set()
    for before, after in itertools.pairwise(rows):
        if after[0] in people:
            changed |= {name for name, old, new in zip(names, before[1:], after[1:], strict=True) if old != new}
    return changed


def _fits(ncr: Nonconformance, taken: dict[str, Any]) -> bool:
    """A smaller quantity must still cover what is decided."""
    wanted = taken.get("affected_quantity")
    return wanted is None or ncr.undecided_quantity + wanted - ncr.affected_quantity >= 0


def _edit(ncr: Nonconformance, step: Transition, values: dict[str, Any], by: Any, origin: str) -> None:
    """The same step as a person's edit; the right to it is the sender's right to report."""
    with journal.act(events.EDITED, by=by, reason=_("MES update"), source=origin) as act:
        if "affected_quantity" in values:
            ncr.undecided_quantity += values["affected_quantity"] - ncr.affected_quantity
        for name, value in values.items():
            setattr(ncr, name, value)
        apply(ncr, step, fields=(*values, "undecided_quantity"))
        act.record(ncr)


def _other_identity(news: DefectNews, ncr: Nonconformance) -> list[str]:
    """What makes the defect another one is never changed by a message."""
    pairs = (
        (_("part"), news.part, ncr.part_number),
        (_("lot"), news.lot, ncr.lot_number),
        (_("production order"), news.order, ncr.order_number),
        (_("defect code"), news.code, ncr.defect_code.code),
    )
    mapped = Crosswalk.objects.filter(source=news.system, kind__in=("item", "defect_code")).filter(
        Q(kind="item", foreign_value=news.part) | Q(kind="defect_code", foreign_value=news.code)
    )
    meant = {row.foreign_value: row.local_value for row in mapped} if news.part or news.code else {}
    text = _("The MES names another %(what)s: %(there)s instead of %(here)s.")
    return [
        text % {"what": what, "there": there, "here": here or "–"}
        for what, there, here in pairs
        if there and here not in (there, meant.get(there))
    ]


def _said(ncr: Nonconformance, name: str, value: Any) -> str:
    label = Nonconformance._meta.get_field(name.removesuffix("_id")).verbose_name  # type: ignore[union-attr]
    words = show(value) if isinstance(value, Decimal) else value
    if name.endswith("_id"):
        words = (
            WorkCenter.objects.filter(pk=value).values_list("number", flat=True).first() if "work" in name else value
        )
    return _("The MES now says %(field)s: %(value)s.") % {"field": label, "value": words}


def _asked(
    ncr: Nonconformance, questions: list[str], notes: list[str], by: Any, origin: str
) -> tuple[list[str], list[Unknown]]:
    """A comment that says what was not taken over, and a task for a person; nothing when there is nothing to ask."""
    if not questions:
        return notes, []
    text = " ".join([*questions, _("Not taken over: a person decides.")])
    with journal.act(record_events.COMMENTED, by=by, source=origin) as act:
        made = Comment.objects.create(record_type=ncr._meta.label_lower, record_key=str(ncr.pk), text=text, by_id=by.pk)
        act.record(ncr, record_events.Commented(text=text, comment=str(made.uid)))
    return [*notes, text], [Unknown("decision", ncr.number)]


def _worked_on(ncr: Nonconformance) -> bool:
    """Whether a person has touched it: a hold, a line, a word, a file, a change."""
    key = {"record_type": ncr._meta.label_lower, "record_key": str(ncr.pk)}
    versions: Any = Nonconformance.history.filter(id=ncr.pk)
    people = User.objects.filter(kind=User.PERSON)
    return (
        ncr.holds.exists()
        or ncr.lines.exists()
        or ncr.created_by.kind == User.PERSON
        or Comment.objects.filter(**key, by__kind=User.PERSON).exists()
        or Attachment.objects.filter(**key, by__kind=User.PERSON).exists()
        or versions.filter(history_user_id__in=people.values("pk")).exists()
    )
