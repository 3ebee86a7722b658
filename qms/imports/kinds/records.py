"""What imports of numbered records have in common: found by the old system's number, changed by acts, undone by acts."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.errors import Refusal
from qms.records.models import Comment

from ..choices import Effect, Verdict
from ..columns import shown
from ..models import ImportOutcome, ImportRow
from ..problems import Said, declare
from ..registry import Context, Fate, Kind, Made, Row

WORKED_ON = declare(
    "worked_on",
    gettext_lazy("%(number)s was worked on here since it was imported."),
    gettext_lazy("What the row says now is not written over people's work: change the record itself."),
)

FIXED = declare(
    "fixed",
    gettext_lazy("“%(new)s” stands here now; imported was “%(old)s”. A later import does not change this."),
    gettext_lazy("Put the cell back as it was, and make the change in %(number)s itself."),
)


class RecordKind(Kind):
    """`editable`: values that a later import may change, as attributes of the record; every other column is fixed by the first
    import, and a row that says something else there is refused. `ending`: the step that undoes a new record."""

    model: Any = None
    editable: tuple[str, ...] = ()
    told: tuple[str, ...] = ("external_id", "site")  # columns that say where a row belongs, judged on their own
    ending = ""
    undone: Any = ""
    chunk = 200

    def look_up(self, context: Context, rows: list[Row]) -> None:
        """Refuses what names something unknown; keeps what was found in `row.held`."""
        for row in rows:
            row.held = {}

    def known(self, context: Context, keys: list[str]) -> dict[str, Any]:
        """Records of the old system by its number."""
        raise NotImplementedError

    def create(self, context: Context, row: Row) -> Any:
        raise NotImplementedError

    def edit(self, context: Context, record: Any, values: dict[str, Any], reason: str) -> Any:
        raise NotImplementedError

    def end(self, context: Context, record: Any, reason: str) -> Any:
        raise NotImplementedError

    # --- judging and writing ---

    def judge(self, context: Context, rows: list[Row]) -> None:
        self.look_up(context, rows)
        good = [row for row in rows if not row.problems]
        known = self.known(context, [row.key for row in good])
        left = versions_left(self.model, [record.pk for record in known.values()])
        said = said_before(self.model, [record.pk for record in known.values()])
        for row in good:
            row.held["record"] = record = known.get(row.key)
            if record is None:
                row.verdict = Verdict.NEW
                continue
            self._refuse_fixed(row, record, said.get(record.pk))
            self._compare(row, record)
            if row.verdict == Verdict.CHANGED and left.get(record.pk) != str(record.version):
                row.refuse("worked_on", number=record.number)

    def _compare(self, row: Row, record: Any) -> None:
        pairs = [(n, shown(getattr(record, n)), shown(self.wanted(row, n))) for n in self.editable if n in row.values]
        row.changes = [(name, old, new) for name, old, new in pairs if old != new]
        row.verdict = Verdict.CHANGED if row.changes else Verdict.UNCHANGED

    def _refuse_fixed(self, row: Row, record: Any, said: dict[str, str] | None) -> None:
        """Against what the import said that made the record, not against the record: people may have moved it on since."""
        if said is None:
            return
        for name in row.values:
            old, new = said.get(name) or "", shown(row.values[name])
            if name not in (*self.editable, *self.told) and self.meaning(name, old) != self.meaning(name, new):
                row.refuse("fixed", name, old=old or "–", new=new or "–", number=record.number)

    def meaning(self, name: str, text: str) -> str:
        """What makes two ways of writing a fixed value the same."""
        return text

    def wanted(self, row: Row, name: str) -> Any:
        return row.values[name]

    def apply(self, context: Context, rows: list[Row]) -> list[Made]:
        return [self._one(context, row) for row in rows]

    def _one(self, context: Context, row: Row) -> Made:
        """Each record whole or not at all: what its own acts refuse is told, and nothing of it stays."""
        try:
            with transaction.atomic():
                return self._written(context, row)
        except Refusal as refusal:
            return Made(row.number, Effect.REFUSED, label=row.key, problem=Said("refused", "", {"text": str(refusal)}))

    def _written(self, context: Context, row: Row) -> Made:
        record = row.held["record"]
        if record is None:
            record = self.create(context, row)
            return Made(row.number, Effect.CREATED, record, label=record.number, after=self._version(record))
        names = [name for name, _old, _new in row.changes]
        before = {name: shown(getattr(record, name)) for name in names}
        values = {name: self.wanted(row, name) for name in names}
        changed = self.edit(context, record, values, reason_of(context))
        return Made(
            row.number, Effect.UPDATED, changed, label=record.number, before=before, after=self._version(changed)
        )

    def _version(self, record: Any) -> str:
        return str(self.model.objects.values_list("version", flat=True).get(pk=record.pk))

    # --- the way back ---

    def survey(self, context: Context, outcomes: list[Any]) -> list[Fate]:
        keys = [outcome.object_key for outcome in outcomes]
        rows = {str(row.pk): row for row in self.model.objects.visible_to(context.by).filter(pk__in=keys)}
        label = self.model._meta.label_lower
        said = set(Comment.objects.filter(record_type=label, record_key__in=keys).values_list("record_key", flat=True))
        return [self._fate(context, outcome, rows.get(outcome.object_key), said) for outcome in outcomes]

    def _fate(self, context: Context, outcome: Any, record: Any, said: set[str]) -> Fate:
        if record is None:
            return Fate(outcome, why=_("You may not see this record."))
        if str(record.version) != outcome.after or outcome.object_key in said:
            return Fate(outcome, why=_("Somebody worked on it since."))
        if outcome.effect == Effect.UPDATED:
            return Fate(outcome, what=_("becomes what it was before"))
        step = record.workflow.transition(self.ending)
        if not access.may(context.by, step.permission, record):
            return Fate(outcome, why=_("You do not hold the right “%(right)s”.") % {"right": step.permission})
        if record.state not in step.sources:
            return Fate(outcome, why=_("Its status is “%(state)s”.") % {"state": record.get_state_display()})
        return Fate(outcome, why=step.blocked(record)) if step.blocked(record) else Fate(outcome, what=self.undone)

    def undo(self, context: Context, fates: list[Fate], reason: str) -> None:
        rows = {str(row.pk): row for row in self.model.objects.filter(pk__in=[f.outcome.object_key for f in fates])}
        for fate in fates:
            record = rows[fate.outcome.object_key]
            if fate.outcome.effect == Effect.CREATED:
                self.end(context, record, reason)
            else:
                field = self.model._meta.get_field
                before = fate.outcome.before
                values = {n: field(n).to_python(t) if t or not field(n).null else None for n, t in before.items()}
                self.edit(context, record, values, reason)


def reason_of(context: Context) -> str:
    """In the language of whoever imports; kept with the act."""
    return _("Import of %(file)s from %(source)s") % {"file": context.batch.file_name, "source": context.source}


def versions_left(model: Any, keys: list[int]) -> dict[int, str]:
    """The version in which the newest import left each record."""
    rows = ImportOutcome.objects.filter(object_type=model._meta.label_lower, object_key__in=[str(key) for key in keys])
    return {int(key): after for key, after in rows.order_by("pk").values_list("object_key", "after")}


def said_before(model: Any, keys: list[int]) -> dict[int, dict[str, str]]:
    """The values of the row that made each record, or changed it last, as they were read."""
    rows = ImportOutcome.objects.filter(object_type=model._meta.label_lower, object_key__in=[str(key) for key in keys])
    newest = {int(row.object_key): row for row in rows.order_by("pk").select_related("batch")}
    found: dict[int, dict[str, str]] = {}
    for batch in {row.batch for row in newest.values()}:
        mine = {row.row: key for key, row in newest.items() if row.batch_id == batch.pk}
        assert batch.check_run is not None
        kept = ImportRow.objects.filter(batch=batch, run=batch.check_run, number__in=list(mine))
        found |= {mine[number]: values for number, values in kept.values_list("number", "values")}
    return found
