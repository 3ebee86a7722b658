"""The stages of an ERP's objects: what may be written, what is only compared, and what is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from connectors.models import Direction, FlowStage, InboxMessage, Interface, Shadow, Stage, Verdict
from qms.lib.errors import NotNow

RETRY_AFTER, SHOWN = 3600, 100


def stage_of(interface: Interface, object: str) -> str:
    return FlowStage.objects.of(interface, Direction.IN, object, interface.site_id)


def off(object: str) -> NotNow:
    return NotNow(
        _("The flow “%(type)s” is switched off here; the message was not taken and not kept.") % {"type": object},
        hint=_("Keep it and send it again when the owner of the interface has switched the flow on."),
        code="flow_off",
        retry_after=RETRY_AFTER,
    )


def keep(message: InboxMessage, object: str, results: Iterable[Any]) -> None:
    """What a pushed batch would have done, counted, with the first members that would not be as before."""
    told = list(results)
    counts = Counter(result.status for result in told)
    changed = [result for result in told if result.status != "unchanged"][:SHOWN]
    verdict = Verdict.CREATE if counts["created"] else Verdict.UPDATE if counts["updated"] else Verdict.WAIT
    if counts["rejected"]:
        verdict = Verdict.REFUSE
    facts = {"counts": dict(counts), "members": [[result.external_id, result.status] for result in changed]}
    problem = "\n".join(result.problem for result in changed if result.problem)[:2000]
    assert message.interface is not None
    Shadow.objects.get_or_create(
        message=message,
        defaults={
            "interface": message.interface, "site_id": message.site_id, "direction": Direction.IN, "object": object,
            "verdict": verdict, "facts": facts, "problem": problem,
        },
    )  # fmt: skip


def sorted_out(interface: Interface, objects: Iterable[str]) -> dict[str, list[str]]:
    """Objects by their stage, each in the order in which they are read."""
    told = FlowStage.objects.by_object(interface, Direction.IN, objects)
    found: dict[str, list[str]] = {stage.value: [] for stage in Stage}
    for object, stage in told.items():
        found[stage].append(object)
    return found
