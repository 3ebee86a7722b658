"""OData V2 and V4 as SAP speaks them: tokens against forged requests, pages that the server cuts, dates, tags of change.

A token is only good with the cookies that came with it, so both live as long as one exchange.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from connectors.adapters.described.description import Rows
from connectors.adapters.described.dialect import Answer, Ask, Row
from connectors.adapters.described.values import JOINT, text
from connectors.adapters.protocols.answers import at, encode, next_path, parse, plain, refuse, rows_of
from connectors.base import Call, Exchange, Permanent, Reply, Settings, Temporary

COOKIE = re.compile(r"(?:^|, ?)([^=;, ]+=[^;,]*)")
HELD = 3600  # seconds
ATTRIBUTES = ("expires", "path", "domain", "max-age", "samesite")


class OData:
    """Of an object's `source` "SERVICE/Set"; `more`: v4 (its root differs), expand, key_kinds. `headers`: the account."""

    keeps_limit = False  # a server may cut pages shorter than asked for

    def __init__(self, headers: Mapping[str, str], settings: Settings, memory: dict[str, Any]) -> None:
        self.account, self.settings, self.memory = dict(headers), settings, memory
        self.tokens: dict[str, tuple[str, str]] = {}  # of a service: token and cookies
        self.warnings: list[str] = []

    # --- reading --------------------------------------------------------------------------------------------------------

    def known(self, rows: Rows) -> Exchange[frozenset[str] | None]:
        """Out of $metadata, which is large and asked for once an hour: what the entity type has, and what it leads to."""
        held = f"{self.settings.get('base_url', '')} {rows.source}"
        if held not in self.memory or self.memory[held][0] < time.monotonic() - HELD:
            self.memory[held] = time.monotonic(), (yield from self._describe(rows))
        found: frozenset[str] = self.memory[held][1]
        return found

    def _describe(self, rows: Rows) -> Exchange[frozenset[str]]:
        service, _, name = rows.source.partition("/")
        reply = yield Call(
            "GET", f"{self.root(rows)}{service}/$metadata", {**self.account, "Accept": "application/xml"}
        )
        if reply.status != 200:
            self.refused(reply)
        try:
            tree = fromstring(reply.body, forbid_dtd=True)
        except (ParseError, ValueError) as error:
            raise Temporary("garbled_answer", "The description of the ERP's service is not XML.") from error
        kinds = {one.get("Name"): one for one in tree.iter() if one.tag.endswith("}EntityType")}
        sets = {one.get("Name"): one.get("EntityType") for one in tree.iter() if one.tag.endswith("}EntitySet")}
        kind = kinds.get(str(sets.get(name, "")).rpartition(".")[2])
        if kind is None:
            raise Permanent("unknown_object", f"The ERP's service {service} has no set {name}.")
        parts = ("}Property", "}NavigationProperty")
        return frozenset(str(one.get("Name")) for one in kind if one.tag.endswith(parts))

    def ask(self, rows: Rows, ask: Ask) -> Exchange[Answer]:
        here = ask.link or self.page(rows, ask)
        reply = yield Call("GET", here, {**self.account, "Accept": "application/json"})
        if ask.link and reply.status in (404, 410):  # the link has run out: go on behind the last key
            here = self.page(rows, ask)
            reply = yield Call("GET", here, {**self.account, "Accept": "application/json"})
        told = self.read(reply)
        found = told.get("value") if "value" in told else told.get("d", {}).get("results")
        link = told.get("@odata.nextLink") or told.get("d", {}).get("__next") or ""
        rows_found = rows_of(found, rows.source)
        return Answer(
            rows_found, next_path(link, here.partition("?")[0], self.settings.get("base_url", "")) if link else ""
        )

    def page(self, rows: Rows, ask: Ask) -> str:
        keys = rows.key.split("+")
        order = f"{rows.stamp} desc" if ask.is_latest else ",".join(f"{key} asc" for key in keys)
        conditions = [rows.where] if rows.where else []
        if ask.since:
            conditions.append(f"{rows.stamp} ge {self.moment(rows, ask.since)}")
        if ask.after:
            conditions.append(behind(keys, ask.after.split(JOINT)))
        if ask.within:
            conditions.append(within(ask.within[0].split("+"), ask.within[1]))
        query = {"$top": str(ask.limit), "$orderby": order, "$format": "json", "$filter": " and ".join(conditions),
                 "$expand": ",".join(rows.more.get("expand", ())), "sap-client": text(self.settings.get("client"))}  # fmt: skip
        asked = {name: value for name, value in query.items() if value}
        return f"{self.root(rows)}{rows.source}?{urlencode(asked, quote_via=quote)}"

    def moment(self, rows: Rows, since: dt.datetime) -> str:
        told = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        if rows.more.get("v4"):
            return told[:10] if rows.stamp_kind == "date" else f"{told}Z"
        if rows.stamp_kind == "digits":
            return since.astimezone(dt.UTC).strftime("'%Y%m%d%H%M%S'")
        return f"datetime'{told[:10]}T00:00:00'" if rows.stamp_kind == "date" else f"datetimeoffset'{told}Z'"

    def one(self, rows: Rows, key: str, fields: tuple[str, ...]) -> Exchange[Row | None]:
        found = yield from self.read_one(rows, key)
        return found[0] if found else None

    def read_one(self, rows: Rows, key: str) -> Exchange[tuple[Row, str] | None]:
        """The row and its tag of change."""
        query = {"$format": "json", "$expand": ",".join(rows.more.get("expand", ()))}
        asked = urlencode({name: value for name, value in query.items() if value}, quote_via=quote)
        path = f"{self.root(rows)}{rows.source}({pairs(rows.key.split('+'), key.split(JOINT))})?{asked}"
        reply = yield Call("GET", path, {**self.account, "Accept": "application/json"})
        if reply.status in (404, 410) and "html" not in reply.headers.get("content-type", ""):
            return None
        told = self.read(reply)
        row = told.get("d", told)
        return row, reply.headers.get("etag") or str(
            row.get("__metadata", {}).get("etag") or row.get("@odata.etag") or ""
        )

    def root(self, rows: Rows) -> str:
        return "/sap/opu/odata4/sap/" if rows.more.get("v4") else "/sap/opu/odata/sap/"

    # --- writing --------------------------------------------------------------------------------------------------------

    def call(self, told: Mapping[str, Any]) -> Exchange[Any]:
        """`source`, `body`; with `key` it changes that row, as it was read here, and never what another wrote meanwhile."""
        rows = Rows(source=told["source"], key=told.get("key", ""), more=told)
        if not told.get("of"):
            return (yield from self.send("POST", rows, rows.source, told["body"], {}))
        found = yield from self.read_one(rows, told["of"])
        if found is None:
            raise Permanent("not_found", f"The ERP has no {told['of']} in {rows.source}.")
        row, tag = found
        if all(row.get(name) == value for name, value in told["body"].items()):
            return row  # it is so already
        path = f"{rows.source}({pairs(rows.key.split('+'), told['of'].split(JOINT))})"
        return (yield from self.send("PATCH", rows, path, told["body"], {"If-Match": tag} if tag else {}))

    def send(self, method: str, rows: Rows, path: str, body: Any, headers: Mapping[str, str]) -> Exchange[Any]:
        service = rows.source.partition("/")[0]
        for is_again in (False, True):
            token, cookies = self.tokens.get(service) or (yield from self.fetch(rows, service))
            guarded = {"x-csrf-token": token, **({"Cookie": cookies} if cookies else {})}
            content = {"Content-Type": "application/json", "Accept": "application/json"}
            reply = yield Call(
                method, self.root(rows) + path, {**self.account, **guarded, **content, **headers}, encode(body)
            )
            wants_token = reply.headers.get("x-csrf-token", "").lower() == "required"
            if reply.status != 403 or not wants_token or is_again:
                break
            del self.tokens[service]  # it ran out; once more, with a new pair
        return self.read(reply)

    def fetch(self, rows: Rows, service: str) -> Exchange[tuple[str, str]]:
        reply = yield Call("GET", f"{self.root(rows)}{service}/", {**self.account, "x-csrf-token": "Fetch"})
        token = reply.headers.get("x-csrf-token", "")
        if reply.status != 200 or not token:
            self.refused(reply)
        told = COOKIE.findall(reply.headers.get("set-cookie", ""))
        cookies = "; ".join(one.strip() for one in told if one.partition("=")[0].strip().lower() not in ATTRIBUTES)
        self.tokens[service] = (token, cookies)
        return token, cookies

    def read(self, reply: Reply) -> Any:
        if reply.status not in (200, 201, 202, 204):
            self.refused(reply)
        if warning := reply.headers.get("sap-message"):
            self.warnings.append(plain(warning))  # it was done, and something is to be said about it
        return parse(reply) or {}

    def refused(self, reply: Reply) -> None:
        told = parse(reply) if "json" in reply.headers.get("content-type", "") else {}
        words = at(told, "error.message.value", "error.message")
        details = (
            (told or {}).get("error", {}).get("innererror", {}).get("errordetails", ())
            if isinstance(told, dict)
            else ()
        )
        more = [plain(one.get("message")) for one in details if plain(one.get("message")) != words]
        if reply.status == 428:
            raise Permanent("refused", "The ERP wants to know which version is changed, and told none.")
        refuse(reply, " ".join([words, *more]).strip())


def quoted(value: str) -> str:
    """A text of OData: opaque, leading zeros and blanks as they are."""
    return "'" + value.replace("'", "''") + "'"


def behind(keys: list[str], after: list[str]) -> str:
    """Keys that come behind a composite one, part by part."""
    ways = []
    for place, (key, value) in enumerate(zip(keys, after, strict=False)):
        same = [f"{name} eq {quoted(held)}" for name, held in zip(keys[:place], after[:place], strict=True)]
        ways.append(" and ".join([*same, f"{key} gt {quoted(value)}"]))
    return "(" + " or ".join(f"({way})" for way in ways) + ")"


def within(names: list[str], keys: tuple[str, ...]) -> str:
    each = (zip(names, key.split(JOINT), strict=False) for key in keys)
    return "(" + " or ".join("(" + " and ".join(f"{n} eq {quoted(v)}" for n, v in one) + ")" for one in each) + ")"


def pairs(names: list[str], values: list[str]) -> str:
    if len(names) == 1:
        return quote(quoted(values[0]), safe="'")
    return ",".join(f"{name}={quote(quoted(value), safe=chr(39))}" for name, value in zip(names, values, strict=False))
