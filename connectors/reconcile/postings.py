"""Postings: each of our references found over there once – not never, and not twice."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models.functions import Substr

from connectors.messages import DocumentFound
from connectors.models import DifferenceKind
from connectors.models.reconcile import POSTINGS
from qms.commands import actions as commands
from qms.commands.choices import MARKS
from qms.commands.models import Posting
from qms.lib import canonical
from qms.lib.quantity import show

from . import foreseen
from .seen import Count, Other, Seen

REFERENCE = re.compile(r"[A-Z]{3}\d{8}-\d{2,}")
STEM = 3
UNANSWERED = dt.timedelta(hours=1)
DONE = ("POSTED", "RECONCILED")
NOT_OURS_ANY_MORE = ("FAILED", "NEEDS_DECISION", "CANCELLED", "SKIPPED")
UNDER_WAY = ("SENT", "ACCEPTED", "CANCEL_REQUESTED")
MOVES_ANOTHER_LOT = ("REGRADE", "REVERSAL")


def compare(*, source: str, other: Other, now: dt.datetime) -> tuple[list[Seen], list[Count], list[Posting]]:
    """What differs, the counts, and the postings that stand there exactly as asked and were not reconciled before."""
    stems = Posting.objects.filter(target=source).annotate(stem=Substr("reference", 1, STEM)).order_by()
    known = tuple(sorted(stems.values_list("stem", flat=True).distinct()))
    if not known:
        return [], [Count(POSTINGS)], []
    there: dict[str, list[DocumentFound]] = defaultdict(list)
    for document in other.documents(known):
        if REFERENCE.fullmatch(document.reference):
            there[document.reference].append(document)
    foreseen.keep_found(source, there, now)
    count, seen, good = Count(POSTINGS, there=sum(map(len, there.values()))), [], []
    for posting in (
        Posting.objects.filter(target=source)
        .exclude(state="QUEUED")
        .exclude(kind__in=MARKS)
        .select_related("item", "lot")
        .iterator()
    ):
        count.here += posting.state in DONE
        verdict = judge(posting, there.pop(posting.reference, []), now)
        if verdict:
            seen.append(verdict)
        elif posting.state == "POSTED" and not posting.answered_by_id:
            good.append(posting)
    ours = set(Posting.objects.filter(reference__in=list(there)).values_list("reference", flat=True))
    seen += [_unknown(reference, found) for reference, found in sorted(there.items()) if reference not in ours]
    count.found = len(seen)
    return seen, [count], good


def judge(posting: Posting, found: list[DocumentFound], now: dt.datetime) -> Seen | None:
    """None when all is as it should be, or too young to say."""
    if len(found) > 1:
        return _seen(posting, DifferenceKind.DUPLICATE, _both(posting, found))
    if posting.state in DONE:
        return _posted(posting, found)
    done = [document for document in found if document.is_done]
    if done and posting.state in NOT_OURS_ANY_MORE:
        return _seen(posting, DifferenceKind.MISSING_HERE, _both(posting, done))
    if done and posting.state in UNDER_WAY and posting.sent_at and now - posting.sent_at > UNANSWERED:
        return _seen(posting, DifferenceKind.STALE, _both(posting, done))
    return None


def _posted(posting: Posting, found: list[DocumentFound]) -> Seen | None:
    if not found:  # what a person booked there by hand need not carry our reference
        booked = [["document", posting.document_number, ""], ["quantity", show(posting.quantity), ""]]
        return None if posting.answered_by_id else _seen(posting, DifferenceKind.MISSING_THERE, booked)
    wrong = _differing(posting, found[0])
    return _seen(posting, DifferenceKind.DIFFERS, wrong) if wrong else None


def _differing(posting: Posting, document: DocumentFound) -> list[list[str]]:
    wrong = []
    if not document.is_done:
        wrong.append(["status", posting.state, document.state])
    if posting.document_number != document.number and not posting.answered_by_id:
        wrong.append(["document", posting.document_number, document.number])
    if document.quantity is not None and document.quantity != posting.quantity:
        wrong.append(["quantity", show(posting.quantity), show(document.quantity)])
    if posting.kind not in MOVES_ANOTHER_LOT:
        for name, row, told in (("part", posting.item, document.item_id), ("lot", posting.lot, document.lot_id)):
            if row is not None and told is not None and row.external_id != told:
                wrong.append([name, row.external_id, told])
    return wrong


def _both(posting: Posting, found: list[DocumentFound]) -> list[list[str]]:
    numbers = ", ".join(sorted(document.number for document in found))
    moved = sum((document.quantity or Decimal() for document in found if document.is_done), Decimal())
    return [["document", posting.document_number, numbers], ["quantity", show(posting.quantity), show(moved)],
            ["status", posting.state, ", ".join(sorted({document.state for document in found}))]]  # fmt: skip


def _seen(posting: Posting, kind: DifferenceKind, fields: list[list[str]]) -> Seen:
    return Seen(POSTINGS, posting.reference, str(kind), posting.reference, "", posting.record_number, fields)


def _unknown(reference: str, found: list[DocumentFound]) -> Seen:
    fields = [["document", "", ", ".join(sorted(document.number for document in found))]]
    return Seen(POSTINGS, reference, str(DifferenceKind.MISSING_HERE), reference, "", "", fields)


def confirm(good: list[Posting]) -> int:
    """Each stands there as asked: said of it as an act, once in its life."""
    for posting in good:
        told: dict[str, Any] = {"document": posting.document_number, "quantity": show(posting.quantity)}
        commands.mark_reconciled(posting=posting, read_back=posting.read_back or canonical.dumps(told))
    return len(good)
