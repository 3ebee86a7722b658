"""An open NCR comes from another system: created and moved by the acts of everyday, its past kept as evidence."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict

from .. import events
from ..choices import Origin
from ..models import ImportedLine, Nonconformance
from .report import DefectReport, report_defect
from .review import edit, start_review


def take_over(
    *,
    defect: DefectReport,
    by: Any,
    reason: str,
    in_review: bool = False,
    owner: Any = None,
    due_date: date | None = None,
) -> Nonconformance:
    """`defect.source` and `.source_event` name the old system and its number. All its acts or none. Raises Forbidden, Conflict."""
    assert defect.origin == Origin.IMPORT and defect.source_event
    with transaction.atomic():
        ncr = report_defect(defect=defect, by=by)
        access.check(by, "ncr.report", ncr)
        given: dict[str, Any] = {name: value for name, value in (("owner", owner), ("due_date", due_date)) if value}
        if given:
            ncr = edit(ncr=ncr, by=by, reason=reason, cause=None, **given)
        return start_review(ncr=ncr, by=by) if in_review else ncr


def import_line(
    *,
    ncr: Nonconformance,
    by: Any,
    source: str,
    source_key: str,
    happened_at: datetime,
    person: str,
    kind: str,
    text: str,
) -> ImportedLine:
    """On the timeline it is told as imported and not witnessed; when it happened is kept beside when it was recorded."""
    access.check(by, "ncr.report", ncr)
    with journal.act(events.HISTORY_IMPORTED, by=by) as act:
        line = ImportedLine.objects.create(
            ncr=ncr, source=source, source_key=source_key, happened_at=happened_at, person=person, kind=kind, text=text
        )
        act.record(ncr, told(line))
    return line


def withdraw_line(*, line: ImportedLine, by: Any, reason: str) -> ImportedLine:
    """The line stays readable in the trail; it counts no more."""
    access.check(by, "ncr.report", line.ncr)
    if line.withdrawn_at:
        raise Conflict(_("This line was withdrawn already."))
    with journal.act(events.HISTORY_WITHDRAWN, by=by, reason=reason) as act:
        line.withdrawn_at = now()
        line.save(update_fields=["withdrawn_at"])
        act.record(line.ncr, told(line))
    return line


def told(line: ImportedLine) -> events.HistoryImported:
    at = line.happened_at.isoformat(timespec="minutes")
    return events.HistoryImported(source=line.source, at=at, person=line.person or "–", kind=line.kind, text=line.text)
