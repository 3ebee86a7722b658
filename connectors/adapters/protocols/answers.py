"""What every protocol does with an answer: is it JSON at all, what do its status and its words mean."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from connectors.base import Permanent, Reply, Temporary

REFUSALS = {
    401: ("not_signed_in", "The ERP does not accept the account or key of this connection."),
    403: ("not_allowed", "The ERP does not let this account do that."),
    404: ("not_found", "The ERP does not know this address, object or record."),
}
TAG = re.compile(r"<[^>]+>")
LONGEST = 500


def parse(reply: Reply) -> Any:
    """Numbers with a point become Decimal from their text. A page of HTML comes from a wrong tenant or a proxy."""
    if "html" in reply.headers.get("content-type", "") or reply.body.lstrip()[:1] == b"<":
        raise Permanent(
            "wrong_address",
            f"A web page came instead of data (HTTP {reply.status}); correct the address, the host name or the database"
            " of this connection.",
        )
    try:
        return json.loads(reply.body, parse_float=Decimal) if reply.body else None
    except ValueError as error:  # half an answer; whether the call took effect is unknown
        raise Temporary("garbled_answer", "The ERP's answer is not JSON.") from error


def plain(told: Any) -> str:
    """Words for a person out of an error: no markup, no traceback, one line, not too long."""
    words = " ".join(html.unescape(TAG.sub(" ", str(told or ""))).split("Traceback", 1)[0].split())
    return words[:LONGEST]


def refuse(reply: Reply, words: str = "") -> NoReturn:
    """Raises what a status below 500 means. The ERP's own words stand in the message where it said any."""
    if reply.status in (409, 412):
        raise Temporary("changed_meanwhile", words or "The record was changed in the ERP at the same moment.")
    if reply.status in REFUSALS:
        code, sentence = REFUSALS[reply.status]
        raise Permanent(code, f"{sentence} {words}".strip())
    raise Permanent("refused", words or f"The ERP answered HTTP {reply.status}.")


def at(told: Any, *paths: str) -> str:
    """The first words that stand at one of the paths."""
    for path in paths:
        value = told
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if words := plain(value if isinstance(value, str) else ""):
            return words
    return ""


def next_path(link: str, here: str, base_url: str) -> str:
    """The path of a next page as the other side named it, whole or relative to the page `here`. Raises Permanent for another
    host: it would be sent our account."""
    base = urlsplit(base_url or "http://connection.invalid")
    root = f"{base.scheme}://{base.netloc}"
    told = urlsplit(urljoin(root + base.path.rstrip("/") + here, link))
    if (told.scheme, told.netloc) != (base.scheme, base.netloc):
        raise Permanent("other_host", f"The ERP names a next page on {told.netloc}; nothing is asked of another host.")
    path = told.path.removeprefix(base.path.rstrip("/"))
    return path + (f"?{told.query}" if told.query else "")


def clock(reply: Reply) -> Any:
    """The other side's own time, if it tells it."""
    try:
        return parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        return None


def encode(value: Any) -> bytes:
    return json.dumps(value, default=_number, separators=(",", ":"), ensure_ascii=False).encode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a call")


def rows_of(told: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise Permanent("unexpected", f"{what}: the ERP's answer is no list of rows.")
    return told
