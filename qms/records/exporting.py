"""Exports as acts: asked for with a purpose, made by a worker, downloaded, expired; each is a line of the trail."""

import hashlib
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.journal.models import Entry
from qms.journal.proofs import Unprovable
from qms.lib import apart, canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, NotNow, Refusal
from qms.lib.ids import uuid7

from . import events, jobs
from .actions import check_reason
from .bundle import archive, content
from .models import Export, Job

RIGHT, BELL = "record.export", "office.make_export"
MOST = 5_000
KEPT = timedelta(days=7)
ANNOUNCED = 50  # records between two signs of life


def order(*, records: QuerySet[Any], purpose: str, language: str, by: Any, uid: UUID) -> Export:
    """Ask for a bundle of these records (all of one kind, already narrowed to what `by` sees). A repeated uid gives the first one.

    Raises Invalid, Forbidden.
    """
    if done := Export.objects.filter(uid=uid).first():
        return done
    check_reason(purpose)
    found = list(records.order_by("pk")[: MOST + 1])
    if not 0 < len(found) <= MOST:
        raise Invalid(
            _("An export takes 1 to %(most)s records.") % {"most": MOST},
            hint=_("Narrow the list, or export it in parts."),
        )
    if not isinstance(by, journal.Actor) and not all(access.may(by, RIGHT, record) for record in found):
        raise Forbidden(_("You may not export all of these records."), hint=_("Choose records of your own sites."))
    return _ordered(found, purpose=purpose.strip(), language=language, by=by, uid=uid)


def _ordered(found: Sequence[Any], *, purpose: str, language: str, by: Any, uid: UUID) -> Export:
    model = type(found[0])
    with journal.act(events.ORDERED, by=by, reason=purpose) as act:
        made = Export.objects.create(
            uid=uid,
            site_id=_site(found),
            record_type=model._meta.label_lower,
            keys=[record.pk for record in found],
            label=label(found),
            count=len(found),
            purpose=purpose,
            language=language,
            asked_by=None if isinstance(by, journal.Actor) else by,
        )
        told = events.Ordered(made.label, made.count, purpose, canonical.digest([record.number for record in found]))
        act.record(made, told)
        jobs.post(BELL, made.pk)
    return made


def again(*, export: Export, by: Any, uid: UUID) -> Export:
    """The same, asked for once more after it failed or its file went. Raises Conflict, Invalid, Forbidden."""
    if export.is_under_way or export.is_there:
        raise Conflict(_("This export has not failed."), hint=_("Look at its page."))
    rows: Any = apps.get_model(export.record_type)
    found = rows.objects.visible_to(by).filter(pk__in=export.keys)
    if found.count() != export.count:
        raise _less_than_asked()
    return order(records=found, purpose=export.purpose, language=export.language, by=by, uid=uid)


def _site(found: Sequence[Any]) -> int | None:
    sites = {record.site_id for record in found}
    return sites.pop() if len(sites) == 1 and not any(record.compartment_id for record in found) else None


def label(found: Sequence[Any]) -> str:
    more = len(found) - 1
    return _("%(first)s and %(more)s more") % {"first": found[0].number, "more": more} if more else found[0].number


def ring(export: Export) -> None:
    """Tell the worker; a bell that is lost is rung again by the scheduler."""
    if export.is_under_way:
        jobs.ring(BELL, export.pk)


def make(*, export: Export) -> Export:
    """Write the bundle and keep it for a while. Made, ended or in other hands: nothing happens. What goes wrong is said on its page."""
    job = jobs.take(BELL, export.pk) if export.is_under_way else None
    if job is None:
        return export
    at: list[Any] = ["", 0]
    try:
        with jobs.held(job), tempfile.NamedTemporaryFile(prefix="qms-bundle-") as file:
            count = _packed(Path(file.name), export, job, at)
            return _kept(export, job, file, count)
    except jobs.Lost:
        return Export.objects.get(pk=export.pk)
    except apart.TooLarge as refusal:
        return _failed(export, f"{_too_large(export, at)} {refusal}")
    except Refusal as refusal:
        return _failed(export, str(refusal))


def _packed(file: Path, export: Export, job: Job, at: list[Any]) -> int:
    """In a process of its own; `at` is told the record that it works on."""
    announce(export, job)

    def told(number: str, done: int) -> None:
        at[:] = number, done
        jobs.go_on(job, done, export.count)

    def work(tell: apart.Tell) -> int:
        with file.open("wb") as out:
            return write(out, export, tell)

    cap = apart.Cap(settings.EXPORT_MEMORY_MB, settings.EXPORT_SILENCE_SECONDS)
    with translation.override(export.language):
        return int(apart.run(work, cap=cap, told=told, beat=lambda: jobs.go_on(job)))


def _too_large(export: Export, at: Sequence[Any]) -> str:
    number, done = at
    with translation.override(export.language):
        told = _("%(number)s is too large to be exported (record %(done)s).")
    return told % {"number": number or "–", "done": done + 1}


def write(file: IO[bytes], export: Export, tell: apart.Tell) -> int:
    """The bundle of what the person may still see. `tell(number, done)` before each record and at the end."""
    try:
        return archive.write(file, records(export).iterator(chunk_size=100), _order(export), told=tell)
    except Unprovable as altered:
        raise Conflict(str(altered), hint=_("Verify the trail.")) from None


def records(export: Export) -> QuerySet[Any]:
    """What the person may still see, and nothing less than was asked for. Raises Conflict."""
    model: Any = apps.get_model(export.record_type)
    rows = model.objects.visible_to(export.asked_by) if export.asked_by else model.objects.all()
    found: QuerySet[Any] = rows.filter(pk__in=export.keys).order_by("pk")
    if found.count() != export.count:
        raise _less_than_asked()
    return found


