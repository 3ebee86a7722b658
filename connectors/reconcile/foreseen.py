"""What a flow would have done in shadow, held against what is really there: what people entered by hand, what the ERP has now,
what was booked there under our references."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.urls import reverse

from connectors.messages import DocumentFound
from connectors.models import (
    POSTINGS_OUT,
    Difference,
    Direction,
    Interface,
    Kind,
    ReconcileRun,
    Shadow,
    SyncLine,
    SyncRun,
    Verdict,
)
from ncr.choices import Origin
from ncr.models import Nonconformance
from qms.accounts.models import User
from qms.commands.models import Posting
from qms.lib.quantity import show

DEFECT = "mes.defect.logged"
NEAR = dt.timedelta(hours=48)  # between what a machine told and what a person wrote down
MOST = 2_000  # lines without a counterpart that a comparison keeps; the counts are of all
COMPARED = ("code", "severity", "quantity", "unit")
# What differs stands first.
ORDER = ("fault", "differs", "missing_there", "missing_here", "refused", "waiting", "unproved", "matched")
SAID = {Verdict.WAIT: "waiting", Verdict.REFUSE: "refused", Verdict.FAULT: "fault"}


@dataclass
class Found:
    """`counts`: by kind, and `seen` of all that was looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, key: str, **told: Any) -> None:
        self.counts[kind] += 1
        self.counts["seen"] += 1
        self.lines.append({"kind": kind, "key": key, "ours": "", "theirs": "", "fields": [], "url": "", **told})

    def plain(self) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """All that has a counterpart is kept, so that it is never made again; of the rest what fits, and how many did not."""
        self.lines.sort(key=lambda line: ORDER.index(line["kind"]))
        kept, alone = [], 0
        for line in self.lines:
            alone += not line["theirs"]
            if line["theirs"] or alone <= MOST:
                kept.append(line)
        if left_out := len(self.lines) - len(kept):
            self.counts["left_out"] = left_out
        return dict(self.counts), kept


@dataclass(frozen=True)
class Flow:
    """`site_id` None: of every site."""

    interface: Interface
    direction: str
    object: str
    site_id: int | None
    since: dt.datetime
    until: dt.datetime

    def shadows(self) -> Any:
        rows = Shadow.objects.filter(interface=self.interface, direction=self.direction, object=self.object)
        rows = rows.filter(made_at__gte=self.since, made_at__lte=self.until)
        return rows.filter(site=self.site_id) if self.site_id else rows


def compare(flow: Flow) -> tuple[dict[str, int], list[dict[str, Any]]]:
    found = Found()
    if flow.direction == Direction.OUT:
        _outward(flow, found)
    elif flow.interface.kind == Kind.ERP:
        _mirrored(flow, found)
    else:
        _messages(flow, found)
    return found.plain()


# --- messages of a MES -----------------------------------------------------------------------------------------------------


def _messages(flow: Flow, found: Found) -> None:
    left = Left(_by_hand(flow) if flow.object == DEFECT else [])
    rows = list(flow.shadows().select_related("message").order_by("pk"))
    exact = {row.pk: ncr for row in rows if row.verdict == Verdict.CREATE and (ncr := _take(row, left, is_exact=True))}
    for row in rows:
        key = str(row.facts.get("defect") or row.message.message_id)[:80]
        told = {"url": reverse("connectors:message", args=[row.message.uid]), "message": row.message_id}
        if kind := SAID.get(Verdict(row.verdict)):
            found.add(kind, key, ours=row.problem[:300], **told)
        elif flow.object != DEFECT:
            found.add("unproved", key, ours=row.get_verdict_display(), **told)
        elif row.verdict == Verdict.UPDATE:
            found.add("unproved", key, ours=row.subject, **told)
        elif ncr := exact.get(row.pk) or _take(row, left):
            fields = _differing(row.facts, ncr)
            found.add(
                "differs" if fields else "matched", key, ours=_said(row.facts), theirs=ncr.number, fields=fields, **told
            )
        else:
            found.add("missing_there", key, ours=_said(row.facts), **told)
    for ncr in left.rest():
        if ncr.created_at < flow.since:
            continue
        found.add("missing_here", ncr.number, theirs=ncr.number, url=ncr.get_absolute_url())


