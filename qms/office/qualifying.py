"""Installation and operation qualification (EU Annex 11 §4): is this installation what the release says, and does it do what it must.

Each check answers with what it found; whatever it raises is a failure with its name. What a check writes is taken back.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.core import checks
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.client import Client
from django.utils.translation import gettext_lazy as _

from qms import journal
from qms.accounts.models import Container
from qms.journal import merkle, note, verifying
from qms.journal.models import Entry
from qms.journal.trail import expected_triggers
from qms.lib.clock import now
from qms.workflow import edges

from . import equipment, events

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)([^\\]*)", re.M)
TRIGGERS = "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'D'"
RIGHTS = """SELECT string_agg(r, ' ') FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r
    WHERE has_table_privilege('journal_entry', r)"""
# RFC 6962, the tree of the leaves "", 00, 10 (certificate-transparency's own test data).
LEAVES = (b"", b"\x00", b"\x10")
ROOT = "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
SECONDS = 2.0


class Failed(Exception):
    """The check found something else than it must."""


@dataclass(frozen=True)
class Result:
    """`part`: IQ or OQ; `found`: values, not words."""

    part: str
    name: str
    title: str
    found: str
    passed: bool


def must(is_so: bool, found: Any) -> str:
    if not is_so:
        raise Failed(str(found))
    return str(found)


# --- installed as released ------------------------------------------------------------------------------------------------


def packages() -> str:
    """Every locked package is there in its locked version."""
    text = (Path(settings.BASE_DIR) / "requirements.txt").read_text()
    pins = [(name, version) for name, version, marker in PIN.findall(text) if ";" not in marker]
    wrong = [f"{name} {_version(name)} ≠ {version}" for name, version in pins if _version(name) != version]
    return must(bool(pins) and not wrong, ", ".join(wrong) or len(pins))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "–"


def settings_are_right() -> str:
    """Those of deployment too where QMS_HTTPS is on; a plant on loopback ends no TLS."""
    found = checks.run_checks(include_deployment_checks=settings.HTTPS, databases=["default"])
    wrong = [str(c.id) for c in found if c.level >= checks.ERROR and not c.is_silenced()]
    return must(not wrong, ", ".join(wrong) or ("deployment" if settings.HTTPS else "loopback"))


def schema() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return must(not missing, ", ".join(str(m) for m, _back in missing) or len(executor.loader.applied_migrations))


def triggers() -> str:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        present = set(cursor.fetchall())
    wanted = list(expected_triggers())
    missing = [f"{table}.{name}" for table, name in wanted if (table, name) not in present]
    return must(bool(wanted) and not missing, ", ".join(missing) or len(wanted))


def rights() -> str:
    """The login of the application does not own the trail and writes it by the definer's functions alone."""
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS)
        held = cursor.fetchone()[0]
    return must(not held, held or "SELECT")


def tools() -> str:
    equipment.forget()
    return must(not equipment.missing(), ", ".join(equipment.missing()) or 0)


def clock() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs((cursor.fetchone()[0] - now()).total_seconds())
    return must(apart <= SECONDS, f"≤ {SECONDS} s" if apart <= SECONDS else f"{apart:.1f} s")


# --- does what it must ----------------------------------------------------------------------------------------------------


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def one_entry() -> str:
    """A change of a regulated row leaves one entry and one version."""
    with taken_back(), journal.act(events.QUALIFIED, by=journal.SYSTEM) as act:
        made = Container.objects.create(kind="customer", code="IQ-OQ", name="Qualification")
        act.record(made, events.Qualified("", 0, 0, ""))
        lines = Entry.objects.filter(object_type=made._meta.label_lower, object_key=str(made.pk), kind="row").count()
        versions = made.history.count()
    return must((lines, versions) == (1, 1), f"{lines} + {versions}")


def no_act() -> str:
    return _refused(lambda: Container.objects.create(kind="customer", code="IQ-OQ", name="Qualification"))


def no_rewriting() -> str:
    return _refused(lambda: Entry.objects.filter(pk__gt=0).update(actor_id="0"))


def _refused(attempt: Callable[[], Any]) -> str:
    with taken_back():
        try:
            with transaction.atomic():
                attempt()
        except DatabaseError as error:
            return type(error).__name__
        raise Failed("done")


