"""A SOAP service, asked by the clock. Its description (WSDL) is kept with the interface; when it changes, nothing is asked until
somebody has looked. A fault is kept with its raw answer."""

from __future__ import annotations

import difflib
import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import zeep
import zeep.exceptions
import zeep.helpers
from django.utils.translation import gettext as _
from zeep.plugins import HistoryPlugin

from connectors import http
from connectors.base import ConnectorError, Finding, Permanent, Temporary
from connectors.mapping import MISSING, look
from connectors.models import Intake, Interface
from qms.lib.clock import now

from . import alarms, intake, memory, objects
from .base import ENCODER, MOST_BYTES, Bad, Content, Format, Row
from .dial import allowed
from .formats.lines import row_of
from .formats.tree import parsed
from .views import plain

CHANGES_SHOWN = 12


class Carrier:
    """What zeep asks for, by the house's own door: checked addresses, no redirect, a limit of size, no schema from elsewhere."""

    def __init__(self, told: dict[str, Any], secrets: dict[str, Any]) -> None:
        self.poster = http.Poster(allowed(), most=MOST_BYTES)
        self.cache, self.session, self.logger = None, None, None
        word = f"{told.get('user', '')}:{secrets.get('password', '')}".encode()
        self.headers = {"Authorization": f"Basic {b64encode(word).decode()}"} if told.get("user") else {}
        self.answer = b""

    def load(self, url: str) -> bytes:
        return self._asked("GET", url, None, {}).body

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        return Answer(self._asked("POST", address, message, headers))

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Any:
        from zeep.wsdl.utils import etree_to_string

        return self.post(address, etree_to_string(envelope), headers)

    def _asked(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> http.Posted:
        if not url.startswith(("http://", "https://")):
            raise Permanent("bad_address", f"{url[:200]} is not an http address.")
        got = self.poster.ask(method, url, headers={**self.headers, **headers}, body=body)
        self.answer = got.body
        if got.status == 0 or got.status >= 500 and not got.body:
            raise Temporary("unreachable", got.problem)
        if got.status >= 300 and got.status < 500:
            raise Permanent("refused", got.problem)
        if got.body:
            _check(got.body)
        return got


def _check(body: bytes) -> None:
    """zeep reads what we have looked at first: no DOCTYPE, no bomb."""
    try:
        parsed(body)
    except Bad as wrong:
        if wrong.code == "doctype":
            raise Permanent("doctype", "The answer declares a document type (DOCTYPE); it is not read.") from None
        raise Temporary("garbled_answer", "The answer is not XML.") from None


class Answer:
    """As zeep expects one of requests."""

    def __init__(self, got: http.Posted) -> None:
        self.status_code, self.content, self.headers = got.status, got.body, got.headers
        self.encoding, self.text = "utf-8", got.body.decode("utf-8", "replace")


def opened(interface: Interface, secrets: dict[str, Any]) -> tuple[zeep.Client, Carrier, str]:
    """Raises ConnectorError when the description cannot be read."""
    told = interface.settings
    carrier = Carrier(told, secrets)
    text = carrier.load(told["wsdl"]).decode("utf-8", "replace")
    try:
        client = zeep.Client(told["wsdl"], transport=carrier, plugins=[HistoryPlugin(maxlen=1)])
    except (zeep.exceptions.Error, ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise Permanent("wsdl", f"The description cannot be read: {type(wrong).__name__}: {str(wrong)[:200]}") from None
    return client, carrier, text


def poll(interface: Interface, secrets: dict[str, Any]) -> int:
    for left in intake.given_free(interface):
        intake.finish_raw(left.pk, intake.bad(Bad("asked_anew")))
    objects.check_on(interface, Format.of(interface.settings).type)
    client, carrier, text = opened(interface, secrets)
    _is_as_agreed(interface, text)
    began = now()
    try:
        value = _call(interface, client)
    except zeep.exceptions.Fault as fault:
        return _fault(interface, carrier.answer, str(fault.message or fault.code or "")[:500])
    except (zeep.exceptions.Error, TypeError, ValueError) as wrong:
        raise Permanent("call", f"{interface.settings['operation']}: {str(wrong)[:300]}") from None
    taken = _take(interface, value, carrier.answer)
    memory.keep(interface, "soap", {"since": began.isoformat(timespec="seconds")})
    return taken


def _call(interface: Interface, client: zeep.Client) -> Any:
    told = interface.settings
    since = memory.recall(interface, "soap").get("since") or "1970-01-01T00:00:00+00:00"
    arguments = json.loads(told.get("arguments") or "{}")
    filled = {k: v.replace("{since}", since) if isinstance(v, str) else v for k, v in arguments.items()}
    try:
        operation = client.service[told["operation"]]
    except AttributeError:
        raise Permanent("settings", f"The service has no operation {told['operation']}.") from None
    return zeep.helpers.serialize_object(operation(**filled), dict)


def _is_as_agreed(interface: Interface, text: str) -> None:
    """The first reading keeps the description; a changed one stops, with what changed, before a call breaks."""
    held = memory.recall(interface, "contract").get("wsdl")
    if held is None:
        memory.keep(interface, "contract", {"wsdl": text})
        return
    if held == text:
        return
    changes = ", ".join(_changes(held, text)) or "–"
    digest = hashlib.sha256(text.encode()).hexdigest()
    alarms.raise_alarm(interface, "contract", digest, changes=changes[:1000], new={"wsdl": text})
    raise Permanent(
        "contract",
        f"The description of the service changed ({changes[:300]}). Nothing is asked until somebody has looked.",
    )


def _changes(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(_lines(old), _lines(new), lineterm="", n=0)
    told = [line.strip() for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return told[:CHANGES_SHOWN]


def _lines(text: str) -> list[str]:
    return text.replace("><", ">\n<").splitlines()


def _take(interface: Interface, value: Any, raw: bytes) -> int:
    told = interface.settings
    where = told.get("result", "")
    found = look(value, where) if where else value
    found = [] if found in (MISSING, None) else found if isinstance(found, list) else [found]
    if not found:
        return 0
    form = Format.of({**told, "format": "jsonl"})
    rows = [_row(number, one, form) for number, one in enumerate(found, 1)]
    sha256 = hashlib.sha256(raw).hexdigest()
    name = f"{told['operation']} {now():%Y-%m-%dT%H:%M:%SZ}"
    kept = intake.keep_raw(interface, name=name, body=raw, sha256=sha256, headers={"transport": "soap"})
    held = intake.begin(interface, name, sha256=sha256, size=len(raw), message_id=kept.id)
    headers = {"transport": "soap"}
    try:
        with intake.foreseen(interface, name):
            result = intake.take(interface, Content(rows), form, batch=sha256, whole=False, headers=headers)
    except Bad as problem:
        result = intake.bad(problem)
    intake.finish_raw(kept.id, result)
    intake.finish(held, result)
    return len(rows)


def _row(number: int, one: Any, form: Format) -> Row:
    data = told_plain(one)
    made = row_of(number, data if isinstance(data, dict) else {"value": data}, form)
    key = hashlib.sha256(ENCODER.encode(data)).hexdigest()[:16]
    return Row(number, made.data, made.id or key, made.type, made.fault, key=key if made.id else "")


def told_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): told_plain(v) for k, v in value.items() if v is not None}
    return [told_plain(v) for v in value] if isinstance(value, list) else plain(value)


def _fault(interface: Interface, raw: bytes, why: str) -> int:
    """Kept among the dead letters, the same one once; the next call comes by the clock."""
    sha256 = hashlib.sha256(raw).hexdigest()
    kept = intake.keep_raw(interface, name="Fault", body=raw, sha256=sha256, headers={"transport": "soap"})
    held = intake.begin(interface, "Fault", sha256=sha256, size=len(raw))
    result = intake.bad(Bad("fault", why=why))
    intake.finish_raw(kept.id, result)
    Intake.objects.filter(pk=held.pk).update(message_id=kept.id)
    intake.finish(held, result)
    raise Temporary("fault", f"The service answered with a fault: {why}")


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    line = _("The description of the service can be read")
    try:
        client, _carrier, text = opened(interface, secrets)
    except ConnectorError as problem:
        return [Finding(line, False, problem.message)]
    held = memory.recall(interface, "contract").get("wsdl")
    known = sorted(
        name for port in client.wsdl.services.values() for p in port.ports.values() for name in p.binding.all()
    )
    wanted = interface.settings["operation"]
    return [
        Finding(line, True, interface.settings["wsdl"]),
        Finding(_("It has the operation"), wanted in known, ", ".join(known)[:300]),
        Finding(_("It is as it was when it was first read"), held in (None, text), ""),
    ]