class Left:
    """What people reported and no message has been found for yet, by site, part and lot."""

    def __init__(self, rows: list[Nonconformance]) -> None:
        self.places: defaultdict[tuple[int, str, str], list[Nonconformance]] = defaultdict(list)
        for ncr in rows:
            self.places[ncr.site_id, ncr.part_number, ncr.lot_number].append(ncr)

    def at(self, row: Shadow) -> list[Nonconformance]:
        return self.places.get((row.site_id or 0, row.facts["part"], row.facts["lot"]), [])

    def take(self, ncr: Nonconformance) -> None:
        self.places[ncr.site_id, ncr.part_number, ncr.lot_number].remove(ncr)

    def rest(self) -> list[Nonconformance]:
        return sorted((ncr for rows in self.places.values() for ncr in rows), key=lambda ncr: ncr.pk)


def _take(row: Shadow, left: Left, *, is_exact: bool = False) -> Nonconformance | None:
    """The counterpart on the same site, which is nobody else's then. Exact: of the same code and quantity."""
    here = left.at(row)
    if is_exact:
        told = (row.facts["code"], row.facts["quantity"])
        here = [ncr for ncr in here if (ncr.defect_code.code, show(ncr.affected_quantity)) == told]
    if ncr := best(row.facts, here):
        left.take(ncr)
    return ncr


def _by_hand(flow: Flow) -> list[Nonconformance]:
    """What people reported themselves in the time, or shortly before it, on the sites of the flow."""
    sites = Q(site__in={flow.site_id or flow.interface.site_id, *flow.shadows().values_list("site", flat=True)})
    rows = Nonconformance.objects.filter(sites, origin=Origin.PERSON, created_by__kind=User.PERSON, source="")
    rows = rows.filter(created_at__gte=flow.since - NEAR, created_at__lte=flow.until)
    return list(rows.select_related("defect_code").order_by("pk"))


def best(facts: dict[str, Any], rows: list[Nonconformance]) -> Nonconformance | None:
    """Same part and lot, near in time; of several the one with the same code and quantity, then the nearest."""
    at = dt.datetime.fromisoformat(facts["occurred_at"])
    near = [
        (
            ncr.defect_code.code != facts["code"],
            show(ncr.affected_quantity) != facts["quantity"],
            abs(ncr.occurred_at - at),
            ncr,
        )
        for ncr in rows
        if (ncr.part_number, ncr.lot_number) == (facts["part"], facts["lot"]) and abs(ncr.occurred_at - at) <= NEAR
    ]
    return min(near, key=lambda found: (*found[:3], found[3].pk))[3] if near else None


def _differing(facts: dict[str, Any], ncr: Nonconformance) -> list[list[str]]:
    theirs = {
        "code": ncr.defect_code.code,
        "severity": ncr.severity,
        "quantity": show(ncr.affected_quantity),
        "unit": ncr.unit,
    }
    return [[name, str(facts[name]), theirs[name]] for name in COMPARED if str(facts[name]) != theirs[name]]


def _said(facts: dict[str, Any]) -> str:
    return " ".join(str(facts[name]) for name in ("part", "lot", "code", "quantity", "unit") if facts.get(name))


# --- objects of an ERP -----------------------------------------------------------------------------------------------------


def last_run(interface: Interface, since: dt.datetime) -> ReconcileRun | None:
    runs = ReconcileRun.objects.filter(interface=interface, started_at__gte=since, finished_at__isnull=False)
    found: ReconcileRun | None = runs.order_by("-pk").first()
    return found


def _mirrored(flow: Flow, found: Found) -> None:
    _pushed(flow, found)
    runs = SyncRun.objects.filter(interface=flow.interface, is_trial=True, finished_at__isnull=False)
    runs = runs.filter(started_at__gte=flow.since, started_at__lte=flow.until)
    found.counts["readings"] = runs.count()
    lines = SyncLine.objects.filter(run__in=runs, object=flow.object)
    for outcome in lines.order_by().values_list("outcome", flat=True):
        found.counts[f"would_{outcome}"] += 1
    for line in lines.filter(outcome="failed").order_by("-pk").iterator():
        found.add("refused", line.number or line.external_id, ours=line.problem[:300])
    if run := last_run(flow.interface, flow.since):
        _reconciled(flow, run, found)


