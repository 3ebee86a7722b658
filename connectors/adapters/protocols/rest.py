"""REST with JSON, where every door differs: paths, filters, paging and signing in are told in data.

    {"headers": {"Authorization": "token {rest_key}"}, "path": "/api/{source}", "rows": "data", "keeps_limit": true,
     "query": {"limit": "{limit}", "sort": "{key}"}, "since": {"updated_since": "{since}"}, "after": {"after": "{after}"},
     "within": {"{field}": "{values}"}, "latest": {"sort": "-{stamp}"}, "one": {"path": "/api/{source}/{key:url}", "row": ""},
     "filter": {"into": "filters", "wrap": "[{}]", "join": ","}, "next": "links.next", "error": "message", "stamp_format": "iso"}

`since`, `after` and `within` are members of the query; with `filter` they are texts that are joined into one member.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.adapters.described.description import Rows
from connectors.adapters.described.dialect import Answer, Ask, Row
from connectors.adapters.described.templates import fill
from connectors.adapters.described.values import Missing, text, walk
from connectors.adapters.protocols.answers import at, clock, encode, next_path, parse, refuse, rows_of
from connectors.base import Call, Exchange, Permanent, Reply, Settings

FORMATS = {
    "iso": lambda moment: moment.isoformat(),
    "utc": lambda moment: moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "naive": lambda moment: moment.replace(tzinfo=None).isoformat(sep=" "),
    "date": lambda moment: moment.date().isoformat(),
    "epoch": lambda moment: int(moment.timestamp()),
    "digits": lambda moment: moment.strftime("%Y%m%d%H%M%S"),
}
RULES = ("headers", "path", "rows", "keeps_limit", "query", "since", "after", "within", "latest", "one", "filter", "next",
          "page", "error", "stamp_format", "meta")  # fmt: skip


class Rest:
    """`rules` as above; what an object says itself (`more`) goes before them."""

    def __init__(self, rules: Mapping[str, Any], settings: Settings, zone: dt.tzinfo = dt.UTC) -> None:
        self.rules, self.settings, self.zone = rules, settings, zone
        self.keeps_limit = bool(rules.get("keeps_limit"))

    def known(self, rows: Rows) -> Exchange[frozenset[str] | None]:
        meta = self._of(rows, "meta")
        if not meta:
            return None
        told = yield from self.send("GET", fill(meta["path"], {"source": rows.source}))
        found = walk(meta["rows"], told)
        names = {text(one.get(meta["name"])) for one in rows_of(found, rows.source)}
        return frozenset(names | set(meta.get("always", ())))

    def ask(self, rows: Rows, ask: Ask) -> Exchange[Answer]:
        path = self.page(rows, ask)
        reply = yield Call("GET", path, self.headers())
        told = self.read(reply)
        found = rows_of(self.at(self._of(rows, "rows"), told), rows.source)
        if ask.is_latest and not self._of(
            rows, "latest"
        ):  # it cannot be asked for the latest change, so its clock counts
            return Answer([], "", clock(reply))
        return Answer(found, self.follow(rows, told, ask, path if found else None))

    def one(self, rows: Rows, key: str, fields: tuple[str, ...]) -> Exchange[Row | None]:
        told = self._of(rows, "one")
        if not told:
            raise Permanent("settings", f"The description does not say how one of {rows.source} is read.")
        path = fill(told["path"], {"source": rows.source, "key": key})
        reply = yield Call("GET", path, self.headers())
        if reply.status in (404, 410) and "html" not in reply.headers.get("content-type", ""):
            return None
        found = self.at(told.get("row", ""), self.read(reply))
        return found if isinstance(found, dict) else None

    def call(self, told: Mapping[str, Any]) -> Exchange[Any]:
        if "refuse" in told:
            raise Permanent(told["refuse"]["code"], told["refuse"]["message"])
        return (yield from self.send(told.get("method", "POST"), told["path"], told.get("body")))

    # --- calls ------------------------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None) -> Exchange[Any]:
        content = {} if body is None else {"Content-Type": "application/json"}
        reply = yield Call(method, path, {**self.headers(), **content}, b"" if body is None else encode(body))
        return self.read(reply)

    def headers(self) -> dict[str, str]:
        told = fill(dict(self.rules.get("headers", {})), self.settings)
        return {"Accept": "application/json", **{name: text(value) for name, value in told.items()}}

    def read(self, reply: Reply) -> Any:
        told = parse(reply)
        if reply.status not in (200, 201, 202, 204):
            self.refused(reply, told)
        return told

    def refused(self, reply: Reply, told: Any) -> None:
        refuse(reply, at(told, *str(self.rules.get("error", "message")).split("|")))

    def at(self, path: str, told: Any) -> Any:
        try:
            return walk(path or "", told)
        except Missing as missing:
            raise Permanent("unexpected", f"The ERP's answer has no {path}, where its rows should be.") from missing

    # --- pages ------------------------------------------------------------------------------------------------------------

    def page(self, rows: Rows, ask: Ask) -> str:
        """The address of a page; a next page that the ERP named is asked for as it said."""
        style = self._of(rows, "page")
        if ask.link and not style:
            return ask.link
        values = self._values(rows, ask)
        query = dict(fill(dict(self._of(rows, "query") or {}), values))
        if (
            style
        ):  # pages by their number: rows that move meanwhile may be missed, the comparison of all keys finds them
            query[style["into"]] = ask.link or style.get("first", 1)
        query |= dict(self._conditions(rows, ask, values))
        if ask.is_latest:
            query |= fill(dict(self._of(rows, "latest") or {}), values)
        path = text(fill(self._of(rows, "path") or rows.source, values))
        asked = {name: text(value) for name, value in query.items() if value not in ("", None)}
        return f"{path}?{urlencode(asked)}" if asked else path

    def _values(self, rows: Rows, ask: Ask) -> dict[str, Any]:
        since = FORMATS[self._of(rows, "stamp_format") or "iso"](ask.since.astimezone(self.zone)) if ask.since else ""
        return {
            "source": rows.source, "key": rows.key, "stamp": rows.stamp, "limit": ask.limit, "fields": list(ask.fields),
            "names": ",".join(ask.fields), "since": since, "after": ask.after,
            "field": ask.within[0] if ask.within else "", "values": list(ask.within[1]) if ask.within else [],
        }  # fmt: skip

    def _conditions(self, rows: Rows, ask: Ask, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        said = {"since": ask.since, "after": ask.after, "within": ask.within}
        told = [self._of(rows, name) for name, value in said.items() if value]
        where = list(rows.where) if isinstance(rows.where, list) else [rows.where] if rows.where else []
        style = self._of(rows, "filter")
        if style:
            parts = [text(fill(part, values)) for part in [*where, *(one for one in told if one)]]
            if parts:
                yield style["into"], style["wrap"].replace("{}", style["join"].join(parts))
            return
        for part in [*where, *(one for one in told if one)]:
            yield from ((text(fill(name, values)), fill(value, values)) for name, value in part.items())

    def follow(self, rows: Rows, told: Any, ask: Ask, here: str | None) -> str:
        """Where the next page stands, if it is not simply what comes behind the last key."""
        if style := self._of(rows, "page"):
            return str(int(ask.link or style.get("first", 1)) + 1) if here else ""
        path = self._of(rows, "next")
        try:
            link = text(walk(path, told)) if path and here else ""
        except Missing:
            return ""
        return next_path(link, here or "", self.settings.get("base_url", "")) if link else ""

    def _of(self, rows: Rows, name: str) -> Any:
        return rows.more.get(name, self.rules.get(name))
