"""What has to be known of the defects that a MES tells more of: asked once for all of them, and only where it is needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, prefetch_related_objects
from django.db.models.functions import Cast

from qms.accounts.models import User
from qms.lib.clock import now
from qms.masterdata import ownership
from qms.masterdata.actions import Said
from qms.masterdata.models import Operation, WorkCenter
from qms.masterdata.queries import Name, meanings
from qms.records.models import Attachment, Comment

from ..models import DefectClock, DispositionLine, Hold, Nonconformance

# What a MES masters of a defect, until a person has said otherwise.
COLUMNS = (
    "description", "detected_by", "part_revision", "severity", "affected_quantity", "operation_id", "operation_name",
    "work_center_id",
)  # fmt: skip
NAMED = {"item": "part", "defect_code": "code", "work_center": "work_center", "lot": "lot", "order": "order"}


@dataclass(frozen=True, kw_only=True)
class DefectNews:
    """`defect`: the MES's own id of it. Empty texts and None: the message says nothing of that. `sequence`, `at`: how new
    it is; `received_at`: when the message came. `is_cancelled`: it was none; `is_report`: the defect is logged once more, as it now is."""

    source: str
    defect: str
    system: str
    site_id: int
    is_cancelled: bool = False
    is_report: bool = False
    sequence: int | None = None
    at: datetime | None = None
    received_at: datetime | None = None
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


@dataclass
class Case:
    """A defect's NCR, locked, as it stands after what was told so far; written when all is told."""

    ncr: Nonconformance
    clock: DefectClock | None = None
    is_told: bool = False
    taken: set[str] = field(default_factory=set)
    cancelled: str | None = None  # with what reason
    questions: list[str] = field(default_factory=list)
    disagreed: dict[str, Said] = field(default_factory=dict)  # by field: a person decides

    @property
    def state(self) -> str:
        return self.ncr.state if self.cancelled is None else "CANCELLED"

    def is_old(self, news: DefectNews) -> bool:
        """By sequence where both have one, else by the event's time; one before the finding itself is older than the report."""
        clock = self.clock
        if clock and news.sequence is not None and clock.sequence is not None:
            return news.sequence <= clock.sequence
        known = clock.at if clock and clock.at else self.ncr.occurred_at
        return news.at is not None and news.at < known

    def hear(self, news: DefectNews) -> None:
        if news.sequence is None and news.at is None:
            return
        self.clock = self.clock or DefectClock(ncr=self.ncr)
        self.clock.sequence = self.clock.sequence if news.sequence is None else news.sequence
        self.clock.at = news.at or self.clock.at
        self.is_told = True


def cases_of(news: Iterable[DefectNews]) -> dict[tuple[str, str], Case]:
    """By (source, defect), locked in one order for everybody; a defect that was never logged is left out."""
    wanted: dict[str, set[str]] = {}
    for one in news:
        wanted.setdefault(one.source, set()).add(one.defect)
    asked = Q(pk=None)
    for source, defects in wanted.items():
        asked |= Q(source=source, source_event__in=defects)
    rows: Any = Nonconformance.objects.select_for_update(of=("self",)).select_related("defect_code", "created_by")
    found = {(row.source, row.source_event): row for row in rows.filter(asked).order_by("pk")}
    clocks = {clock.ncr_id: clock for clock in DefectClock.objects.filter(ncr__in=found.values())}
    return {key: Case(row, clocks.get(row.pk)) for key, row in found.items()}


def _revision(news: DefectNews, part: str) -> tuple[Name, Name]:
    """A revision is named with its part, as the work list asks for it, or alone."""
    alone = Name(news.system, "revision", news.part_revision, news.part_revision, news.site_id)
    return replace(alone, value=f"{part} {news.part_revision}"), alone


