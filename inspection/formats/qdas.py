"""Q-DAS ASCII transfer format (AQDEF): DFQ, or DFD with DFX.

Key lines `Kxxxx/i value`: K1xxx describe part i, K2xxx characteristic i. Characteristics are numbered through the whole file and belong to
the part before them. Values stand in lines (characteristics apart by 0x0F, fields by 0x14) or as keys K0001/i, K0004/i …. An index of 0
means all. Attribute 255 or 256: not valid, left out of statistics. Times have no offset: they are those of the machine.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation

from ..calc.errors import gettext_noop as _
from .errors import FormatError

BETWEEN, WITHIN = "\x0f", "\x14"
KEY = re.compile(r"K(\d{4})(?:/(\d+))?(?:[ \t](.*))?$")
TIME = "%d.%m.%Y/%H:%M:%S"
INVALID = (255, 256)
ATTRIBUTIVE, ERROR_LOG = "1", "6"


@dataclass
class Value:
    """One measured value; the texts as the machine sent them. The order of the fields is that of a value line. `piece`: which one of the
    file it was read from; an empty cell of a line is a piece without a value."""

    value: Decimal
    attribute: int = 0
    time: datetime | None = None
    event: str = ""
    batch: str = ""
    cavity: str = ""
    operator: str = ""
    machine: str = ""
    parameter: str = ""
    gauge: str = ""
    piece: int = field(default=0, compare=False)

    @property
    def is_valid(self) -> bool:
        return self.attribute not in INVALID


@dataclass
class Count:
    """Of an attributive characteristic: `errors` found in `size` units."""

    size: int
    errors: int | None = None
    time: datetime | None = None


@dataclass
class Part:
    """`keys` as they stand, "K1001" → text."""

    index: int
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.keys.get("K1001", "")

    @property
    def name(self) -> str:
        return self.keys.get("K1002", "")


@dataclass
class Characteristic:
    index: int
    part: int
    keys: dict[str, str] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.keys.get("K2001", "")

    @property
    def name(self) -> str:
        return self.keys.get("K2002", "")

    @property
    def unit(self) -> str:
        return self.keys.get("K2142", "")

    @property
    def nominal(self) -> Decimal | None:
        return self._number("K2101")

    @property
    def lower(self) -> Decimal | None:
        return self._number("K2110")

    @property
    def upper(self) -> Decimal | None:
        return self._number("K2111")

    def check(self) -> None:
        """Raises FormatError number: a nominal or a limit is none."""
        for key in ("K2101", "K2110", "K2111"):
            self._number(key)

    def _number(self, key: str) -> Decimal | None:
        text = self.keys.get(key, "").strip()
        return _decimal(text, f"{key}/{self.index}") if text else None


@dataclass
class Document:
    """`unread` are keys that mean nothing here, with how often they stood there: told, never dropped silently."""

    parts: list[Part] = field(default_factory=list)
    characteristics: list[Characteristic] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)


# Keys of a value and the field that they fill, in the order of a value line; the others of a line are not used by anyone here.
VALUE_KEYS = dict(
    zip(
        ("K0001", "K0002", "K0004", "K0005", "K0006", "K0007", "K0008", "K0009", "K0010", "K0012"),
        (one.name for one in fields(Value) if one.compare),
        strict=True,
    )
)
# Of attributive characteristics: the units looked at, and the errors found in them.
COUNT_KEYS = ("K0020", "K0021")


def read(data: bytes, values: bytes | None = None) -> Document:
    """`data` is a DFQ, or a DFD with `values` its DFX. Raises FormatError encoding, empty, line, index, number, time, truncated, ragged."""
    reader = _Reader()
    for number, line in _lines(data):
        reader.line(number, line)
    for number, line in _lines(values) if values is not None else ():
        reader.line(number, line)
    return reader.finished()


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Not str.splitlines: that would also break at bytes which are separators or text here."""
    for number, line in enumerate(_text(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if line.strip("\x1a \t"):
            yield number, line


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data:
        raise FormatError(
            "encoding",
            _("This is not the text of a Q-DAS file: it is UTF-16 or no text. Save it as UTF-8 or Windows-1252."),
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _decimal(text: str, place: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise FormatError("number", _("%(place)s: %(text)s is no number."), place=place, text=text)
    return value


def _whole(text: str, place: str) -> int:
    if not text.strip().isdecimal():
        raise FormatError("number", _("%(place)s: %(text)s is no number."), place=place, text=text)
    return int(text)


def _time(text: str, place: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), TIME)  # noqa: DTZ007 # the format has no offset
    except ValueError:
        raise FormatError(
            "time", _("%(place)s: %(text)s is no time (day.month.year/hours:minutes:seconds)."), place=place, text=text
        ) from None


class _Reader:
    def __init__(self) -> None:
        self.document = Document()
        self.parts: dict[int, Part] = {}
        self.characteristics: dict[int, Characteristic] = {}
        self.width = self.piece = 0

    def line(self, number: int, line: str) -> None:
        if found := KEY.match(line):
            key, index, text = f"K{found[1]}", found[2], (found[3] or "").strip(" \t")
            self.key(number, key, None if index is None else int(index), text)
        elif line[0] == "K" or not self.characteristics:
            raise FormatError("line", _("Line %(line)s is no line of a Q-DAS file."), line=number)
        else:
            self.value_line(number, line)

    def key(self, number: int, key: str, index: int | None, text: str) -> None:
        if key in VALUE_KEYS or key in COUNT_KEYS:
            for at, one in self.shared(number, key, index, text):
                self.value_key(number, key, at, one)
        elif key[1] in "128":
            self.described(number, key, 1 if index is None else index, text)
        elif index is None and key[1] == "0":
            self.document.header[key] = text
        else:
            self.leave(key)

    def leave(self, key: str) -> None:
        self.document.unread[key] = self.document.unread.get(key, 0) + 1

    def shared(self, number: int, key: str, index: int | None, text: str) -> list[tuple[Characteristic, str]]:
        """Who the text is for: of index 0, the texts of all, apart by 0x0F, or one for all."""
        if index:
            return [(self.known(number, index), text)]
        every, texts = list(self.characteristics.values()), text.split(BETWEEN)
        if len(texts) not in (1, len(every)):
            self.ragged(number, len(texts))
        return list(zip(every, texts * (len(every) if len(texts) == 1 else 1), strict=True))

    def known(self, number: int, index: int) -> Characteristic:
        if index not in self.characteristics:
            raise FormatError(
                "index", _("Line %(line)s: there is no characteristic %(index)s before it."), line=number, index=index
            )
        return self.characteristics[index]

    def described(self, number: int, key: str, index: int, text: str) -> None:
        """Index 0: all that are known by now."""
        every: Sequence[Part | Characteristic]
        if key[1] == "1":
            every = [self.parts.setdefault(index, Part(index))] if index else list(self.parts.values())
        elif index and key[1] == "2":
            owner = next(reversed(self.parts), 1)
            every = [self.characteristics.setdefault(index, Characteristic(index, owner))]
        else:
            every = [self.known(number, index)] if index else list(self.characteristics.values())
        for one in every:
            one.keys[key] = text
        if not every:
            self.leave(key)

    def value_key(self, number: int, key: str, of: Characteristic, text: str) -> None:
        place = f"{key}/{of.index} ({number})"
        if key == "K0001":
            of.values.append(Value(_decimal(text, place), piece=of.values[-1].piece + 1 if of.values else 1))
        elif key == "K0020":
            of.counts.append(Count(_whole(text, place)))
        elif key == "K0021" and of.counts:
            of.counts[-1].errors = _whole(text, place)
        elif key == "K0004" and of.counts and not of.values:
            of.counts[-1].time = _time(text, place)
        elif key in VALUE_KEYS and of.values:
            _fill(of.values[-1], VALUE_KEYS[key], text, place)
        else:
            raise FormatError("index", _("Line %(line)s: there is no value before it."), line=number)

    def value_line(self, number: int, line: str) -> None:
        every, cells = list(self.characteristics.values()), line.split(BETWEEN)
        if cells[-1] == "" and len(cells) == len(every) + 1:
            cells.pop()
        if len(cells) != len(every):
            self.ragged(number, len(cells))
        self.piece = 1 + max(self.piece, *(one.values[-1].piece for one in every if one.values), 0)
        for of, cell in zip(every, cells, strict=True):
            if cell:
                self.cell(number, of, cell)

    def cell(self, number: int, of: Characteristic, cell: str) -> None:
        texts = cell.split(WITHIN)
        self.width = self.width or len(texts)
        if len(texts) != self.width:
            raise FormatError(
                "ragged",
                _("Line %(line)s is cut off or damaged: a value has %(given)s fields instead of %(width)s."),
                line=number,
                given=len(texts),
                width=self.width,
            )
        place = f"{number}, K2000/{of.index}"
        if not texts[0].strip():
            return  # this piece was not measured here; the next value is of the next piece all the same
        value = Value(_decimal(texts[0], place), piece=self.piece)
        for name, text in zip(list(VALUE_KEYS.values())[1:], texts[1:], strict=False):
            _fill(value, name, text, place)
        of.values.append(value)

    def ragged(self, number: int, given: int) -> None:
        text = _(
            "Line %(line)s is cut off or damaged: it has values of %(given)s characteristics, the file has %(wanted)s."
        )
        raise FormatError("ragged", text, line=number, given=given, wanted=len(self.characteristics))

    def finished(self) -> Document:
        said = self.document
        if not self.characteristics:
            raise FormatError("empty", _("The file describes no characteristic."))
        if "K0100" in said.header:
            wanted = _whole(said.header["K0100"], "K0100")
            if wanted != len(self.characteristics):
                text = _(
                    "The file announces %(wanted)s characteristics and holds %(given)s: it is cut off or was edited."
                )
                raise FormatError("truncated", text, wanted=wanted, given=len(self.characteristics))
        if not self.parts:
            self.parts[1] = Part(1)
        said.parts, said.characteristics = list(self.parts.values()), list(self.characteristics.values())
        for one in said.characteristics:
            one.check()
        return said


def _fill(value: Value, name: str, text: str, place: str) -> None:
    if name == "attribute":
        value.attribute = _whole(text, place) if text.strip() else 0
    elif name == "time":
        value.time = _time(text, place)
    elif name != "value":
        setattr(value, name, text)


def write(document: Document) -> bytes:
    """A DFQ with key lines. Latin-1 where that can hold every text, UTF-8 with a mark otherwise. Raises FormatError text."""
    lines = [
        f"K0100 {len(document.characteristics)}",
        *(f"{key} {text}" for key, text in document.header.items() if key != "K0100"),
    ]
    for part in document.parts:
        lines += [f"{key}/{part.index} {text}" for key, text in part.keys.items()] or [
            f"K1000/{part.index} {part.index}"
        ]
        for one in document.characteristics:
            if one.part == part.index:
                lines += list(_written(one))
    if bad := next((line for line in lines if any(ord(sign) < 32 and sign != "\t" for sign in line)), None):
        raise FormatError("text", _("A text holds a control character and cannot be written: %(text)s"), text=repr(bad))
    text = "\r\n".join(lines) + "\r\n"
    try:
        data = text.encode("latin-1")
        # what reads as UTF-8 by accident would come back as other signs
        return data if data.isascii() or _text(data) == text else text.encode("utf-8-sig")
    except UnicodeEncodeError:
        return text.encode("utf-8-sig")


def _written(one: Characteristic) -> Iterator[str]:
    yield from (f"{key}/{one.index} {text}" for key, text in one.keys.items())
    for value in one.values:
        for key, name in VALUE_KEYS.items():
            content = getattr(value, name)
            if content not in ("", 0, None) or name == "value":
                yield f"{key}/{one.index} {content.strftime(TIME) if isinstance(content, datetime) else content}"
    for count in one.counts:
        yield f"K0020/{one.index} {count.size}"
        if count.errors is not None:
            yield f"K0021/{one.index} {count.errors}"
        if count.time is not None:
            yield f"K0004/{one.index} {count.time.strftime(TIME)}"
