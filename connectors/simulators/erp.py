"""`python -m connectors.simulators.erp --port 8322 --key-file FILE --store FILE`: a small ERP with a REST API and a fault panel.

GET  /api/{object}?limit=&after=&changed_since=&{field}=      {"data": [...]}, by id
GET  /api/{object}/{id}                                       {"data": {...}}
POST /api/documents        {"kind", "reference", "item", "lot", "quantity", "unit"}   201; twice makes two
POST /api/usage-decisions  {"id", "code"}                     once for each lot
PATCH /api/lots/{id}, /api/suppliers/{id}, /api/shipments/{id}  {"blocked": true}
"""

from __future__ import annotations

import argparse
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.simulators import page
from connectors.simulators.books import PLANT, Books, Refused
from connectors.simulators.faults import ANSWERS, Faults
from connectors.simulators.server import Answer, Asked, Log, as_json, serve

LIMIT, MOST = 200, 1000
APART = ("limit", "after", "changed_since", "latest")


class Erp:
    name = "erp"

    def __init__(self, books: Books, key: str, *, seed: int | None = None) -> None:
        self.books, self.key = books, key
        self.answers, self.log = Faults(ANSWERS, seed), Log()

    # --- the API ----------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        if not hmac.compare_digest(asked.headers.get("authorization", "").encode(), f"Bearer {self.key}".encode()):
            return as_json({"message": "This key is not known here."}, 401)
        parts = asked.path.strip("/").split("/")
        if parts[0] != "api" or not 2 <= len(parts) <= 3:
            return as_json({"message": f"{asked.path} is nothing here."}, 404)
        try:
            return self._answer(asked, parts[1], parts[2] if len(parts) > 2 else "")
        except Refused as why:
            return as_json({"message": why.message}, why.status)
        except ValueError as why:
            return as_json({"message": f"Not understood: {why}"}, 400)

    def _answer(self, asked: Asked, name: str, key: str) -> Answer:
        writes: dict[tuple[str, str, bool], Callable[[Any], Any]] = {
            ("POST", "documents", False): self.books.book,
            ("POST", "usage-decisions", False): self.books.decide,
        }
        write = writes.get((asked.method, name, bool(key)))
        if asked.method == "PATCH" and key:
            return as_json({"data": self.books.mark(name, key, _members(asked))})
        if write:
            return as_json({"data": write(_members(asked))}, 201)
        if asked.method != "GET":
            return as_json({"message": "This is not done here."}, 405)
        return as_json({"data": self.books.one(name, key) if key else self._list(name, asked.query)})

    def _list(self, name: str, query: Any) -> list[dict[str, Any]]:
        rows = self.books.rows(name)
        if query.get("latest"):
            return sorted(rows, key=lambda row: str(row.get("changed_at", "")))[-1:]
        after, since = query.get("after", ""), query.get("changed_since", "")
        wanted = {field: value for field, value in query.items() if field not in APART}
        found = [
            row for row in rows
            if row["id"] > after and str(row.get("changed_at", since)) >= since
            and all(str(row.get(field, "")) == value for field, value in wanted.items())
        ]  # fmt: skip
        limit = int(query.get("limit") or LIMIT)
        return sorted(found, key=lambda row: str(row["id"]))[: min(max(limit, 1), MOST)]

    # --- the panel --------------------------------------------------------------------------------------------------------

    def panel(self, asked: Asked) -> Answer:
        return page.answer(self, asked)

    def acts(self) -> dict[str, Callable[[dict[str, str]], Any]]:
        return {"receive": lambda told: self.books.receive()}

    def state(self) -> dict[str, Any]:
        documents = self.books.rows("documents")
        return {"documents": documents, "stock": self.books.rows("stock"), "suppliers": self.books.rows("suppliers")}


def _members(asked: Asked) -> Any:
    told = asked.content()
    if not isinstance(told, dict):
        raise Refused(422, "An object with members is expected.")
    return told


def main() -> None:
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("--port", type=int, default=8322)
    ask.add_argument("--key-file", type=Path, required=True)
    ask.add_argument("--store", type=Path, help="where documents are kept; without it they are forgotten at the end")
    ask.add_argument("--plant", type=Path, default=PLANT, help="master data and stock at the beginning")
    ask.add_argument("--seed", type=int, help="of the dice that draw faults")
    opt = ask.parse_args()
    serve(Erp(Books(opt.store, opt.plant), opt.key_file.read_text().strip(), seed=opt.seed), opt.port)


if __name__ == "__main__":
    main()
