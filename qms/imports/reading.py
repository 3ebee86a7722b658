"""A file as rows of cells. Encoding and separator are declared; what does not fit them is refused, never guessed or replaced."""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

from .choices import SIGNS, Encoding, Separator
from .columns import ErrorValue, Formula, plain_text

MOST_BYTES = 25 * 1024 * 1024
MOST_ROWS = 50_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 120  # cells of a sheet pack to about a tenth; a bomb to a thousandth
MOST_PARTS = 500
MOST_COLUMNS = 100
IGNORED = {"_problem"}  # our own column of a sheet that was corrected and comes back
COMMENT = "#"
BOM = b"\xef\xbb\xbf"
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]+)\"")
ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
PIECE = 1024 * 1024


class FileRefused(Invalid):
    """The file as a whole; nothing of it is read."""

    def __init__(self, message: Any, *, hint: Any = "", field: str = "file") -> None:
        super().__init__(message, hint=hint, field=field, code="file_refused")


@dataclass(frozen=True)
class RawRow:
    """`number`: line of the file (CSV: of its last physical line), as a spreadsheet shows it."""

    number: int
    cells: dict[str, Any]
    extra: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(plain_text(cell).strip() for cell in self.cells.values())


@dataclass(frozen=True)
class Format:
    """Of CSV: encoding and separator as declared. `name` decides between CSV and XLSX."""

    name: str
    encoding: str = Encoding.UTF8_BOM
    separator: str = Separator.COMMA

    @property
    def is_sheet(self) -> bool:
        return self.name.lower().endswith(".xlsx")


def check(file: IO[bytes], form: Format) -> int:
    """What can be said of the file before its rows are read. Returns how many lines it has, headings included. Raises FileRefused."""
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise FileRefused(_("The file is empty."), hint=_("Save it again and upload it."))
    if size > MOST_BYTES:
        raise FileRefused(_("The file is larger than 25 MB."), hint=_("Split it into several files."))
    if form.is_sheet:
        return _check_sheet(file)
    if not form.name.lower().endswith((".csv", ".txt")):
        raise FileRefused(
            _("“%(name)s” is neither CSV nor XLSX.") % {"name": form.name},
            hint=_(
                "Save it as XLSX without macros, or as CSV. Old XLS files and files with macros (XLSM) are not taken."
            ),
        )
    return _check_text(file, form)


def rows(file: IO[bytes], form: Format, names: Iterable[str], required: Iterable[str]) -> Iterator[RawRow]:
    """The rows below the technical names. Raises FileRefused for headings that do not fit and for too many rows."""
    lines = table(file, form)
    heads, count = _heads(lines, list(names), list(required)), 0
    for number, cells in lines:
        if plain_text(cells[0] if cells else "").lstrip().startswith(COMMENT):
            continue
        found = {name: cells[i] if i < len(cells) else None for i, name in enumerate(heads) if name not in IGNORED}
        row = RawRow(number, found, extra=any(plain_text(cell).strip() for cell in cells[len(heads) :]))
        if row.is_empty and not row.extra:
            continue
        count += 1
        if count > MOST_ROWS:
            raise _too_many()
        yield row


def table(file: IO[bytes], form: Format) -> Iterator[tuple[int, list[Any]]]:
    """All rows with their line of the file, whatever their headings. Raises FileRefused."""
    return _sheet(file) if form.is_sheet else _text(file, form)


def _too_many() -> FileRefused:
    return FileRefused(
        _("The file has more than %(most)s rows.") % {"most": MOST_ROWS}, hint=_("Split it into several files.")
    )


def _heads(lines: Iterator[tuple[int, list[Any]]], names: list[str], required: list[str]) -> list[str]:
    """The row of technical names is the first or the second of the file."""
    known = {*names, *IGNORED}
    for _number, cells in _first(lines, 2):
        heads = [plain_text(cell).strip() for cell in cells[:MOST_COLUMNS]]
        while heads and not heads[-1]:
            heads.pop()
        if known & set(heads):
            _check_heads(heads, known, names, required)
            return heads
    raise FileRefused(
        _("The row of technical names is missing: neither the first nor the second row holds them."),
        hint=_(
            "Start from the template: headings in the first row, technical names in the second. For CSV, check the separator."
        ),
    )


