"""Marks on their way: a supplier block or a usage decision is set, read back, and told like a posting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Adapter, Exchange, MarkIntent, Marks, Permanent
from connectors.messages import PostingResult
from qms.commands.choices import LIFTS, MARKS, SHIPMENTS, Kind
from qms.commands.models import Posting


def intent(posting: Posting, of: str) -> MarkIntent:
    return MarkIntent(
        name=MARKS[Kind(posting.kind)],
        reference=posting.reference,
        of=of,
        number=posting.subject,
        is_on=posting.kind not in LIFTS,
        value=posting.code if posting.kind == Kind.DECISION else "",
    )


def order_of(posting: Posting) -> str:
    """Blocks of one supplier or shipment keep their order whatever record asks for them, so that an old one never undoes a new one."""
    if posting.kind in SHIPMENTS:
        return f"shipment:{posting.marks}"
    return f"supplier:{posting.supplier_id}" if posting.supplier_id and posting.is_mark else ""


def exchange(
    adapter: Adapter, asked: MarkIntent, settings: Mapping[str, Any], *, taking_back: bool
) -> Exchange[PostingResult | None]:
    """What stands there after it; None when it was taken back. A decision is never taken back: a person is asked."""
    if not isinstance(adapter, Marks):
        raise Permanent("unsupported", f"This ERP takes no {asked.name} from us.")
    if taking_back and asked.value:
        raise Permanent("unsupported", "A usage decision cannot be taken back from here.")
    is_on = asked.is_on != taking_back
    row = yield from adapter.mark(asked.name, asked.of, settings, is_on=is_on, value=asked.value)
    if taking_back:
        return None
    told = {"of": asked.of, "row": {key: str(value) for key, value in row.items()}}
    return PostingResult(document_number=asked.number, external_id=asked.of, state="marked", read_back=told)
