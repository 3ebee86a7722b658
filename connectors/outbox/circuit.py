"""One circuit per interface: an ERP that hangs must not cost every due delivery a full time-out.

Closed: everything goes. After FAILURES temporary failures in a row it opens, for longer each time; nothing is sent. When
its time is over one delivery goes as a probe, the others wait for its answer: any answer closes it, silence opens it again.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from connectors.base import Temporary
from connectors.models import InterfaceState
from qms.lib.clock import now

FAILURES = 3
FIRST_SECONDS, LONGEST_SECONDS = 30, 15 * 60
PROBE_SECONDS = 60  # how long the others wait for the probe; its lease is as long
OURS = {"not_read_yet"}  # temporary for another reason than the other side

PROBE = """
UPDATE connectors_interfacestate SET open_until = clock_timestamp() + make_interval(secs => %s)
WHERE interface_id = %s AND open_until IS NOT NULL AND failures_in_row >= %s"""


def probe(interface_id: int) -> None:
    """A delivery was claimed: while the circuit is half open the others stay behind it."""
    with connection.cursor() as cursor:
        cursor.execute(PROBE, [PROBE_SECONDS, interface_id, FAILURES])


def failed(interface_id: int, problem: Temporary) -> None:
    if problem.code in OURS:
        release(interface_id)
        return
    InterfaceState.objects.filter(pk=interface_id).update(failures_in_row=F("failures_in_row") + 1)
    count = InterfaceState.objects.values_list("failures_in_row", flat=True).get(pk=interface_id)
    if count >= FAILURES:
        wait = min(FIRST_SECONDS * 2 ** (min(count - FAILURES, 10)), LONGEST_SECONDS)
        InterfaceState.objects.filter(pk=interface_id).update(open_until=now() + dt.timedelta(seconds=wait))


def answered(interface_id: int) -> None:
    """Also a refusal is an answer."""
    InterfaceState.objects.filter(pk=interface_id).update(failures_in_row=0, open_until=None)


def release(interface_id: int) -> None:
    """The probe said nothing of the other side: the next delivery may try."""
    InterfaceState.objects.filter(pk=interface_id, open_until__isnull=False).update(open_until=Now())