def _first(lines: Iterator[tuple[int, list[Any]]], most: int) -> Iterator[tuple[int, list[Any]]]:
    for _turn in range(most):
        if (line := next(lines, None)) is None:
            return
        yield line


def _check_heads(heads: list[str], known: set[str], names: list[str], required: list[str]) -> None:
    if unknown := [head for head in heads if head not in known]:
        raise FileRefused(
            _("The column “%(name)s” is not known here.") % {"name": unknown[0]},
            hint=_("Columns of this import: %(names)s.") % {"names": ", ".join(names)},
        )
    if twice := [head for head in heads if heads.count(head) > 1]:
        raise FileRefused(
            _("The column “%(name)s” stands there twice.") % {"name": twice[0]}, hint=_("Delete one of them.")
        )
    if missing := [name for name in required if name not in heads]:
        raise FileRefused(
            _("The column “%(name)s” is missing.") % {"name": missing[0]},
            hint=_("Add it with its technical name; the template shows where."),
        )


# --- text ---


def _check_text(file: IO[bytes], form: Format) -> int:
    start = file.read(len(BOM))
    if form.encoding == Encoding.UTF8_BOM and start != BOM:
        raise FileRefused(
            _("The file does not begin with a byte order mark, but “UTF-8 with a byte order mark” was chosen."),
            hint=_("Choose the encoding that the file really has, and look at the preview."),
            field="encoding",
        )
    if form.encoding == Encoding.UTF8 and start == BOM:
        raise FileRefused(
            _("The file begins with a byte order mark, but “UTF-8 without” was chosen."),
            hint=_("Choose “UTF-8 with a byte order mark”."),
            field="encoding",
        )
    file.seek(0)
    number = 0
    for line in _decoded(file, form):
        number += 1
        if "\x00" in line:
            raise FileRefused(
                _("Line %(line)s holds a NUL: this is no text in the chosen encoding.") % {"line": number},
                hint=_("Choose the encoding that the file really has, or save it as CSV UTF-8."),
                field="encoding",
            )
    if number > MOST_ROWS * 2:
        raise _too_many()
    file.seek(0)
    return number


def _decoded(file: IO[bytes], form: Format) -> Iterator[str]:
    """Line by line, so that an undecodable byte can be named. A line feed never is part of another character in these encodings."""
    place = 0
    for number, line in enumerate(file, start=1):
        raw = line.removeprefix(BOM) if number == 1 and form.encoding == Encoding.UTF8_BOM else line
        try:
            yield raw.decode("utf-8" if form.encoding == Encoding.UTF8_BOM else form.encoding)
        except UnicodeDecodeError as wrong:
            at = place + (len(line) - len(raw)) + wrong.start
            raise FileRefused(
                _(
                    "Line %(line)s holds the byte 0x%(byte)s (byte %(place)s of the file), which does not exist in %(encoding)s."
                )
                % {
                    "line": number,
                    "byte": f"{raw[wrong.start]:02X}",
                    "place": at + 1,
                    "encoding": Encoding(form.encoding).label,
                },
                hint=_("Choose the encoding that the file really has. Nothing is replaced or left out."),
                field="encoding",
            ) from None
        place += len(line)


def _text(file: IO[bytes], form: Format) -> Iterator[tuple[int, list[Any]]]:
    file.seek(0)
    reader = csv.reader(_decoded(file, form), delimiter=SIGNS[Separator(form.separator)], strict=True)
    try:
        for cells in reader:
            yield reader.line_num, list(cells)
    except csv.Error as wrong:
        raise FileRefused(
            _("Line %(line)s is not CSV: %(why)s") % {"line": reader.line_num, "why": wrong},
            hint=_("Quotation marks inside a cell are doubled, and the cell stands in quotation marks."),
        ) from None


# --- sheets ---


