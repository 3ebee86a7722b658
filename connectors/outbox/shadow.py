"""Outward in shadow: what would be sent is computed and shown, and nothing leaves. What was sent before goes on to its end."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.base import ConnectorError
from connectors.models import (
    COMMANDS_OUT,
    POSTINGS_OUT,
    Delivery,
    Direction,
    FlowStage,
    Interface,
    Kind,
    Shadow,
    Stage,
    Verdict,
)
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.quantity import show


def stage_of(interface: Interface, object: str, site_id: int | None) -> str:
    return FlowStage.objects.of(interface, Direction.OUT, object, site_id)


STEADY = "SELECT {}(hashtextextended(%s, 0))"


def steady(interface: Interface, *, changing: bool = False) -> None:
    """Until the end of the transaction: who asks for a posting shares this lock, who changes a stage holds it alone. So nobody
    asks by a stage that is gone by the time the posting is there. The stage is read after this, never before."""
    take = "pg_advisory_xact_lock" if changing else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(STEADY.format(take), [f"stage:{interface.pk}"])


def begins_as(posting: Posting, interface: Interface) -> str:
    """The state of its delivery. What was sent is never left between two systems, whatever its flow is now."""
    is_live = posting.sent_at is not None or stage_of(interface, POSTINGS_OUT, posting.site_id) == Stage.LIVE
    return "WAITING" if is_live else "SHADOW"


def keep_posting(posting: Posting, interface: Interface, intent_of: Any) -> None:
    """Once per posting, in its own transaction; the ERP is not asked for anything."""
    if stage_of(interface, POSTINGS_OUT, posting.site_id) != Stage.SHADOW:
        return
    told: dict[str, Any] = {"verdict": Verdict.SEND, "facts": facts_of(posting)}
    try:
        intent = intent_of(posting)
        told["facts"] |= intent.keys
    except ConnectorError as problem:
        told |= {"verdict": Verdict.REFUSE if problem.permanent else Verdict.WAIT, "problem": problem.message}
    Shadow.objects.get_or_create(
        interface=interface,
        reference=posting.reference,
        defaults={
            "direction": Direction.OUT, "object": POSTINGS_OUT, "site_id": posting.site_id,
            "subject": posting.record_number, **told,
        },
    )  # fmt: skip


@transaction.atomic
def kept_back(posting: Posting, delivery: Delivery, intent_of: Any) -> bool:
    """The flow went back after the delivery was made: it is kept with the others, and not sent."""
    steady(delivery.interface)
    if begins_as(posting, delivery.interface) != "SHADOW":
        return False
    keep_posting(posting, delivery.interface, intent_of)
    Delivery.objects.filter(pk=delivery.pk).update(state="SHADOW", lease_until=None)
    return True


def facts_of(posting: Posting) -> dict[str, Any]:
    if posting.is_mark:
        return {"kind": posting.kind, "of": posting.subject, "code": posting.code}
    return {
        "kind": posting.kind,
        "part": posting.item.number,
        "lot": posting.lot.number if posting.lot else "",
        "quantity": show(posting.quantity),
        "unit": posting.unit.number,
        "from": posting.from_place,
        "to": posting.to_place,
    }


def keep_commands(site_id: int, kind: str, purpose: str, subject: str, facts: dict[str, Any]) -> int:
    """One per interface that would be asked. Observed: counted, without what would be said."""
    kept = 0
    for interface in Interface.objects.filter(kind=Kind.MES, mode="live", site_id=site_id):
        stage = stage_of(interface, COMMANDS_OUT, site_id)
        if kind not in interface.takes or stage in (Stage.LIVE, Stage.OFF):
            continue
        Shadow.objects.get_or_create(
            interface=interface,
            reference=purpose[:60],
            defaults={
                "direction": Direction.OUT, "object": COMMANDS_OUT, "site_id": site_id, "subject": subject,
                "verdict": Verdict.SEND, "facts": {"kind": kind, **facts} if stage == Stage.SHADOW else {},
            },
        )  # fmt: skip
        kept += 1
    return kept


def hold_back(interface: Interface, site_id: int | None, intent_of: Any) -> int:
    """Back from live: postings that nobody has begun to send wait in shadow."""
    rows = Delivery.objects.filter(interface=interface, state="WAITING", posting__state="QUEUED", tries=0)
    if site_id:
        rows = rows.filter(posting__site=site_id)
    rows = rows.select_for_update(of=("self",)).select_related("posting__item", "posting__lot", "posting__unit")
    held = [row for row in rows if begins_as(row.posting, interface) == "SHADOW"]  # a site may be live by its own word
    Delivery.objects.filter(pk__in=[row.pk for row in held]).update(state="SHADOW", lease_until=None)
    for row in held:
        keep_posting(row.posting, interface, intent_of)
    return len(held)


def release(interface: Interface, site_id: int | None, since: Any, booked: dict[str, str]) -> int:
    """On going live: what was kept since then is sent, except what stands over there already (`booked`: reference → document).
    What is not sent is for a person to decide; else it would hold up every later posting of its record. `since` None: all."""
    rows = Delivery.objects.filter(interface=interface, state="SHADOW", posting__state="QUEUED")
    if site_id:
        rows = rows.filter(posting__site=site_id)
    sent = 0
    if since:
        wanted = rows.filter(made_at__gte=since).exclude(posting__reference__in=booked)
        sent = wanted.update(state="WAITING", next_at=Now(), lease_until=None)
    for row in rows.select_for_update(of=("self",)).select_related("posting").order_by("pk"):
        if document := booked.get(row.posting.reference):
            text = _("Kept in shadow; the ERP has it as document %(document)s. Record the document, signed.")
        else:
            text = _(
                "Kept in shadow and not sent when the flow went live. Try it again, record the document, or skip it."
            )
        commands.mark_failed(posting=row.posting, code="kept_in_shadow", problem=text % {"document": document})
        Delivery.objects.filter(pk=row.pk).update(state="DEAD", problem=text % {"document": document}, lease_until=None)
    return sent
