"""What must be so before anybody relies on the installation, each with an id to look up. `manage.py check --deploy --database default`."""

import sys
from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from qms.journal import anchoring, note, timestamps
from qms.journal.trail import expected_triggers
from qms.office.equipment import refused, write_anchor
from qms.records.bundle import report, seal
from qms.signatures import agreement

OLDEST_SERVER = 170000
TRIGGERS = (
    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled = ANY('{O,A}')"
)
RIGHTS = "SELECT rolsuper, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = %s"


def error(number: int, text: str, hint: str) -> Error:
    return Error(text, hint=hint, id=f"qms.E{number:03d}")


@register(Tags.security, deploy=True)
def keys(app_configs: Any, **options: Any) -> list[CheckMessage]:
    return list(_keys())


def _keys() -> Iterator[CheckMessage]:
    if settings.SECRET_KEY.startswith("only-for-checks-and-tests-"):
        yield error(1, "QMS_SECRET_KEY is not set.", "Set it, or QMS_SECRET_KEY_FILE, to 50 random characters.")
    if why := refused(lambda: note.private_key(settings.SEAL_KEY)):
        yield error(
            2, f"QMS_SEAL_KEY cannot sign seals ({why}).", "Set it to 32 random bytes in base64; keep a copy apart."
        )
    if why := refused(note.old_keys):
        yield error(
            18,
            f"QMS_SEAL_OLD_KEYS cannot be read ({why}).",
            "Give the public halves of replaced keys, 32 bytes in base64.",
        )
    if why := refused(lambda: [Fernet(key) for key in settings.FIELD_KEYS.replace(",", " ").split() or [""]]):
        yield error(
            3, f"QMS_FIELD_KEYS cannot seal secrets ({why}).", "Set one Fernet key, or several, the newest first."
        )


@register(Tags.security, deploy=True)
def prints(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A missing font or key is told at the start, not when an auditor waits for an export."""
    return list(_prints())


def _prints() -> Iterator[CheckMessage]:
    if why := refused(report.check_font):
        yield error(
            13,
            f"Records cannot be printed ({why}).",
            "Install the packages of requirements.txt anew: Typst and its font.",
        )
    if not settings.EXPORT_SEAL:
        yield Warning(
            "QMS_EXPORT_SEAL is not set: printed records leave without the seal of the organisation.",
            hint="Set it to a private key and its certificate in PEM; scripts/seal_certificate.py makes a self-signed pair.",
            id="qms.W003",
        )
    elif why := refused(lambda: seal.signer(settings.EXPORT_SEAL)):
        yield error(14, f"QMS_EXPORT_SEAL cannot seal ({why}).", "Set it to a private key and its certificate in PEM.")


@register(Tags.security, deploy=True)
def anchors(app_configs: Any, **options: Any) -> list[CheckMessage]:
    return list(_anchors())


def _anchors() -> Iterator[CheckMessage]:
    if why := refused(write_anchor):
        yield error(
            11,
            f"Checkpoints cannot be written to the anchor directory ({why}).",
            "Make QMS_ANCHOR_DIR a directory that the worker may write to.",
        )
    if settings.ANCHOR_MAIL and not settings.EMAIL_HOST:
        yield error(
            12, "QMS_ANCHOR_MAIL names addresses, and no mail server is set.", "Set QMS_SMTP_HOST, or unset it."
        )
    if settings.TSA_URL and (why := refused(timestamps.roots)):
        yield error(
            19,
            f"QMS_TSA_ROOTS holds no certificates for the tokens of QMS_TSA_URL ({why}).",
            "Name a file with the authority's root certificate in PEM.",
        )
    if anchoring.is_on_this_machine_only():
        yield Warning(
            "Checkpoints of the trail are kept on this machine only.",
            hint="Whoever rules the machine could replace both. Set QMS_ANCHOR_DIR to a place elsewhere, or QMS_ANCHOR_MAIL.",
            id="qms.W002",
        )


@register(Tags.security, deploy=True)
def doors(app_configs: Any, **options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(error(4, "QMS_DEBUG is on.", "Unset it: error pages would show values of records."))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(error(5, "QMS_ALLOWED_HOSTS allows every host.", "Name the hosts that people type."))
    if not settings.HTTPS:
        found.append(
            Warning("QMS_HTTPS is off.", hint="Passwords travel in the clear; end TLS in front.", id="qms.W001")
        )
    return found


LONGEST_PAUSE = 1800


@register(Tags.security)
def signing(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A series of signings is one continuous session (21 CFR 11.200(a)(1)), and nobody signs without the agreement."""
    found: list[CheckMessage] = []
    if not 0 < settings.SIGNING_IDLE_SECONDS <= LONGEST_PAUSE:
        found.append(
            error(
                15,
                "QMS_SIGNING_IDLE_SECONDS is not between 1 and 1800.",
                "A pause of 10 minutes is what most sites set.",
            )
        )
    try:
        agreement.current()
    except LookupError as missing:
        found.append(error(16, f"Nobody can sign: {missing}.", "Put one text for each language into the folder."))
    return found


@register(Tags.security)
def trail(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The trail is written once, by triggers; the library's own signal would write every version twice."""
    if settings.SIMPLE_HISTORY_ENABLED:
        return [error(6, "SIMPLE_HISTORY_ENABLED is on.", "Set it to False: triggers write the history.")]
    return []


@register(Tags.database)
def logins(app_configs: Any, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """Asked of the database itself, with `--database default`."""
    return [found for alias in databases or () for found in _logins(connections[alias])]


def _logins(connection: Any) -> Iterator[CheckMessage]:
    app = settings.QMS_APP_ROLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid WHERE c.oid = to_regclass('journal_entry')"
        )
        owner = (cursor.fetchone() or ("",))[0]
        cursor.execute(RIGHTS, [app])
        rights = cursor.fetchone() or ()
        cursor.execute(TRIGGERS)
        present = set(cursor.fetchall())
        tables = set(connection.introspection.table_names(cursor))  # what an upgrade brings is not missing before it
    if owner == app:
        yield error(
            7,
            "The application's login owns the tables.",
            "Use a login of its own (QMS_OWNER_DATABASE_URL for migrations): an owner can switch the trail off.",
        )
    if any(rights):
        yield error(
            8, "The application's login has rights beyond its tables.", "Revoke SUPERUSER, CREATEROLE, BYPASSRLS."
        )
    is_installing = sys.argv[1:2] == ["migrate"]  # which puts them where a new version wants them
    wanted = [f"{t}.{n}" for t, n in expected_triggers() if t in tables and (t, n) not in present]
    if owner and wanted and not is_installing:
        yield error(
            9,
            f"{len(wanted)} triggers of the trail are missing or off: {wanted[0]} …",
            "Run manage.py migrate.",
        )
    if connection.pg_version < OLDEST_SERVER:
        yield error(10, "PostgreSQL is older than 17.", "Upgrade the server.")