def _less_than_asked() -> Conflict:
    return Conflict(_("Some of the records are no longer visible to you."), hint=_("Ask for the export again."))


def announce(export: Export, job: Job) -> None:
    """Each record's own line of the trail about this export, with the number of entries that everything of it has by now; once."""
    told = _announced(export) if job.tries > 1 else set()
    for n, record in enumerate(records(export).iterator(chunk_size=100)):
        if n % ANNOUNCED == 0:
            jobs.go_on(job, 0, export.count)
        if str(record.pk) not in told:
            _announce(record, export)


def _announced(export: Export) -> set[str]:
    """Keys of the records that an earlier try has told of it."""
    lines = Entry.objects.filter(object_type=export.record_type, event=events.EXPORTED.name, ts__gte=export.asked_at)
    return set(lines.filter(payload__contains=str(export.uid)).values_list("object_key", flat=True))


def _announce(record: Any, export: Export) -> None:
    counted = [f"{one['object']} {one['key']} {one['entries']}" for one in content.counted(record)]
    with journal.act(events.EXPORTED, by=export.asked_by or journal.SYSTEM, reason=export.purpose) as act:
        act.record(record, events.Exported(export.purpose, str(export.uid), counted))


def _order(export: Export) -> archive.Order:
    person = export.asked_by
    name, zone = (person.full_name, person.timezone) if person else (_("System"), "UTC")
    return archive.Order(str(export.uid), name, zone, export.purpose, export.language, export.asked_at)


def done(export: Export) -> int:
    """How many records the worker has written so far."""
    job = jobs.found(BELL, export.pk) if export.is_under_way else None
    return job.done if job else 0


def is_waiting(export: Export) -> bool:
    """No worker is at it: none was free yet, or the one that was has died."""
    job = jobs.found(BELL, export.pk) if export.is_under_way else None
    return job is not None and job.is_waiting


def _kept(export: Export, job: Job, file: Any, count: int) -> Export:
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.tell()
    file.seek(0)
    with journal.act(events.MADE, by=export.asked_by or journal.SYSTEM) as act:
        row = Export.objects.select_for_update().get(pk=export.pk)
        jobs.close(job)  # of two workers one alone comes further, and a cancelled one does not
        default_storage.delete(row.place)  # of a worker that died between this and the commit
        default_storage.save(row.place, File(file))
        row.made_at, row.sha256, row.size, row.expires_at = now(), sha256, size, now() + KEPT
        row.save(update_fields=["made_at", "sha256", "size", "expires_at"])
        act.record(row, events.Made(row.label, count, sha256, size))
    return row


def end(*, export: Export, why: str, by: Any) -> Export:
    """Cancelled, or failed for a reason that is shown. Raises Conflict when it is made already."""
    with journal.act(events.ENDED, by=by, reason=why) as act:
        row = Export.objects.select_for_update().get(pk=export.pk)
        if not row.is_under_way:
            raise Conflict(_("This export is not under way any more."), hint=_("Look at its page."))
        row.ended_at, row.problem = now(), why
        row.save(update_fields=["ended_at", "problem"])
        jobs.cancel(BELL, row.pk)
        act.record(row, events.Ended(row.label, why))
    return row


def _failed(export: Export, why: str) -> Export:
    try:
        return end(export=export, why=why, by=export.asked_by or journal.SYSTEM)
    except Conflict:  # cancelled meanwhile
        return Export.objects.get(pk=export.pk)


@jobs.given_up(BELL)
def give_up(key: int, job: Job) -> None:
    export = Export.objects.select_related("asked_by").get(pk=key)
    with translation.override(export.language):
        _failed(export, jobs.why(job))


def fetch(*, export: Export, by: Any) -> Any:
    """The file, opened; that it was taken is in the trail. Raises Conflict when it is not there, or when the reader may no longer
    see one of its records: closed in a compartment since, of a site that was left, disposed of."""
    if isinstance(by, User):
        model: Any = apps.get_model(export.record_type)
        if model.objects.visible_to(by).filter(pk__in=export.keys).count() != export.count:
            raise _less_than_asked()
    if not export.is_there or not default_storage.exists(export.place):
        raise Conflict(_("The file of this export is not kept any more."), hint=_("Ask for the export again."))
    with journal.act(events.FETCHED, by=by) as act:
        act.record(export, events.Fetched(export.label, export.sha256))
    return default_storage.open(export.place)


def expire() -> int:
    """Remove files whose time is over; what was exported, when and with which hash stays. Returns how many."""
    over = [row for row in Export.objects.filter(expires_at__lt=now()) if default_storage.exists(row.place)]
    for row in over:
        default_storage.delete(row.place)
        with journal.act(events.EXPIRED, by=journal.SYSTEM) as act:
            act.record(row, events.Fetched(row.label, row.sha256))
    return len(over)


def at_once(*, record: Any, out: Path, purpose: str, language: str, by: Any) -> Export:
    """For the shell: one record straight into a file. Raises Refusal."""
    rows = type(record).objects.filter(pk=record.pk)
    export = order(records=rows, purpose=purpose, language=language, by=by, uid=uuid7())
    made = make(export=export)
    if made.problem:
        raise NotNow(made.problem)
    with default_storage.open(made.place) as file:
        out.write_bytes(file.read())
    return made


def whole_trail(*, out: Path, purpose: str) -> int:
    """For the shell: every entry of the trail into one file; returns how many. Raises NotNow, Invalid."""
    check_reason(purpose)
    with journal.act(events.TRAIL_EXPORTED, by=journal.SYSTEM, reason=purpose) as act:
        act.record("trail", events.TrailExported(purpose))
    with out.open("wb") as file:
        return archive.write_trail(file, archive.Order("", _("System"), "UTC", purpose, "en", now()))
