"""Rows of a view in another database: read only, by key, with an overlap, so that what commits late is found and nothing is told twice."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import certifi
import psycopg
import pymysql
import sqlalchemy as sa
from django.utils.translation import gettext as _

from connectors.base import ConnectorError, Finding, Permanent, Temporary
from connectors.models import InboxMessage, Intake, Interface
from qms.api import strict_json

from . import alarms, intake, memory, objects
from .base import ENCODER, Bad, Content, Format, Row
from .dial import dial, places
from .formats.lines import Fault

PAGE, MOST_PAGES, SECONDS = 500, 20, 30
KEYS = ("changed_at", "external_id")
AWAY = (sa.exc.DBAPIError, psycopg.Error, pymysql.Error, OSError)


@dataclass(frozen=True)
class Source:
    """A view with what stands in it."""

    line: sa.Connection
    view: sa.TableClause
    columns: dict[str, str]

    @property
    def digest(self) -> str:
        return hashlib.sha256(str(sorted(self.columns.items())).encode()).hexdigest()


def connect(told: dict[str, Any], secrets: dict[str, Any]) -> Any:
    """To the very address that was checked."""
    host, port, sealed = told["host"], int(told["port"]), bool(told.get("tls"))
    password = secrets.get("password", "")
    if told["dialect"] == "postgresql":
        [*_rest, place] = places(host, port, sealed=sealed)[0]
        return psycopg.connect(
            host=host, hostaddr=str(place[0]), port=port, dbname=told["database"], user=told["user"], password=password,
            sslmode="verify-full" if sealed else "prefer", sslrootcert=certifi.where() if sealed else None,
            connect_timeout=10, options=f"-c default_transaction_read_only=on -c statement_timeout={SECONDS}s -c TimeZone=UTC",
            application_name="qms",
        )  # fmt: skip
    line = pymysql.connect(
        host=host, port=port, user=told["user"], password=password, database=told["database"], charset="utf8mb4",
        connect_timeout=10, read_timeout=SECONDS + 5, defer_connect=True, local_infile=False,
        ssl=ssl.create_default_context(cafile=certifi.where()) if sealed else None,
        init_command=f"SET SESSION tx_read_only=1, max_statement_time={SECONDS}, time_zone='+00:00'",
    )  # fmt: skip
    line.connect(dial(host, port, sealed=sealed))
    return line


@contextmanager
def opened(interface: Interface, secrets: dict[str, Any]) -> Iterator[Source]:
    """Raises Temporary when the database does not answer or refuses; nothing of ours is ever written there."""
    told = interface.settings
    driver = "postgresql+psycopg" if told["dialect"] == "postgresql" else "mysql+pymysql"
    engine = sa.create_engine(f"{driver}://", creator=lambda: connect(told, secrets), poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as line:
            schema, _dot, name = str(told["view"]).rpartition(".")
            columns = _columns(line, told["dialect"], schema, name)
            table = sa.table(name, *(sa.column(column) for column in columns), schema=schema or None)
            yield Source(line, table, columns)
    except AWAY as away:
        why = str(getattr(away, "orig", None) or away).splitlines()
        raise Temporary("unreachable", f"{told['host']}: {why[0][:300] if why else type(away).__name__}") from None
    finally:
        engine.dispose()


# What a user sees who may only read the view; the dialects' own ways ask for more rights.
COLUMNS = {
    "postgresql": "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = :name AND"
    " (table_schema = :schema OR :schema = '' AND table_schema = ANY (current_schemas(false))) ORDER BY 1",
    "mariadb": "SELECT column_name, column_type FROM information_schema.columns WHERE table_name = :name AND"
    " (table_schema = :schema OR :schema = '' AND table_schema = DATABASE()) ORDER BY 1",
}


def _columns(line: sa.Connection, dialect: str, schema: str, name: str) -> dict[str, str]:
    found = line.execute(sa.text(COLUMNS[dialect]), {"name": name, "schema": schema})
    columns = {str(column): str(kind) for column, kind in found}
    if not columns:
        raise Permanent("settings", f"There is no view {name}, or our user may not see it.")
    return columns


def poll(interface: Interface, secrets: dict[str, Any]) -> int:
    """Raises NotNow while the flow is off; where we stand stays as it is."""
    objects.check_on(interface, Format.of(interface.settings).type)
    for left in intake.given_free(interface):  # a page that broke
        _take(interface, strict_json.loads(bytes(left.body)), left)
    with opened(interface, secrets) as source:
        if not _is_as_agreed(interface, source):
            return 0
        return _pages(interface, source)


def _is_as_agreed(interface: Interface, source: Source) -> bool:
    """The first reading fixes the columns; another set or type stops the interface until somebody has looked."""
    if missing := [key for key in KEYS if key not in source.columns]:
        raise Permanent("settings", f"The view has no column {missing[0]}; it needs external_id and changed_at.")
    held = memory.recall(interface, "drift").get("columns")
    if held is None:
        memory.keep(interface, "drift", {"columns": source.columns})
        return True
    if held == source.columns:
        return True
    gone = [f"−{name}" for name in held if name not in source.columns]
    new = [f"+{name} {kind}" for name, kind in source.columns.items() if name not in held]
    other = [f"{name}: {held[name]} → {kind}" for name, kind in source.columns.items() if held.get(name, kind) != kind]
    told = {"view": interface.settings["view"], "changes": ", ".join([*gone, *new, *other])[:500]}
    alarms.raise_alarm(interface, "drift", source.digest, **told, new={"columns": source.columns})
    raise Permanent(
        "drift", f"The columns of {told['view']} changed: {told['changes']}. Nothing is read until somebody has looked."
    )


def _pages(interface: Interface, source: Source) -> int:
    """From the last time less the overlap; `seen`: hashes of the rows within the overlap."""
    held = memory.recall(interface, "view")
    overlap = dt.timedelta(seconds=int(interface.settings.get("overlap_seconds", 300)))
    last = dt.datetime.fromisoformat(held["at"]) if held.get("at") else None
    seen, after, taken = dict(held.get("seen", {})), (last - overlap, "") if last else None, 0
    for _page in range(MOST_PAGES):
        rows = [dict(row._mapping) for row in source.line.execute(_select(source, after))]
        fresh = [(row, digest) for row in rows if (digest := hash_of(row)) not in seen]
        if fresh:
            taken += _take(interface, [row for row, _digest in fresh])
        if not rows:
            break
        seen |= {hash_of(row): moment(row["changed_at"]).isoformat() for row in rows}
        after = (rows[-1]["changed_at"], str(rows[-1]["external_id"]))
        top = max(filter(None, (last, moment(rows[-1]["changed_at"]))))
        last = top
        floor = (top - overlap).isoformat()
        seen = {digest: at for digest, at in seen.items() if at >= floor}
        memory.keep(interface, "view", {"at": top.isoformat(), "seen": seen})
        if len(rows) < PAGE:
            break
    return taken


def _select(source: Source, after: tuple[Any, str] | None) -> Any:
    changed, external = (source.view.c[key] for key in KEYS)
    asked = sa.select(source.view).order_by(changed, external).limit(PAGE)
    if after is None:
        return asked
    return asked.where(sa.or_(changed > after[0], sa.and_(changed == after[0], external > after[1])))


def moment(value: Any) -> dt.datetime:
    """A time without zone counts as UTC here: only for going on, never for what a row means."""
    if not isinstance(value, dt.datetime):
        raise Permanent("settings", "The column changed_at holds no times.")
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | str | int | bool) or value is None:
        return value
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def hash_of(row: dict[str, Any]) -> str:
    return hashlib.sha256(ENCODER.encode({name: plain(value) for name, value in sorted(row.items())})).hexdigest()[:24]


def _take(interface: Interface, rows: list[dict[str, Any]], left: InboxMessage | None = None) -> int:
    """One message per state of a row; the row's own id is the defect, so that a change is told of the same one. A page that breaks
    is kept with its rows (`left`, when it is tried again), and does not stop what follows."""
    form = Format.of({**interface.settings, "format": "jsonl"})
    made = []
    for number, row in enumerate(rows, 1):
        data = {name: plain(value) for name, value in row.items() if value is not None}
        fault: Fault | None = None if data.get("external_id") not in (None, "") else ("external_id", "no_id", {})
        made.append(Row(number, data, str(data.get("external_id", "")), key=hash_of(row)[:16], fault=fault))
    digest = hashlib.sha256("".join(hash_of(row) for row in rows).encode()).hexdigest()
    name, at = f"{interface.settings['view']} {rows[-1]['changed_at']}", left.received_at if left else None
    held, told, kept = intake.begin(interface, name, sha256=digest), {"transport": "view"}, left.pk if left else None
    try:
        with intake.foreseen(interface, name):
            result = intake.take(interface, Content(made), form, batch=digest, whole=False, headers=told, at=at)
    except Bad as problem:
        result = intake.bad(problem)
        body = ENCODER.encode([{name: plain(value) for name, value in row.items()} for row in rows])
        kept = kept or intake.keep_raw(interface, name=name, body=body, sha256=digest, headers=told).id
    if kept:
        intake.finish_raw(kept, result)
        Intake.objects.filter(pk=held.pk).update(message_id=kept)
    intake.finish(held, result)
    return len(rows)


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    line = _("The database answers and shows the view")
    try:
        with opened(interface, secrets) as source:
            found = [Finding(line, True, interface.settings["view"])]
            missing = [key for key in KEYS if key not in source.columns]
            found.append(Finding(_("It has external_id and changed_at"), not missing, ", ".join(source.columns)))
            found.append(Finding(_("Our session can only read"), _only_reads(source), ""))
            return found
    except ConnectorError as problem:
        return [Finding(line, False, problem.message)]


def _only_reads(source: Source) -> bool:
    """A write is tried where it can do no harm, and has to be refused."""
    try:
        source.line.execute(sa.text(f"DELETE FROM {source.view.fullname} WHERE 1 = 0"))  # a name of the form's pattern
    except sa.exc.DBAPIError:
        return True
    return False