def steps() -> str:
    """The database knows the workflows' edges, and no other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, source, target FROM workflow_edge")
        known = set(cursor.fetchall())
    return must(known == set(edges()), len(known))


def tree() -> str:
    range_ = merkle.Range()
    range_.extend(map(merkle.leaf_hash, LEAVES))
    return must(range_.root.hex() == ROOT, range_.root.hex()[:16])


def key() -> str:
    private = note.private_key(settings.SEAL_KEY)
    signed = note.sign(note.checkpoint(0, merkle.EMPTY), private)
    altered = signed.replace("\n0\n", "\n1\n")
    good = note.verify(signed, private.public_key()) and not note.verify(altered, private.public_key())
    return must(good, note.key_words(signed))


def trail() -> str:
    report = verifying.verify(quick=True)
    return must(
        report.intact, f"{report.entries} / {report.root[:16]}" if report.intact else "; ".join(report.problems[:3])
    )


def passwords() -> str:
    kept = make_password("a long enough word")
    good = check_password("a long enough word", kept) and not check_password("another", kept)
    return must(good, identify_hasher(kept).algorithm)


def doors() -> str:
    """Without a login a page leads to it, and the interface answers 401."""
    host = next((h for h in settings.ALLOWED_HOSTS if h != "*" and not h.startswith(".")), "localhost")
    client = Client(raise_request_exception=False)
    found = [client.get(path, secure=True, headers={"host": host}).status_code for path in ("/ncr/", "/api/v1/ncrs")]
    return must(found == [302, 401], found)


CHECKS: tuple[tuple[str, Callable[[], str], Any], ...] = (
    ("IQ", packages, _("Every locked package is installed in its locked version.")),
    ("IQ", settings_are_right, _("The settings pass the checks of the program.")),
    ("IQ", schema, _("The database has the schema of this release.")),
    ("IQ", triggers, _("The triggers of the trail stand on every regulated table.")),
    ("IQ", rights, _("The application cannot write the trail by itself.")),
    ("IQ", tools, _("Font, keys and the place for checkpoints are there.")),
    ("IQ", clock, _("The clocks of database and program agree within two seconds.")),
    ("OQ", one_entry, _("A change leaves one entry of the trail and one version.")),
    ("OQ", no_act, _("A change without an act is refused.")),
    ("OQ", no_rewriting, _("An entry of the trail cannot be rewritten.")),
    ("OQ", steps, _("The database knows the legal steps, and no other.")),
    ("OQ", tree, _("The hash tree gives the root of a published example.")),
    ("OQ", key, _("What the key signs is verified, and an altered text is not.")),
    ("OQ", trail, _("The trail is intact.")),
    ("OQ", passwords, _("Passwords are hashed and compared.")),
    ("OQ", doors, _("Without a login nothing opens.")),
)  # fmt: skip


def run(found: tuple[tuple[str, Callable[[], str], Any], ...] = CHECKS) -> list[Result]:
    return [_one(part, check, title) for part, check, title in found]


def _one(part: str, check: Callable[[], str], title: Any) -> Result:
    name = check.__name__.replace("_", " ")
    try:
        return Result(part, name, str(title), check(), True)
    except Exception as error:  # whatever it is, the check has not passed, and the others go on
        told = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        return Result(part, name, str(title), told[:500], False)


def plain(results: list[Result], **about: Any) -> dict[str, Any]:
    failed = sum(not one.passed for one in results)
    return {**about, "checks": [asdict(one) for one in results], "passed": len(results) - failed, "failed": failed}


def words(told: dict[str, Any], language: str) -> dict[str, str]:
    """Of the print."""
    return {
        "title": str(_("Installation and operation qualification")),
        "sum": str(_("%(passed)s checks passed, %(failed)s failed")) % told,
        "by": str(_("Done by")), "at": str(_("At")), "product": str(_("Release")), "result": str(_("Result")),
        "data": str(_("SHA-256 of the signed data")), "part": str(_("Part")), "check": str(_("Check")),
        "found": str(_("Found")), "verdict": str(_("Verdict")), "passed": str(_("passed")), "failed": str(_("failed")),
        "lang": language[:2], "region": "CN" if language == "zh-hans" else "GB",
    }  # fmt: skip
