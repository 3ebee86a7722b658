"""Files of plans and of results: kept first, understood afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from qms.imports import columns, reading
from qms.imports.choices import DateFormat, DecimalSign, Encoding, Separator
from qms.lib.errors import Invalid
from qms.records import store
from qms.records.models import Attachment, Record

from ..calc.errors import CalcError
from ..formats import qdas, qif, sources
from ..models import NameMeaning
from ..queries.sampling import said

TABLES, QIF, QDAS = (".csv", ".txt", ".xlsx"), (".qif",), (".dfq", ".dfd")


@dataclass(frozen=True)
class Declared:
    """How a table is written; a file of QIF or Q-DAS says it itself."""

    encoding: str = Encoding.UTF8_BOM
    separator: str = Separator.COMMA
    decimal_sign: str = DecimalSign.POINT

    @property
    def dialect(self) -> columns.Dialect:
        return columns.Dialect(self.decimal_sign, DateFormat.ISO, "UTC")


def of_record(record: Record, uid: Any) -> Attachment:
    """The file of this very record. Raises Invalid."""
    found = Attachment.objects.filter(uid=uid, record_type=record._meta.label_lower, record_key=str(record.pk)).first()
    if found is None:
        raise Invalid(_("This file is not attached here."), field="file", hint=_("Upload it once more."))
    return found


def ending(file: Attachment) -> str:
    return PurePath(file.name).suffix.lower()


def rows_of(file: Attachment, declared: Declared) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a table with their line of the file. Raises FileRefused."""
    form = reading.Format(file.name, declared.encoding, declared.separator)
    content = io.BytesIO(store.original(file.sha256))
    reading.check(content, form)
    return reading.table(content, form)


def read_results(file: Attachment, values: Attachment | None, declared: Declared) -> sources.Sheet:
    """`values`: the DFX of a DFD. Raises Invalid that says place and reason; nothing of the file is read then."""
    kind = ending(file)
    try:
        if kind in QIF:
            return sources.of_qif(qif.read(store.original(file.sha256)))
        if kind in QDAS:
            more = store.original(values.sha256) if values else None
            return sources.of_qdas(qdas.read(store.original(file.sha256), more))
        if kind in TABLES:
            return sources.of_table((line, texts(line, cells)) for line, cells in rows_of(file, declared))
    except CalcError as error:
        raise said(error, "file") from error
    raise Invalid(
        _("%(name)s is no file of results.") % {"name": file.name},
        field="file",
        hint=_("Take CSV, XLSX, QIF, or Q-DAS (DFQ, or DFD with its DFX)."),
    )


def texts(line: int, cells: Iterable[Any]) -> list[str]:
    """Raises Invalid for a formula or an error of the spreadsheet: what it would show is not in the file."""
    cells = list(cells)
    for cell in cells:
        if isinstance(cell, (columns.Formula, columns.ErrorValue)):
            raise Invalid(
                _("Line %(line)s holds a formula or an error of the spreadsheet: %(text)s")
                % {"line": line, "text": cell.text[:60]},
                field="file",
                hint=_("Paste the values instead (Paste special → Values)."),
            )
    return [columns.plain_text(cell) for cell in cells]


def meanings(use: str, family: Any = None) -> dict[str, str]:
    """The saved mapping: name in files → what it means."""
    rows = NameMeaning.objects.filter(use=use, family=family)
    return dict(rows.values_list("name", "meaning"))


def learn(*, use: str, family: Any, told: dict[str, str], by: Any) -> None:
    """What a person mapped by hand is known from now on; inside the caller's act."""
    held = {row.name: row for row in NameMeaning.objects.filter(use=use, family=family, name__in=told)}
    for name, meaning in told.items():
        row = held.get(name)
        if row is None:
            NameMeaning.objects.create(use=use, family=family, name=name, meaning=meaning, by=by)
        elif row.meaning != meaning:
            row.meaning, row.by = meaning, by
            row.save(update_fields=["meaning", "by"])
