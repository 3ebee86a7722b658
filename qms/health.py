"""Alive, ready, measured: what an operator's monitoring asks, without a login."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from qms.journal import heartbeat
from qms.journal.trail import expected_triggers
from qms.lib.clock import now

DAEMONS = ("relay", "sealer", "scheduler")
UNSEALED = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.ts)), 0) FROM journal_entry e"
UNSEALED += " WHERE e.id > coalesce((SELECT max(entry_id) FROM journal_leaf), 0)"
TRIGGERS = "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'D'"


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200, or 503 with what is wrong: database, broker, daemons that fell silent, triggers that are missing."""
    wrong = problems()
    return JsonResponse({"ready": not wrong, "problems": wrong}, status=503 if wrong else 200)


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
    silent = heartbeat.silent(DAEMONS, now=now())
    return wrong | {name: f"last beat: {at}" for name, at in silent.items()}


def _broker() -> bool:
    import redis

    try:
        return bool(redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping())
    except redis.RedisError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: daemons' ages, unsealed age, size of the trail."""
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED)
        unsealed = cursor.fetchone()[0]
        cursor.execute("SELECT name, extract(epoch FROM clock_timestamp() - beat_at) FROM journal_heartbeat")
        ages = cursor.fetchall()
        cursor.execute("SELECT coalesce(max(size), 0) FROM journal_seal")
        size = cursor.fetchone()[0]
    lines = [f"qms_trail_sealed_entries {size}", f"qms_trail_oldest_unsealed_seconds {float(unsealed):.3f}"]
    lines += [f'qms_daemon_silence_seconds{{daemon="{name}"}} {float(age):.3f}' for name, age in ages]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