def _pushed(flow: Flow, found: Found) -> None:
    for row in flow.shadows().select_related("message"):
        counts = row.facts.get("counts", {})
        found.counts["matched"] += counts.get("unchanged", 0)
        found.counts["seen"] += sum(counts.values())
        for name in ("created", "updated", "rejected"):
            found.counts[f"would_{name}"] += counts.get(name, 0)
        if counts.get("rejected"):
            url = reverse("connectors:message", args=[row.message.uid])
            found.add("refused", row.message.message_id[:80], ours=row.problem[:300], url=url, message=row.message_id)


def _reconciled(flow: Flow, run: ReconcileRun, found: Found) -> None:
    """What the ERP says now, as the last reconciliation heard it."""
    told: dict[str, Any] = next((c for c in run.counts if c["object"] == flow.object), {})
    found.counts["seen"] += told.get("there", 0)
    found.counts["matched"] += max(min(told.get("here", 0), told.get("there", 0)) - told.get("found", 0), 0)
    kinds = {"missing_here": "missing_here", "missing_there": "missing_there"}
    for row in Difference.objects.filter(interface=flow.interface, object=flow.object, resolved_at=None):
        found.add(kinds.get(row.kind, "differs"), row.name or row.key, fields=row.fields, url=row.get_absolute_url())
        found.counts["seen"] -= 1  # counted by the run


# --- outward ---------------------------------------------------------------------------------------------------------------


def keep_found(source: str, there: dict[str, list[DocumentFound]], at: dt.datetime) -> None:
    """What the ERP has booked under the references of postings that were not sent; read back through the adapter's list."""
    for row in Shadow.objects.filter(interface__code=source, direction=Direction.OUT, object=POSTINGS_OUT):
        documents = [
            {
                "document": document.number, "is_done": document.is_done, "item_id": document.item_id,
                "quantity": "" if document.quantity is None else show(document.quantity), "lot_id": document.lot_id,
            }
            for document in there.get(row.reference, [])
        ]  # fmt: skip
        Shadow.objects.filter(pk=row.pk).update(found=documents, found_at=at)


def _outward(flow: Flow, found: Found) -> None:
    rows = list(flow.shadows().order_by("pk"))
    told = {p.reference: p for p in Posting.objects.filter(reference__in=[row.reference for row in rows])}
    for row in rows:
        posting = told.get(row.reference)
        url = reverse("connectors:delivery", args=[row.reference]) if posting else ""
        kind, theirs, fields = _booked(row, posting)
        ours = " ".join(str(value) for value in row.facts.values() if isinstance(value, str) and value)
        found.add(
            kind,
            row.reference,
            ours=(row.problem or ours)[:300],
            theirs=theirs,
            fields=fields,
            url=url,
            subject=row.subject,
        )


def _booked(row: Shadow, posting: Posting | None) -> tuple[str, str, list[list[str]]]:
    if kind := SAID.get(Verdict(row.verdict)):
        return kind, "", []
    done = [document for document in row.found or [] if document["is_done"]]
    if done:
        theirs = ", ".join(document["document"] for document in done)
        fields = [
            [name, str(row.facts.get(name) or ""), str(done[0][name] or "")]
            for name in ("quantity", "item_id", "lot_id")
            if done[0][name] not in (None, "") and str(done[0][name]) != str(row.facts.get(name) or "")
        ]
        if len(done) > 1:
            fields.append(["document", "", theirs])
        return ("differs" if fields else "matched"), theirs, fields
    if (
        posting is None or posting.document_number
    ):  # a command, or what a person says to have booked: nobody has read it back
        return "unproved", posting.document_number if posting else "", []
    return "missing_there", "", []


def booked(lines: list[dict[str, Any]]) -> dict[str, str]:
    """References that stand over there, exactly or otherwise, with their document: they are not sent once more."""
    return {line["key"]: line["theirs"] for line in lines if line["theirs"]}
