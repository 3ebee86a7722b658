"""Records of other systems that NCRs point to: whether they can still be opened, looked at once a night, and the frozen copy of
what stands there, fetched when the NCR closes."""

from __future__ import annotations

import datetime as dt
import time

from django.conf import settings
from django.db.models import Q, QuerySet

from connectors import http
from connectors.base import ConnectorError
from ncr import actions as ncr
from ncr.models import Traveler, TravelerSnapshot
from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Invalid, Refusal
from qms.records.actions import ATTACHMENT_LIMIT

MOST, EVERY = 1_000, dt.timedelta(hours=20)
# A round ends by itself in time, its task is ended at the limit, and a claim outlasts both: no two workers fetch one copy.
COPIES, ROUND_SECONDS, LONGEST_SECONDS, CLAIM = 50, 200, 300, dt.timedelta(minutes=10)
# What no repetition mends: a login is asked for, or the document is gone for good.
FINAL = (401, 403, 410)
BY = journal.Actor(id="system:links", name="Links")


def look() -> int:
    """Asks the addresses that were not asked lately, where the plant allows it. Returns how many lead nowhere."""
    due = Q(check_made=None) | Q(check_made__checked_at__lt=now() - EVERY)
    rows = Traveler.objects.filter(due, withdrawn_at=None).exclude(url="").select_related("ncr", "check_made")
    allowed = http.Allowed.parse(settings.WEBHOOK_TARGETS)
    poster, dead = http.Poster(allowed), 0
    try:
        for row in rows.order_by("check_made__checked_at", "pk")[:MOST]:
            if may_ask(row.url, allowed):
                problem = asked(poster, row.url)
                ncr.traveler_checked(traveler=row, problem=problem, by=BY)
                dead += bool(problem)
    finally:
        poster.close()
    return dead


def is_due() -> bool:
    return due_copies().exists()


def due_copies() -> QuerySet[TravelerSnapshot]:
    return TravelerSnapshot.objects.filter(next_at__lte=now(), file=None, traveler__withdrawn_at=None)


def freeze_due() -> int:
    """Fetches the copies that are asked for, without credentials and only where the plant allows it. Returns how many were kept."""
    poster, kept = http.Poster(http.Allowed.parse(settings.WEBHOOK_TARGETS), most=ATTACHMENT_LIMIT + 1), 0
    until = time.monotonic() + ROUND_SECONDS
    try:
        for row in due_copies().select_related("traveler__ncr").order_by("next_at", "pk")[:COPIES]:
            if time.monotonic() > until:
                break  # what is left is due at the next sweep
            if ncr.claim_snapshot(snapshot=row, until=now() + CLAIM, by=BY):  # a second worker finds it taken
                kept += copied(poster, row)
    finally:
        poster.close()
    return kept


def copied(poster: http.Poster, row: TravelerSnapshot) -> bool:
    answer = poster.get(row.traveler.url, headers={"Accept": "application/pdf, application/xml, application/json"})
    problem, is_final = answer.problem, answer.status in FINAL
    if not answer.status:
        is_final = not may_ask(row.traveler.url, poster.allowed)
    if not problem and not answer.is_whole and len(answer.body) <= ATTACHMENT_LIMIT:
        problem = "The document did not come whole."
    if not problem:
        try:
            ncr.keep_snapshot(snapshot=row, content=answer.body, by=BY)
        except Refusal as refused:
            problem, is_final = str(refused), isinstance(refused, Invalid)
    if problem:
        ncr.snapshot_failed(snapshot=row, problem=problem, is_final=is_final, by=BY)
    return not problem


def may_ask(url: str, allowed: http.Allowed) -> bool:
    """An address that the plant does not let us reach says nothing about the record behind it."""
    try:
        http.check_target(url, allowed)
    except ConnectorError as refused:
        return refused.code != "forbidden_target"
    return True


def asked(poster: http.Poster, url: str) -> str:
    """What is wrong, or "". An answer that asks for a login, or leads on to one, is an answer."""
    answer = poster.get(url, headers={"Accept": "*/*"})
    if answer.status in (401, 403) or 200 <= answer.status < 400:
        return ""
    return f"HTTP {answer.status}" if answer.status else answer.problem
