"""Alerts of monitoring systems, as they send them to a webhook. Presets are data: where the alerts stand, their id, time and status."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from connectors.base import Finding
from connectors.mapping import MISSING, look
from connectors.models import Interface
from qms.accounts.models import ServiceToken
from qms.api.parsers import parse
from qms.lib.errors import Forbidden

from . import intake, run
from .base import ENCODER, Content, Format, Row
from .formats.lines import Fault


@cache
def presets() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "presets" / "alerts.json").read_text())
    return found


def interface_of(scope: Any) -> Interface | None:
    """The one that the token names, on a site of the token."""
    rows = Interface.objects.filter(
        code=scope.source, kind="mes", adapter="alerts", site_id__in=scope.site_codes.values()
    )
    found: Interface | None = rows.exclude(mode="off").select_related("site").first()
    return found


def take(*, interface: Interface, body: bytes, headers: Mapping[str, str], by: Any) -> intake.Result:
    """Raises Malformed for what is no JSON, Forbidden for a signature that does not fit."""
    preset = presets()[interface.settings.get("preset", "alertmanager")]
    check_signature(interface, preset, body, headers)
    value = parse(body)
    found = look(value, preset["list"]) if preset["list"] else [value]
    rows = [_row(number, one, preset) for number, one in enumerate(found if isinstance(found, list) else [], 1)]
    if not rows:
        rows = [Row(1, {"body": value}, fault=("", "no_alerts", {"where": preset["list"] or "/"}))]
    digest = hashlib.sha256(body).hexdigest()
    held = intake.begin(interface, preset["name"], sha256=digest, size=len(body))
    form = Format.of({"format": "jsonl", "type": "mes.alert.raised"})
    result = intake.take(
        interface, Content(rows), form, batch=digest, whole=False, headers={"transport": "alerts"}, by=by
    )
    intake.finish(held, result)
    run.succeeded(interface)
    return result


def _row(number: int, one: Any, preset: dict[str, Any]) -> Row:
    """In our words, with what was sent beside them for a mapping that knows better. The same alert told again with other words is
    another message about the same subject."""
    told = {name: text for name, places in preset["fields"].items() if (text := _first(one, places))}
    data = {**told, "original": one}
    status = _first(one, preset["status"])
    fault: Fault | None = None if status in preset["statuses"] else ("status", "alert_status", {"value": status[:80]})
    name = ":".join(filter(None, (_first(one, preset["id"]), _first(one, preset["since"]), status)))
    key = hashlib.sha256(ENCODER.encode(one)).hexdigest()[:16]
    return Row(number, data, name or key, preset["statuses"].get(status, ""), fault, key=key if name else "")


def _first(value: Any, places: list[str]) -> str:
    found = [v for place in places if (v := look(value, place)) not in (MISSING, None, "")]
    return str(found[0]) if found else ""


def check_signature(interface: Interface, preset: dict[str, Any], body: bytes, headers: Mapping[str, str]) -> None:
    """Besides the token, where a secret was agreed: HMAC-SHA256 of the body, in hexadecimal digits."""
    secret = run.secrets_of(interface).get("hmac_secret", "")
    if not secret:
        return
    given = headers.get(preset["signature"], "").removeprefix("sha256=").strip().lower()
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forbidden(
            _("The signature in %(header)s is not that of this body.") % {"header": preset["signature"]},
            hint=_("Enter the same secret on both sides."),
            code="bad_signature",
        )


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    tokens = ServiceToken.objects.filter(source=interface.code, revoked_at=None).count()
    hint = f"manage.py create_token ACCOUNT --scope mes --source {interface.code}"
    return [
        Finding(_("There is a token that names this interface"), bool(tokens), "" if tokens else hint),
        Finding(_("Address for the sender"), True, "POST /api/v1/mes/alerts"),
        Finding(_("Bodies are signed too"), True, _("yes") if secrets.get("hmac_secret") else _("no, by token only")),
    ]
