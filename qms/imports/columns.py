"""Columns of a template and what their cells may say. A cell is text, or a typed value of an XLSX cell."""

import datetime
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.lib.quantity import STEP, show

from .choices import PATTERNS, DateFormat, DecimalSign
from .problems import Said

YES, NO = {"yes", "y", "true", "1", "是", "ja", "x"}, {"no", "n", "false", "0", "否", "nein"}
TIMES = ("%H:%M:%S", "%H:%M")
LARGEST = Decimal(10) ** 14
KIND_WORDS = {
    "text": _("Text"),
    "number": _("Number"),
    "date": _("Date"),
    "moment": _("Date and time"),
    "yes": _("Yes or no"),
}


@dataclass(frozen=True)
class Column:
    """`name`: technical, stable, the heading that counts. `choices`: (code, label) pairs; both are taken."""

    name: str
    label: Any
    explain: Any
    kind: str = "text"
    required: bool = False
    most: int = 200
    example: str = ""
    choices: Iterable[tuple[str, Any]] = ()
    least: str = ""  # "zero": not negative, "above": above zero
    past: bool = False
    lines: bool = False  # text of several lines


@dataclass(frozen=True)
class Formula:
    text: str


@dataclass(frozen=True)
class ErrorValue:
    text: str


@dataclass(frozen=True)
class Dialect:
    """What was declared for the file."""

    decimal_sign: str
    date_format: str
    timezone: str

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Wrong(Exception):
    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def read(column: Column, cell: Any, dialect: Dialect) -> tuple[Any, Said | None]:
    """(value, problem): one of the two is None; an empty cell that may be empty is (None, None), of text ("", None)."""
    try:
        value = _read(column, cell, dialect)
    except Wrong as wrong:
        return None, Said(wrong.code, column.name, wrong.params)
    if value in (None, "") and column.required:
        return None, Said("missing", column.name)
    return value, None


def _read(column: Column, cell: Any, dialect: Dialect) -> Any:
    if isinstance(cell, Formula):
        raise Wrong("formula", text=cell.text[:60])
    if isinstance(cell, ErrorValue):
        raise Wrong("error_value", text=cell.text[:20])
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return "" if column.kind == "text" else None
    if isinstance(cell, str):
        cell = cell.strip()
        if cell.startswith(("=", "＝")):
            raise Wrong("formula", text=cell[:60])
    return READERS[column.kind](column, cell, dialect)


def plain_text(cell: Any) -> str:
    """What a person sees in the cell."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return show(cell)
    if isinstance(cell, (Formula, ErrorValue)):
        return cell.text
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell if cell is not None else "")


def _text(column: Column, cell: Any, dialect: Dialect) -> str:
    text = unicodedata.normalize("NFC", plain_text(cell))
    allowed = "\n\r\t" if column.lines else ""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cs", "Co") and sign not in allowed:
            raise Wrong("control_character", sign=f"U+{ord(sign):04X}")
    if len(text) > column.most:
        raise Wrong("too_long", length=len(text), most=column.most)
    return _among(column, text.replace("\r\n", "\n")) if column.choices else text.replace("\r\n", "\n")


def _among(column: Column, text: str) -> str:
    """A code or its label in either language, whatever the case."""
    from django.conf import settings
    from django.utils import translation

    for code, label in column.choices:
        names = {code.casefold()}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                names.add(str(label).casefold())
        if text.casefold() in names:
            return code
    raise Wrong("not_among", text=text[:60], allowed=", ".join(code for code, _label in column.choices))


def _number(column: Column, cell: Any, dialect: Dialect) -> Decimal:
    text = plain_text(cell)
    value = cell if isinstance(cell, Decimal) else _decimal(text, dialect)
    if value != value.quantize(STEP) or abs(value) >= LARGEST:
        raise Wrong("too_many_places", text=text[:60])
    if column.least and value < 0:
        raise Wrong("negative", text=text[:60])
    if column.least == "above" and value == 0:
        raise Wrong("not_above_zero", text=text[:60])
    return value


def _decimal(text: str, dialect: Dialect) -> Decimal:
    sign, other = (",", ".") if dialect.decimal_sign == DecimalSign.COMMA else (".", ",")
    digits = text.replace(sign, ".", 1)
    bare = digits.removeprefix("-").replace(".", "", 1)
    try:
        if other in text or not bare.isascii() or not bare.isdigit() or len(bare) > 30:
            raise InvalidOperation
        return Decimal(digits)
    except InvalidOperation:
        raise Wrong("not_a_number", text=text[:60], sign=sign) from None


def _date(column: Column, cell: Any, dialect: Dialect) -> datetime.date:
    if isinstance(cell, datetime.datetime):
        found = cell.date()
    elif isinstance(cell, datetime.date):
        found = cell
    else:
        found = _parsed(plain_text(cell), [PATTERNS[DateFormat(dialect.date_format)]], dialect).date()
    if column.past and found > now().date():
        raise Wrong("in_future", text=found.isoformat())
    return found


def _parsed(text: str, patterns: Iterable[str], dialect: Dialect) -> datetime.datetime:
    for pattern in patterns:
        try:
            return datetime.datetime.strptime(text, pattern)  # noqa: DTZ007  the declared zone is added by the caller
        except ValueError:
            continue
    raise Wrong("not_a_date", text=text[:60], format=DateFormat(dialect.date_format).label)


def _moment(column: Column, cell: Any, dialect: Dialect) -> datetime.datetime:
    """Aware, UTC. A time with its own offset is taken as it says; others stand in the declared zone; a bare day is its midnight."""
    found = cell if isinstance(cell, datetime.datetime) else _moment_of(plain_text(cell), dialect)
    if found.tzinfo is None:
        found = _in_zone(found, dialect)
    found = found.astimezone(datetime.UTC)
    if column.past and found > now():
        raise Wrong("in_future", text=plain_text(cell))
    return found


def _moment_of(text: str, dialect: Dialect) -> datetime.datetime:
    day = PATTERNS[DateFormat(dialect.date_format)]
    try:
        found = datetime.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    patterns = [f"{day} {time}" for time in TIMES] + [day]
    if day == PATTERNS[DateFormat.ISO]:
        patterns += [f"{day}T{time}" for time in TIMES]
    return _parsed(text, patterns, dialect)


def _in_zone(naive: datetime.datetime, dialect: Dialect) -> datetime.datetime:
    early, late = (naive.replace(tzinfo=dialect.zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise Wrong("ambiguous_time", text=naive.isoformat(" "), zone=dialect.timezone)
    return early


def _yes(column: Column, cell: Any, dialect: Dialect) -> bool:
    if isinstance(cell, bool):
        return cell
    text = plain_text(cell).casefold()
    if text in YES or text in NO:
        return text in YES
    raise Wrong("not_yes_or_no", text=plain_text(cell)[:60])


READERS: dict[str, Callable[[Column, Any, Dialect], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "moment": _moment,
    "yes": _yes,
}


def shown(value: Any) -> str:
    """A value as text: for previews, differences and what is kept of a row."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return show(value)
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)
