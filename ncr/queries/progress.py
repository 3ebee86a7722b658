"""How far a disposition is carried out, edition by edition, and what may be done about its postings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..models import DispositionLine, Nonconformance, Reopening


@dataclass(frozen=True)
class PostingAct:
    """A step of the record that is for single postings: these."""

    label: Any
    url: str
    references: frozenset[str]


def posting_acts(ncr: Nonconformance, offers: Iterable[Any]) -> list[PostingAct]:
    """Allowed steps that answer, cancel or reverse a posting."""
    unanswered = frozenset(p.reference for p in ncr.unanswered())
    fitting = {
        "cancel-posting": _pending(ncr),
        "reverse": frozenset(p.reference for p in ncr.all_postings() if p.can_be_reversed),
        "skip-posting": unanswered,
        "record-document": unanswered,
    }
    return [
        PostingAct(offer.transition.label, offer.url, fitting[offer.transition.name])
        for offer in offers
        if offer.allowed and offer.transition.name in fitting
    ]


def _pending(ncr: Nonconformance) -> frozenset[str]:
    postings = ncr.all_postings()
    if not postings:
        return frozenset()
    sources = postings[0].workflow.transition("request-cancel").sources
    return frozenset(p.reference for p in postings if p.state in sources)


def editions(ncr: Nonconformance) -> list[tuple[int, Reopening | None, list[DispositionLine]]]:
    """Earlier editions, newest first: its number, the reopening that ended it, its lines as they stayed."""
    ended = {one.edition - 1: one for one in ncr.reopenings.all()}
    return [
        (edition, ended.get(edition), [line for line in ncr.earlier_lines() if line.edition == edition])
        for edition in range(ncr.edition - 1, 0, -1)
    ]
