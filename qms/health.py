"""Alive, ready, measured: what an operator's monitoring asks, without a login."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from qms.journal import anchoring, heartbeat, watching
from qms.journal.trail import expected_triggers
from qms.lib.clock import now
from qms.office import equipment

DAEMONS = ("relay", "sealer", "scheduler")
TRIGGERS = "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'D'"


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200, or 503 with what is wrong: database, broker, daemons that fell silent, triggers that are missing, font or keys
    without which an export or a seal would fail.

    Warnings do not make it 503: evidence that is sealed or anchored late is still better than evidence that is not taken.
    """
    wrong = problems()
    told = {} if "database" in wrong else warnings()
    return JsonResponse({"ready": not wrong, "problems": wrong, "warnings": told}, status=503 if wrong else 200)


def warnings() -> dict[str, str]:
    """The trail: an entry unsealed for a minute, a checkpoint that did not reach its place outside for a quarter of an hour."""
    with translation.override("en"):
        found = {"unsealed": watching.trouble(), "anchor": anchoring.trouble()}
        told = {name: str(finding) for name, finding in found.items() if finding}
        return told | {name: str(text) for name, text in equipment.missing().items() if name in equipment.AWAY}


def problems() -> dict[str, str]:
    wrong: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute(TRIGGERS)
            present = set(cursor.fetchall())
    except Exception as error:
        return {"database": type(error).__name__}
    if missing := sorted(f"{table}.{name}" for table, name in expected_triggers() if (table, name) not in present):
        wrong["triggers"] = ", ".join(missing)
    if not _broker():
        wrong["broker"] = "no answer"
    with translation.override("en"):
        wrong |= {name: str(text) for name, text in equipment.missing().items() if name not in equipment.AWAY}
    silent = heartbeat.silent(DAEMONS, now=now())
    return wrong | {name: f"last beat: {at}" for name, at in silent.items()}


def _broker() -> bool:
    import redis

    try:
        return bool(redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping())
    except redis.RedisError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: daemons' ages, unsealed age, age of what is not anchored, size of the trail."""
    unsealed = watching.oldest_unsealed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, extract(epoch FROM clock_timestamp() - beat_at) FROM journal_heartbeat")
        ages = cursor.fetchall()
        cursor.execute("SELECT coalesce(max(size), 0) FROM journal_seal")
        size = cursor.fetchone()[0]
    lines = [f"qms_trail_sealed_entries {size}", f"qms_trail_oldest_unsealed_seconds {unsealed:.3f}"]
    for place in anchoring.places():
        since = anchoring.waiting_since(place)
        age = (now() - since).total_seconds() if since else 0
        lines.append(f'qms_trail_not_anchored_seconds{{place="{place.name}"}} {age:.3f}')
    lines += [f'qms_daemon_silence_seconds{{daemon="{name}"}} {float(age):.3f}' for name, age in ages]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