def _check_sheet(file: IO[bytes]) -> int:
    if not zipfile.is_zipfile(file):
        raise FileRefused(
            _("This is no XLSX file, or it is protected by a password."),
            hint=_("Open it, remove the password and save it as XLSX."),
        )
    with readable(), zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
        _check_parts(parts)
        book = next((part for part in parts if part.filename == "xl/workbook.xml"), None)
        if book is None:
            raise FileRefused(_("This is a ZIP file, but no XLSX workbook."), hint=_("Save the table as XLSX."))
    file.seek(0)
    with opened(file) as workbook:
        sheet = _only_sheet(workbook)
        path = sheet._worksheet_path  # the part of the package that openpyxl reads
    file.seek(0)
    with readable(), zipfile.ZipFile(file) as packed:
        lines = _scan(packed, path.lstrip("/"))
    file.seek(0)
    return lines


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise FileRefused(_("The workbook holds macros."), hint=_("Save it as XLSX without macros."))
    unpacked = sum(part.file_size for part in parts)
    ratio = max((part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > PIECE), default=0)
    if unpacked > MOST_UNPACKED or ratio > MOST_RATIO or len(parts) > MOST_PARTS:
        raise FileRefused(
            _("The workbook unpacks to far more than a table needs; it is not opened."),
            hint=_("Copy the values into a new workbook, without formats, and save it as XLSX."),
        )


# What the reader of workbooks stumbles over in parts that no spreadsheet wrote: XML that is none or declares entities, unknown elements,
# a package that is cut short or whose sizes lie.
UNREADABLE = (
    *(KeyError, ValueError, OSError, SyntaxError, TypeError, AttributeError, IndexError, EOFError, RecursionError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)


@contextmanager
def readable() -> Iterator[None]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except (InvalidFileException, *UNREADABLE) as wrong:
        raise FileRefused(_("The workbook cannot be read."), hint=_("Save it again as XLSX.")) from wrong


class opened:
    """A workbook in reading mode: rows come one by one, memory stays flat."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __enter__(self) -> Any:
        import openpyxl

        if not openpyxl.DEFUSEDXML:
            raise RuntimeError("defusedxml is missing: a workbook of a stranger is not opened without it")
        with readable():
            self.book = openpyxl.load_workbook(self.file, read_only=True, data_only=False, keep_links=False)
        return self.book

    def __exit__(self, *problem: Any) -> None:
        self.book.close()


def _only_sheet(book: Any) -> Any:
    """The first visible sheet. A hidden one is named, because nobody sees what would be left out."""
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        raise FileRefused(
            _("The workbook has hidden sheets: %(names)s.") % {"names": ", ".join(hidden)},
            hint=_("Show or delete them: what is imported must be seen."),
        )
    if not book.worksheets:
        raise FileRefused(_("The workbook has no sheet with cells."), hint=_("Start from the template."))
    return book.worksheets[0]


def _scan(packed: zipfile.ZipFile, path: str) -> int:
    """Rows of the sheet, and whether cells are merged, from its XML as it streams by."""
    lines, rest, merged = 0, b"", None
    with packed.open(path) as part:
        while piece := part.read(PIECE):
            text = rest + piece
            cut = text.rfind(b"<")
            text, rest = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
            lines += len(ROW.findall(text))
            merged = merged or MERGED.search(text)
    merged = merged or MERGED.search(rest)
    if merged:
        raise FileRefused(
            _("Cells are merged: %(range)s.") % {"range": merged[1].decode()},
            hint=_("Unmerge them: every row must say by itself what it means."),
        )
    if lines > MOST_ROWS * 2:
        raise _too_many()
    return lines


def _sheet(file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    file.seek(0)
    with readable(), opened(file) as book:
        for number, cells in enumerate(_only_sheet(book).iter_rows(max_col=MOST_COLUMNS), start=1):
            found = [_cell(cell) for cell in cells]
            while found and found[-1] is None:
                found.pop()
            yield number, found


def _cell(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula(str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return ErrorValue(str(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value))
    return value