class Known:
    """Answers about all of `cases`, each asked for when the first of them needs it."""

    def __init__(self, news: Sequence[DefectNews], cases: Iterable[Case]) -> None:
        self.news, self.rows = news, [case.ncr for case in cases]
        self.keys = [row.pk for row in self.rows]
        self._owners: dict[int, ownership.Ownership] = {}

    @cached_property
    def _meant(self) -> dict[Name, str]:
        came = min((n.received_at for n in self.news if n.received_at), default=now())
        return meanings([self._name(n, kind) for n in self.news for kind in NAMED if getattr(n, NAMED[kind])], came)

    def _name(self, news: DefectNews, kind: str) -> Name:
        return Name(news.system, kind, getattr(news, NAMED[kind]), news.part_revision, news.site_id)

    def meant(self, news: DefectNews, kind: str) -> str | None:
        """What the MES's name stands for here, where somebody has said it."""
        return self._meant.get(self._name(news, kind))

    @cached_property
    def _revisions(self) -> dict[Name, str]:
        came = min((n.received_at for n in self.news if n.received_at), default=now())
        parts = {(row.source, row.source_event): row.part_number for row in self.rows}
        sent = [n for n in self.news if n.part_revision]
        return meanings([name for n in sent for name in _revision(n, parts.get((n.source, n.defect), ""))], came)

    def revision(self, news: DefectNews, part: str) -> str:
        """As the revision is called here: what was said of it for the part, else in general, else as it was sent."""
        if not news.part_revision:
            return ""
        told = (self._revisions.get(name) for name in _revision(news, part))
        return next(filter(None, told), news.part_revision)

    @cached_property
    def _operations(self) -> dict[str, list[Operation]]:
        return _by_number(Operation, {n.operation for n in self.news})

    @cached_property
    def _centers(self) -> dict[str, list[WorkCenter]]:
        sent = {n.work_center for n in self.news}
        return _by_number(WorkCenter, sent | {here for name, here in self._meant.items() if name.kind == "work_center"})

    def operation(self, news: DefectNews, site_id: int) -> Operation | None:
        return _here(self._operations, news.operation, site_id)

    def work_center(self, news: DefectNews, site_id: int) -> WorkCenter | None:
        meant = self.meant(news, "work_center")
        return _here(self._centers, news.work_center if meant is None else meant, site_id)

    def center_number(self, key: int) -> str:
        return next((row.number for rows in self._centers.values() for row in rows if row.pk == key), "")

    def owners(self, site_id: int) -> ownership.Ownership:
        """Who owns the fields of the site's records."""
        if site_id not in self._owners:
            self._owners[site_id] = ownership.of(site_id)
        return self._owners[site_id]

    @cached_property
    def persons_words(self) -> dict[int, set[str]]:
        """NCR → columns that a person has changed since the report: their word stands."""
        versions: Any = Nonconformance.history.filter(id__in=self.keys).order_by("id", "history_id")
        rows = list(versions.values_list("id", "history_user_id", *COLUMNS))
        people = set(User.objects.filter(pk__in={r[1] for r in rows}, kind=User.PERSON).values_list("pk", flat=True))
        changed: dict[int, set[str]] = {}
        for before, after in itertools.pairwise(rows):
            if after[0] == before[0] and after[1] in people:
                pairs = zip(COLUMNS, before[2:], after[2:], strict=True)
                changed.setdefault(after[0], set()).update(name for name, old, new in pairs if old != new)
        return changed

    @cached_property
    def worked_on(self) -> set[int]:
        """NCRs that a person has touched: a hold, a line, a word, a file, a change."""
        prefetch_related_objects(self.rows, "holds")  # what the guards ask for
        key = {"record_type": Nonconformance._meta.label_lower, "record_key": Cast(OuterRef("pk"), CharField())}
        versions: Any = Nonconformance.history.filter(id=OuterRef("pk"))
        touched = Q(created_by__kind=User.PERSON)
        for rows in (
            Hold.objects.filter(ncr=OuterRef("pk")),
            DispositionLine.objects.filter(ncr=OuterRef("pk")),
            Comment.objects.filter(**key, by__kind=User.PERSON),
            Attachment.objects.filter(**key, by__kind=User.PERSON),
            versions.filter(history_user_id__in=User.objects.filter(kind=User.PERSON).values("pk")),
        ):
            touched |= Q(Exists(rows))
        return set(Nonconformance.objects.filter(touched, pk__in=self.keys).values_list("pk", flat=True))


def _by_number(model: Any, numbers: set[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in model.objects.live().filter(number__in=numbers - {""}).order_by("number", "pk"):
        found.setdefault(row.number, []).append(row)
    return found


def _here(rows: dict[str, list[Any]], number: str, site_id: int) -> Any:
    return next((row for row in rows.get(number, ()) if row.site_id in (None, site_id)), None)
