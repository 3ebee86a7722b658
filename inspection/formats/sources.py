"""What a file of results says, whatever wrote it: named sources, each with its values in the order of the pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ..calc.errors import gettext_noop as _
from . import qdas, qif
from .errors import FormatError

# Headings of a table that are no characteristic; all other columns are one each.
SAMPLE, SERIAL = ("sample", "样本", "样品"), ("serial", "serial number", "序列号")
GAUGE, TIME = ("gauge", "gage", "量具"), ("measured at", "time", "测量时间")
SPECIAL = (*SAMPLE, *SERIAL, *GAUGE, *TIME)
MOST_PIECES = 100_000  # of a counted characteristic: more is no sample


@dataclass(frozen=True)
class Found:
    """A value as it was written. `piece`: 1 for the first of the file; `place`: where it stands there; `gauge`: as the file names it;
    `at`: when it was measured, by a clock whose zone the file may not say."""

    piece: int
    given: str
    place: str
    serial: str = ""
    gauge: str = ""
    at: datetime | None = None


@dataclass
class Source:
    """`label` names it for people and in the saved mapping; `names` are tried as balloon, then as name. `left`: values that are not
    taken, each with why. `is_counted`: pieces are told good or bad, without a value."""

    label: str
    names: tuple[str, ...]
    unit: str = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    found: list[Found] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    is_counted: bool = False


@dataclass
class Sheet:
    """`part` as the file names it; `unread`: keys that mean nothing here."""

    part: str
    sources: list[Source]
    unread: list[str] = field(default_factory=list)


def of_qdas(said: qdas.Document) -> Sheet:
    """One source for each characteristic; of several parts all of them, as the file numbers them."""
    parts = [name for one in said.parts if (name := one.number or one.name)]
    unread = [f"{key} ({count}×)" for key, count in said.unread.items()]
    return Sheet(", ".join(parts), [_of_qdas(one) for one in said.characteristics], unread)


def _of_qdas(one: qdas.Characteristic) -> Source:
    label = f"{one.number} {one.name}".strip() or f"K2001/{one.index}"
    made = Source(label, (one.number, one.name), one.unit, one.lower, one.upper)
    for number, value in enumerate(one.values, 1):
        piece = value.piece or number
        place = f"{label} #{piece}"
        if value.is_valid:
            made.found.append(Found(piece, str(value.value), place, gauge=value.gauge, at=value.time))
        else:
            made.left.append(f"#{piece}: {value.value} (K0002 {value.attribute})")
    made.is_counted = bool(one.counts) and not one.values
    for number, count in enumerate(one.counts, 1):
        _count(made, count, number)
    return made


def _count(made: Source, count: qdas.Count, number: int) -> None:
    """A count says which pieces are bad only where none is, or all are; otherwise it would have to be guessed."""
    errors, last = count.errors, made.found[-1].piece if made.found else 0
    if not made.is_counted or errors is None or errors not in (0, count.size) or last + count.size > MOST_PIECES:
        made.left.append(f"#{number}: {'–' if errors is None else errors}/{count.size} (K0020)")
        return
    given = "fail" if errors else "pass"
    for piece in range(last + 1, last + count.size + 1):
        made.found.append(Found(piece, given, f"{made.label} #{piece}", at=count.time))


def of_qif(said: qif.Document) -> Sheet:
    """Every result is a piece; a characteristic that one result measured several times takes several."""
    held: dict[str, Source] = {}
    for one in said.characteristics:
        names = (one.designator, one.name)
        label = " ".join(filter(None, names)) or one.key
        held[one.key] = Source(label, names, one.unit, one.lower, one.upper)
    base = 0
    for result in said.results:
        counts: dict[str, int] = {}
        serial = result.serials[0] if len(result.serials) == 1 else ""
        for row in result.rows:
            counts[row.characteristic] = counts.get(row.characteristic, 0) + 1
            _add(held[row.characteristic], row, base + counts[row.characteristic], serial)
        base += max(counts.values(), default=0)
    return Sheet(said.part, [one for one in held.values() if one.found or one.left])


def _add(source: Source, row: qif.Measured, piece: int, serial: str) -> None:
    place = f"{source.label} #{piece}"
    if row.value is not None:
        source.found.append(Found(piece, str(row.value), place, serial))
    elif row.verdict:
        source.found.append(Found(piece, {"passed": "pass", "failed": "fail"}[row.verdict], place, serial))
    else:
        source.left.append(f"#{piece}: {row.status or '–'}")


def of_table(rows: Iterator[tuple[int, Sequence[str]]]) -> Sheet:
    """The first row has the headings, every further one is a piece; an empty cell is no value. Raises FormatError."""
    _number, heads = next(rows, (1, ()))
    names = [head.strip() for head in heads]
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise FormatError("duplicate", _("The column “%(name)s” stands there twice."), name=twice[0])
    special = {at: name for at, name in enumerate(names) if name.casefold() in SPECIAL}
    sources = {at: Source(name, (name,)) for at, name in enumerate(names) if name and at not in special}
    if not sources:
        raise FormatError("empty", _("The first line names no characteristic: it holds the headings of the columns."))
    piece = 0
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            piece = _row(number, cells, special, sources, piece + 1)
    return Sheet("", list(sources.values()))


def _row(number: int, cells: Sequence[str], special: dict[int, str], sources: dict[int, Source], following: int) -> int:
    """Returns the piece that the row was of."""
    told = {name.casefold(): cells[at].strip() for at, name in special.items() if at < len(cells)}
    serial = next((text for name, text in told.items() if name in SERIAL), "")
    gauge = next((text for name, text in told.items() if name in GAUGE), "")
    at_text = next((text for name, text in told.items() if name in TIME), "")
    text = next((text for name, text in told.items() if name in SAMPLE), "") or str(following)
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise FormatError(
            "number", _("Line %(line)s: “%(text)s” is no number of a sample."), line=number, text=text[:40]
        )
    moment = _moment(number, at_text)
    for at, cell in enumerate(cells):
        if cell.strip() and at not in special:
            if at not in sources:
                raise FormatError("extra", _("Line %(line)s has a value below no heading."), line=number)
            sources[at].found.append(
                Found(int(text), cell.strip(), f"{number}/{sources[at].label}", serial, gauge, moment)
            )
    return int(text)


def _moment(number: int, text: str) -> datetime | None:
    """ISO, with or without its offset."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise FormatError(
            "time", _("Line %(line)s: “%(text)s” is no time (2026-01-31 14:05)."), line=number, text=text[:40]
        ) from None
