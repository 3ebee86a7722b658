from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Commented:
    """`mentions`: keys of the accounts that the text names."""

    text: str
    comment: str
    mentions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Attached:
    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class RetentionSet:
    code: str
    years: int
    basis: str


@dataclass(frozen=True)
class Refused:
    """`what`: the table, or the record's number; `way`: api, page or database."""

    what: str
    way: str


RETENTION_SET = Event(
    "retention.set", _("Retention class %(code)s: %(years)s years from closure (%(basis)s)."), RetentionSet
)
DELETE_REFUSED = Event("record.delete_refused", _("An attempt to delete was refused: %(what)s."), Refused)


@dataclass(frozen=True)
class Read:
    """Of a record in a compartment. `way`: page, api or file."""

    number: str
    compartment: str
    way: str


READ = Event("record.read", _("%(number)s was read (%(compartment)s)."), Read)


@dataclass(frozen=True)
class FileRefused:
    """`verdict`: found, or not scanned; `why`: the scanner's own words."""

    name: str
    sha256: str
    size: int
    verdict: str
    why: str


@dataclass(frozen=True)
class Enclosed:
    """Codes of compartments; empty: none."""

    into: str
    out_of: str


ENCLOSED = Event(
    "record.enclosed",
    _("Export compartment: now %(into)s, before %(out_of)s."),
    Enclosed,
    words=(("into", (("", _("none")),)), ("out_of", (("", _("none")),))),
)
COMMENTED = Event("record.commented", _("Comment: %(text)s"), Commented)
ATTACHED = Event("record.attached", _("The file %(name)s was attached."), Attached)


FILE_REFUSED = Event(
    "record.file_refused", _("The file %(name)s was refused by the scanner (%(verdict)s)."), FileRefused
)


@dataclass(frozen=True)
class Exported:
    """`export`: uid of the bundle. `counted`: "object key n" for everything of the record that has n entries: sealed with this line,

    it proves that the bundle lacks none of them.
    """

    purpose: str
    export: str
    counted: list[str]


@dataclass(frozen=True)
class Ordered:
    records: str
    count: int
    purpose: str
    digest: str


@dataclass(frozen=True)
class Made:
    records: str
    count: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Ended:
    records: str
    why: str


@dataclass(frozen=True)
class Fetched:
    records: str
    sha256: str


@dataclass(frozen=True)
class TrailExported:
    purpose: str


EXPORTED = Event("record.exported", _("Exported as evidence: %(purpose)s"), Exported)
ORDERED = Event("export.ordered", _("An export of %(records)s was asked for: %(purpose)s"), Ordered)
MADE = Event("export.made", _("The export of %(records)s was made, SHA-256 %(sha256)s."), Made)
ENDED = Event("export.ended", _("The export of %(records)s ended: %(why)s"), Ended)
FETCHED = Event("export.fetched", _("The export of %(records)s was downloaded."), Fetched)
EXPIRED = Event("export.expired", _("The file of the export of %(records)s was removed; its SHA-256 stays."), Fetched)
TRAIL_EXPORTED = Event("trail.exported", _("The whole trail was exported: %(purpose)s"), TrailExported)


@dataclass(frozen=True)
class ReasonChanged:
    code: str


REASON_CREATED = Event("reason.created", _("The reason for change %(code)s can be chosen."), ReasonChanged)
REASON_RETIRED = Event("reason.retired", _("The reason for change %(code)s was retired."), ReasonChanged)
