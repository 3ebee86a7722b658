"""What a backup says of itself, in its first part: version, state of the schema, rows per table, checkpoint, which keys belong to it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from qms.journal import proofs
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.release import product

from .archive import FORMAT
from .dump import LEFT_OUT

SERVER = "SELECT system_identifier::text, current_setting('server_version') FROM pg_control_system()"
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"


@dataclass(frozen=True)
class About:
    """`checkpoint`: the newest seal's signed note, of `size` entries; empty while nothing is sealed."""

    at: str
    product: str
    server: str
    system_identifier: str
    migrations: list[str]
    rows: dict[str, int]
    field_keys: list[str]
    size: int = 0
    root: str = ""
    checkpoint: str = ""
    format: str = FORMAT
    left_out: list[str] = field(default_factory=lambda: [*LEFT_OUT, "exports"])

    def plain(self) -> bytes:
        return (json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read(data: bytes) -> About:
    """Raises ValueError, TypeError for what no backup of this format says."""
    said = json.loads(data)
    if said["format"] != FORMAT:
        raise ValueError(said["format"])
    return About(**said)


def of_snapshot() -> About:
    """Begins to look: everything that the caller's transaction reads from here on is of this one moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL transaction_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return _here()


def _here() -> About:
    newest = proofs.newest()
    sealed: dict[str, Any] = (
        {"size": newest.size, "root": newest.root.hex(), "checkpoint": newest.note} if newest else {}
    )
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        identifier, server = cursor.fetchone()
    return About(
        at=canonical.instant(now()),
        product=product(),
        server=server,
        system_identifier=identifier,
        migrations=migrations(),
        rows=rows(),
        field_keys=fingerprints(),
        **sealed,
    )


def migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def rows() -> dict[str, int]:
    """Counted, not estimated. What a backup leaves out is not counted."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in LEFT_OUT]
        counted = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            counted[name] = cursor.fetchone()[0]
    return counted


def fingerprints() -> list[str]:
    """Of the keys that secrets in the database are sealed with: they are random, so their hash tells nothing."""
    keys = settings.FIELD_KEYS.replace(",", " ").split()
    return [hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys]
