"""The shape of an adapter: it yields the calls that it wants made and is sent the replies. It opens no socket.

    def pull(...) -> Exchange[Page]:
        reply = yield Call("GET", "/items")
        return Page(...)

`connectors.http.run` drives such an exchange against a server; a test can drive it with recorded replies.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from connectors.messages import DocumentFound, MirrorRecord, PostingIntent, PostingResult

T = TypeVar("T")
Settings: TypeAlias = Mapping[str, Any]
# What may be asked of an ERP, and how far it goes: it refuses to use what is held (enforced), it only shows it (advisory), or it
# does not know such a thing (none).
WRITE_BACKS = (
    "hold",
    "release",
    "scrap",
    "return",
    "regrade",
    "lot_block",
    "supplier_block",
    "usage_decision",
    "shipment_block",
)
LEVELS = ("enforced", "advisory", "none")


@dataclass(frozen=True)
class Call:
    """One request. `path` starts with a slash and is relative to the connection's base address.

    `is_secret`: neither body may be kept (a sign-in)."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_secret: bool = False


@dataclass(frozen=True)
class Reply:
    """One answer; header names are in lower case, the body is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Exchange: TypeAlias = Generator[Call, Reply, T]


@dataclass(frozen=True, kw_only=True)
class MarkIntent:
    """One mark that the ERP is asked to set on one of its rows and to show: `name` is one of WRITE_BACKS, `of` the ERP's key,
    `value` the decision. Setting it twice is setting it once."""

    name: str
    reference: str
    of: str
    number: str
    is_on: bool = True
    value: str = ""

    @property
    def keys(self) -> dict[str, str | None]:
        return {"of": self.of}


class ConnectorError(Exception):
    """An anticipated failure. `code` is stable, `message` is a sentence for a person.

    `permanent`: trying again without a change by a person cannot help."""

    permanent = False

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.retry_after = code, message, retry_after


class Temporary(ConnectorError):
    """Try again later; `retry_after` is in seconds where the other side named a time."""


class Permanent(ConnectorError):
    permanent = True


@dataclass(frozen=True)
class BadRow:
    """A row that could not be understood: it is shown to a person and never stops the rows behind it."""

    external_id: str
    problem: str
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Page:
    """Some records, and where to go on. Store `cursor` with the records, in one transaction.

    `more`: call again at once. When it is False the cursor is the starting point of the next run."""

    records: tuple[MirrorRecord, ...]
    cursor: str
    more: bool
    bad: tuple[BadRow, ...] = ()
    gone: tuple[str, ...] = ()  # keys that the other side tells as deleted or renamed, where it tells such things
    notes: tuple[str, ...] = ()  # what a person should know about the reading, such as a field that is not there


@dataclass(frozen=True)
class KeyPage:
    """External ids of everything that is alive, for finding what was deleted; `after` is None on the last page."""

    keys: tuple[str, ...]
    after: str | None


@dataclass(frozen=True)
class DocumentPage:
    """Documents that carry our references; `after` is None on the last page."""

    documents: tuple[DocumentFound, ...]
    after: str | None


@dataclass(frozen=True)
class Finding:
    """One line of a connection test."""

    name: str
    ok: bool
    detail: str = ""


class Adapter(Protocol):
    """One kind of system. Errors: `Temporary`, `Permanent`."""

    objects: tuple[str, ...]  # in the order of their dependencies
    snapshots: frozenset[str]  # read whole each time; what is no longer told is gone
    capabilities: Mapping[str, str]  # what this kind of system has: "pulled", or why an object is not read
    write_backs: Mapping[str, str]  # how far each of WRITE_BACKS goes: one of LEVELS

    def pull(self, object_name: str, cursor: str | None, settings: Settings) -> Exchange[Page]:
        """One page of what changed; `cursor` None reads everything."""

    def read_one(self, object_name: str, external_id: str, settings: Settings) -> Exchange[MirrorRecord | None]:
        """The record as it stands now; None when it is gone."""

    def keys(self, object_name: str, after: str | None, settings: Settings) -> Exchange[KeyPage]:
        """The ids of all rows, page by page: deletions leave no other trace."""

    def post(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult]:
        """Carry out a movement exactly once, however often it is called with the same reference."""

    def cancel(self, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult | None]:
        """Take the movement back before it is posted. None: nothing stands there any more; else what was posted."""

    def probe(self, settings: Settings) -> Exchange[tuple[Finding, ...]]:
        """Whether address, account and settings are good."""


@runtime_checkable
class Marks(Protocol):
    """An adapter that sets marks (a supplier block, a usage decision) and reads them back."""

    def mark(
        self, name: str, of: str, settings: Settings, *, is_on: bool = True, value: str = ""
    ) -> Exchange[Mapping[str, Any]]:
        """The row as it stands after it. Raises Permanent "differs" where the ERP says otherwise than was asked."""


@runtime_checkable
class TellsDocuments(Protocol):
    """An adapter that can also list what was posted under our references: then it is proved once a night that each posting
    stands there once, and never twice."""

    def documents(self, stems: tuple[str, ...], after: str | None, settings: Settings) -> Exchange[DocumentPage]:
        """Documents that are not cancelled and whose reference begins with one of `stems`, page by page."""
