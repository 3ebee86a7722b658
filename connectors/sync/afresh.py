"""The other side as it stands now, read whole and taken over nowhere: what a reconciliation compares with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors import http
from connectors.base import Page, Permanent, TellsDocuments
from connectors.messages import DocumentFound
from connectors.models import Interface
from connectors.registry import Connection, connected
from qms.masterdata.upsert import Row

from . import masters
from .rows import LINES, documents_of

Rows = dict[str, list[Row]]  # by object: of a document also its lines


class Afresh:
    """Raises Permanent or Temporary when the other side cannot be asked."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.line: Connection = connected(interface)
        not_ours = masters.foreign(interface)
        self.objects = [name for name in self.line.adapter.objects if name not in not_ours]
        self.lines = {name: [kind.object for kind in LINES.get(name, ())] for name in self.objects}

    def _ask(self, exchange: Any) -> Any:
        return http.run(exchange, base_url=self.line.base_url)

    def pages(self, object: str) -> Iterator[Rows]:
        cursor = None
        while True:
            page: Page = self._ask(self.line.adapter.pull(object, cursor, self.line.settings))
            yield _rows(object, page.records)
            if not page.more:
                return
            cursor = page.cursor

    def one(self, object: str, key: str) -> Rows:
        """The record alone, empty when it is gone."""
        record = self._ask(self.line.adapter.read_one(object, key, self.line.settings))
        return _rows(object, [record] if record else [])

    @property
    def tells_documents(self) -> bool:
        return isinstance(self.line.adapter, TellsDocuments)

    def documents(self, stems: tuple[str, ...]) -> Iterator[DocumentFound]:
        """Every document over there that carries a reference beginning with one of these."""
        adapter, after = self.line.adapter, None
        if not isinstance(adapter, TellsDocuments):
            raise Permanent("unsupported", "This connector cannot list documents by our references.")
        while True:
            page = self._ask(adapter.documents(stems, after, self.line.settings))
            yield from page.documents
            if page.after is None:
                return
            after = page.after


def _rows(object: str, records: Any) -> Rows:
    documents = documents_of(object, records)
    found: Rows = {object: [document.row for document in documents]}
    for kind in LINES.get(object, ()):
        found[kind.object] = [row for document in documents for row in document.lines.get(kind.object, ())]
    return found
