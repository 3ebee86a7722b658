"""Rows of a transport that tell of the ERP's objects: each by the mapping becomes a member of a push, and goes its way.

`erp.items` and the like stand where a MES's rows have the type of their event. The raw file is kept, the members are kept as the
message of a push, and what becomes of each row is said as for every other row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from connectors import mapping
from connectors.inbox import raw
from connectors.inbox.apply import rules
from connectors.inbox.faults import explain
from connectors.mes_messages import Fault
from connectors.models import Interface, Stage
from connectors.sync import members, push, stages, sweeping
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import NotNow, Refusal

from .base import ENCODER, Bad, Content, Format, Row
from .outcome import Result, Whole, Wrong

COUNTS = {"created": "created", "updated": "updated", "unchanged": "repeated", "stale": "repeated"}
FLAGS = {"true": True, "false": False}


BY_NAME = "erp.*"  # the file's name begins with the object: items_20260504.csv


def is_object(kind: str) -> bool:
    return kind in members.TYPES


def check_on(interface: Interface, kind: str) -> None:
    """Raises NotNow while the flow of such rows is off: they stay where the sender put them, and none is lost."""
    object = members.TYPES.get(kind)
    if object and stages.stage_of(interface, object) == Stage.OFF:
        raise NotNow(
            _("The flow “%(type)s” is switched off here; what the sender has for it stays there untouched.")
            % {"type": object},
            hint=_("It is taken at the next look after the owner of the interface has switched the flow on."),
            code="flow_off",
            retry_after=stages.RETRY_AFTER,
        )


def of_file(form: Format, name: str) -> Format:
    """What this file tells. Raises Bad for a name that begins with no object."""
    if form.type != BY_NAME:
        return form
    low = name.lower()
    found = max((one for one in members.TYPES.values() if low.startswith(one)), key=len, default="")
    if not found:
        raise Bad("no_object", names=", ".join(sorted(members.TYPES.values())))
    return replace(form, type=f"{push.PREFIX}{found}")


def take(
    interface: Interface, content: Content, form: Format, *, whole: bool, headers: dict[str, str], by: Any,
    at: datetime | None = None,
) -> Result:  # fmt: skip
    """Every row by itself; with `whole` none when one would be refused (raises Whole). `at`: when it came, however late it is
    taken: what came after it is neither overwritten by it nor gone. Raises NotNow when the flow was switched off meanwhile."""
    at, result = at or now(), Result(notes=content.notes)
    given = list(_members(interface, content.rows, form, at, result))
    with transaction.atomic() if whole else nullcontext():
        is_live = True
        for start in range(0, len(given), push.MOST):
            is_live &= _pushed(interface, form, given[start : start + push.MOST], headers, by, result)
        if whole and result.wrong:
            raise Whole(result.wrong)
    if form.complete and is_live and not result.wrong:
        _swept(interface, form, [member for _row, member in given], at, headers, by, result)
    result.counts["refused"] = len(result.wrong)
    return result


Given = tuple[Row, dict[str, Any]]


def _members(interface: Interface, rows: list[Row], form: Format, at: datetime, result: Result) -> Iterator[Given]:
    terms = raw.terms(code=interface.code, message_type=form.type)
    shape = members.shape(members.TYPES[form.type])
    flags = {field.name for field in shape.fields if field.kind == "boolean"}
    zone, moment = ZoneInfo(terms.zone), canonical.instant(at)
    for row in rows:
        if row.fault:
            result.wrong.append(Wrong(row.number, *row.fault))
            continue
        mapped = mapping.apply(rules(terms.mapping), row.data) if terms.mapping else mapping.Mapped(dict(row.data))
        if mapped.troubles:
            told = " ".join(
                str(explain(Fault(f"/data{t.pointer}", t.code, got=t.value)).detail) for t in mapped.troubles
            )
            result.wrong.append(Wrong(row.number, mapped.troubles[0].pointer.removeprefix("/"), "row", {"text": told}))
            continue
        member = {name: _flag(value) if name in flags else value for name, value in mapped.fields.items()}
        if row.id:
            member.setdefault("external_id", row.id)
        member["changed_at"] = _aware(member.get("changed_at"), zone) or moment
        yield row, member


def _flag(told: Any) -> Any:
    return FLAGS.get(told, told) if isinstance(told, str) else told


def _aware(told: Any, zone: ZoneInfo) -> Any:
    """A time without an offset is in the zone of the interface; what is no time stays, and is refused as such."""
    if not isinstance(told, str) or not told:
        return told
    try:
        found = datetime.fromisoformat(told)
        return canonical.instant(found if found.tzinfo else found.replace(tzinfo=zone))
    except (ValueError, OverflowError):  # the year 1 east of Greenwich is before all time
        return told


def _pushed(
    interface: Interface, form: Format, given: list[Given], headers: dict[str, str], by: Any, result: Result
) -> bool:
    """Whether it was written; a message that is kept for later, or only observed, counts as waiting."""
    if not given:
        return True
    object, body = members.TYPES[form.type], ENCODER.encode([member for _row, member in given])
    try:
        answer = push.receive(interface=interface, object=object, body=body, headers=headers, by=by)
    except NotNow:
        raise
    except Refusal as refusal:
        result.wrong += [Wrong(row.number, "", "row", {"text": str(refusal)}) for row, _member in given]
        return False
    if not answer.results:
        result.counts["waiting"] = result.counts.get("waiting", 0) + len(given)
    for one in answer.results:
        if one.status == "rejected":
            result.wrong.append(Wrong(given[one.index][0].number, "", "row", {"text": one.problem}))
        else:
            name = COUNTS[one.status] if answer.status == "applied" else "waiting"
            result.counts[name] = result.counts.get(name, 0) + 1
    return answer.status == "applied"


def _swept(
    interface: Interface, form: Format, given: list[dict[str, Any]], at: datetime, headers: dict[str, str], by: Any,
    result: Result,
) -> None:  # fmt: skip
    """The file named everything: what it does not name is gone, unless that is too much at once."""
    keys = [members.identity(member) for member in given]
    body = canonical.dumps({"keys": keys, "as_of": canonical.instant(at)}).encode()
    try:
        sweeping.receive(interface=interface, object=members.TYPES[form.type], body=body, headers=headers, by=by)
    except Refusal as refusal:
        result.wrong.append(Wrong(0, "", "row", {"text": _("Nothing was marked as gone: %(why)s") % {"why": refusal}}))


__all__ = ["BY_NAME", "check_on", "is_object", "of_file", "take"]
