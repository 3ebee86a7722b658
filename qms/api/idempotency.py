"""Idempotency-Key (IETF draft-07): the same request again gets the same answer and has no second effect.

A success is kept and replayed. A refusal is not: it changed nothing, and the same request may pass later. A call whose process died
holds its key for LEASE; whoever comes after repeats it, which is safe because records are created under `creation_uid` and
changed under If-Match.
"""

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _

from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from .models import IdempotentCall
from .problems import Malformed

LEASE = timedelta(seconds=60)
KEEP = timedelta(days=30)
REPLAYED = ("ETag", "Location", "Content-Type")
CLAIM = """
INSERT INTO api_idempotentcall AS c (caller_id, key, fingerprint, headers, body) VALUES (%s, %s, %s, '{}', '')
ON CONFLICT (caller_id, key) DO UPDATE SET started_at = now()
    WHERE c.status IS NULL AND c.fingerprint = excluded.fingerprint AND c.started_at < now() - %s::interval
RETURNING c.id"""


def key_of(request: Any) -> str:
    """The key, or "". Raises Malformed when it is longer than we keep."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 128 or not key.isprintable():
        raise Malformed(_("The Idempotency-Key is not usable."), hint=_("Use at most 128 printable characters."))
    return str(key)


def creation_uid(request: Any) -> uuid.UUID | None:
    """Identity of what this request creates: the same for every repetition of it."""
    key = key_of(request)
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{request.user.pk}:{key}") if key else None


def claim(request: Any, key: str) -> IdempotentCall | HttpResponse:
    """The claimed call, or the answer that was given before. Raises Conflict while it runs, Invalid for another body."""
    frame = f"{request.method} {request.get_full_path()} {request.headers.get('If-Match', '')}\n".encode()
    fingerprint = hashlib.sha256(frame + request.body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [request.user.pk, key, fingerprint, f"{LEASE.seconds} seconds"])
        claimed = cursor.fetchone()
    call = IdempotentCall.objects.filter(caller=request.user, key=key).first()
    if claimed and call:
        return call
    if call is None:  # refused and freed in this very moment
        raise still_running()
    if call.fingerprint != fingerprint:
        raise Invalid(
            _("This Idempotency-Key was used for another request."),
            code="key_reused",
            hint=_("Use a new key for each new request."),
        )
    if call.status is None:
        raise still_running()
    return _replay(call)


def still_running() -> Conflict:
    return Conflict(_("The same request is still running."), code="still_running", hint=_("Ask again in a second."))


def _replay(call: IdempotentCall) -> HttpResponse:
    answer = HttpResponse(call.body, status=call.status, headers=call.headers)
    answer["Idempotent-Replayed"] = "true"
    return answer


def finish(call: IdempotentCall, response: Any) -> None:
    """Keep a success; free the key otherwise."""
    if not 200 <= response.status_code < 300:
        call.delete()
        return
    headers = {name: response[name] for name in REPLAYED if name in response}
    IdempotentCall.objects.filter(pk=call.pk).update(
        status=response.status_code, headers=json.loads(json.dumps(headers)), body=response.content.decode()
    )


def forget_old() -> int:
    """For the scheduler, daily. Returns how many calls were older than 30 days."""
    return IdempotentCall.objects.filter(started_at__lt=now() - KEEP).delete()[0]
