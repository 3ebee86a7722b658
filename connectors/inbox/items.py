"""The events of a batch on their way: each stage knows more of one than the stage before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from connectors.models import MessageState
from connectors.routes import Context, Route
from qms.api import strict_json
from qms.api.parsers import malformed
from qms.api.problems import Malformed

from . import raw
from .apply import Outcome
from .arrival import Arrival
from .places import fit

MOST = 1000


@dataclass
class Item:
    """A member of the list as it came. `same`: the one before that it repeats; `named`: what could be read of a faulty one."""

    index: int
    start: int
    body: bytes
    id: str = ""
    same: Item | None = None
    refused: Malformed | None = None
    named: dict[str, str] = field(default_factory=dict)

    def refuse(self, why: Malformed, named: dict[str, str] | None = None) -> None:
        self.refused, self.named = why, named or self.named


@dataclass(frozen=True)
class Opened:
    """It is an event, and its sender may send it."""

    item: Item
    arrival: Arrival
    message: Any
    site_id: int | None
    sha256: str
    terms: raw.Terms

    @property
    def key(self) -> tuple[str, str]:
        return self.arrival.source, self.arrival.envelope.id


@dataclass
class Stored:
    """It has a row of its own in the inbox, and later an outcome."""

    opened: Opened
    row: raw.Row
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Ready:
    """Nothing stands in the way of applying it."""

    stored: Stored
    route: Route
    message: Any
    context: Context

    @property
    def row(self) -> raw.Row:
        return self.stored.row

    @property
    def defect(self) -> tuple[str, str]:
        """The defect that it tells of, as records keep it and as later messages call it."""
        name = getattr(self.message, "defect_id", "") or self.stored.opened.arrival.envelope.id
        return self.context.source, fit(name, 120)

    @property
    def is_open(self) -> bool:
        return self.stored.outcome is None

    @property
    def has_made(self) -> bool:
        """A record that was not there before."""
        found = self.stored.outcome
        return found is not None and found.state == MessageState.APPLIED and not found.is_update

    def settle(self, outcome: Outcome) -> None:
        self.stored.outcome = outcome


def split(body: bytes) -> list[Item]:
    """Each member of the list with its own bytes. Raises Malformed."""
    items: list[Item] = []
    end = 0
    for index, one in enumerate(_members(body)):
        start = body.index(one, end)
        end = start + len(one)
        items.append(Item(index, start, one))
    return items


def _members(body: bytes) -> list[bytes]:
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(strict_json.Bad("not_utf8", at=str(error.start))) from None
    try:
        found = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise Malformed(
            _("The body is not a list of events."),
            status=422,
            code="not_a_list",
            hint=_("Send a JSON array of CloudEvents, or one event to mes/events."),
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(strict_json.Bad("malformed", at=str(error).rpartition(" ")[2].strip("()"))) from None
    if len(found) > MOST:
        raise Malformed(
            _("The batch holds %(count)s events.") % {"count": len(found)},
            status=413,
            code="too_many",
            hint=_("Send at most %(most)s in one request.") % {"most": MOST},
        )
    return [bytes(one) for one in found]
