"""The way back: what a batch made is undone as long as nobody else worked on it."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.errors import Conflict
from qms.records.actions import check_reason

from .. import events, permissions, queries
from ..models import ImportBatch
from ..registry import KINDS


def roll_back(*, batch: ImportBatch, by: Any, reason: str, seen: str) -> ImportBatch:
    """`seen`: digest of the preview that the person looked at. Raises Forbidden, Invalid for an empty reason, and Conflict when
    anything became different since the preview, or nothing can be undone."""
    kind = KINDS[batch.kind]
    permissions.check_kind(kind, batch.site, by)
    check_reason(reason)
    with transaction.atomic():
        row = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        fates = queries.survey(row, by)
        digest = queries.survey_digest(fates)
        if digest != seen:
            raise Conflict(
                _("What the import made was changed since you looked; nothing was rolled back."),
                hint=_("Look at the preview again, then decide."),
                code="stale",
            )
        if not (possible := [fate for fate in fates if fate.is_possible]):
            raise Conflict(_("Nothing of this import can be rolled back."), hint=_("The list says why for each row."))
        with journal.act(events.ROLLED_BACK, by=by, reason=reason) as act:
            kind.undo(queries.context(row, by), possible, reason)
            row.rolled_back_at, row.rolled_back_by = Now(), by
            row.save(update_fields=["rolled_back_at", "rolled_back_by"])
            kept = len(fates) - len(possible)
            act.record(
                row, events.Undone(kind=row.kind, source=row.source, undone=len(possible), kept=kept, digest=digest)
            )
    return ImportBatch.objects.get(pk=batch.pk)
