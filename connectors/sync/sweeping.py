"""A sender names every key that is alive: what it does not name is gone, unless it suddenly names much less than before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.events import deletions
from connectors.models import Interface, InterfaceState, MessageState, SyncRun
from qms import journal
from qms.api.parsers import parse
from qms.api.problems import Fault, Malformed
from qms.lib.clock import now
from qms.lib.errors import Conflict, Refusal
from qms.masterdata import upsert
from qms.masterdata.specs import SPECS

from . import masters, members, stages, store, vanishing
from .push import PREFIX, closed, fresh, keep, settle


@dataclass(frozen=True)
class Answer:
    alive: int
    gone: int
    run: str = ""


@dataclass(frozen=True)
class Told:
    """`as_of`: when the sender made its list; what came after it is not judged by it. `confirm`: how many may go."""

    keys: list[str]
    as_of: dt.datetime
    confirm: int | None


def receive(*, interface: Interface, object: str, body: bytes, headers: Mapping[str, str], by: Any) -> Answer:
    """Raises Conflict when too much would go, or when the interface is not live: a list is good for its moment only."""
    message = keep(interface, f"{PREFIX}{object}.sweep", body, headers, by)
    try:
        told = read(parse(body))
        masters.check(interface, object)
        check_live(interface, object)
        with transaction.atomic():
            answer = _sweep(interface, object, told, message, by)
            settle(message, MessageState.APPLIED)
    except Refusal as refusal:
        settle(message, MessageState.REJECTED, str(refusal))
        raise
    return answer


def check_live(interface: Interface, object: str) -> None:
    why = closed(interface)
    if not why and interface.mode != "live":
        why = _("The interface only observes; nothing is written.")
    if not why and stages.stage_of(interface, object) != "live":
        why = _("The flow of %(object)s is not live; nothing is written.") % {"object": object}
    if why:
        raise Conflict(why, hint=_("Send a new list of keys when it is live."), code="interface_closed")


def read(value: Any) -> Told:
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(members.identity({"external_id": key}) for key in keys):
        raise _wrong("/keys", _("keys must list the external_id of every live object."))
    confirm = value.get("confirm")
    if confirm is not None and (not isinstance(confirm, int) or isinstance(confirm, bool) or confirm < 0):
        raise _wrong("/confirm", _("confirm is the number of objects that may go."))
    try:
        as_of = now() if value.get("as_of") is None else dt.datetime.fromisoformat(value["as_of"])
    except (TypeError, ValueError) as error:
        raise _wrong("/as_of", _("as_of is not a time with its offset.")) from error
    if as_of.tzinfo is None:
        raise _wrong("/as_of", _("as_of is not a time with its offset."))
    return Told([members.identity({"external_id": key}) for key in keys], min(as_of, now()), confirm)


def _wrong(pointer: str, text: str) -> Malformed:
    return Malformed(text, status=422, code="invalid", faults=[Fault(pointer, text)])


def _sweep(interface: Interface, object: str, told: Told, message: Any, by: Any) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"push:{interface.pk}"])
    later = SPECS[object].model.objects.live().filter(source=interface.code, synced_at__gt=told.as_of)
    spared = set(later.values_list("external_id", flat=True))
    gone = [
        row for row in upsert.not_among(object=object, source=interface.code, alive=told.keys) if row[0] not in spared
    ]
    _guard(object, len(gone), len(set(told.keys)), told.confirm)
    run = SyncRun.objects.create(interface=interface, message=message, full=True, started_by=by.actor().name[:120])
    if gone:
        target, tally = store.Target(run, object, interface.code, None, first=False), store.Tally()
        store.note_gone(target, object, sorted(gone), tally)
        store.store_gone(target, [key for key, _number in gone], tally)
    with journal.act(deletions.SWEPT, by=by) as act:
        act.record(
            interface,
            deletions.Swept(interface.code, object, len(told.keys), len(gone), told.confirm is not None, str(run.uid)),
        )
    SyncRun.objects.filter(pk=run.pk).update(finished_at=Now())
    InterfaceState.objects.update_or_create(interface=interface, defaults={"succeeded_at": Now()})
    fresh(interface.code, object)
    return Answer(len(set(told.keys)), len(gone), str(run.uid))


def _guard(object: str, gone: int, alive: int, confirm: int | None) -> None:
    """The mass-deletion guard; `confirm` must be the very count, so that a script cannot confirm in advance."""
    if not vanishing.is_much(object, gone, alive) or confirm == gone:
        return
    words = {"object": object, "gone": gone, "all": alive + gone}
    raise Conflict(
        _("The list would delete %(gone)s of %(all)s %(object)s, so nothing was deleted.") % words,
        hint=_("If that is right, send the list again with “confirm”: %(gone)s.") % words,
        code="vanishing",
    )
