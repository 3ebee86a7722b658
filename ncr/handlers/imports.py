"""How open NCRs and their history come from another system."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.imports.choices import Effect, Verdict
from qms.imports.columns import Column
from qms.imports.kinds import lookups
from qms.imports.kinds.masters import KEY, SITE
from qms.imports.kinds.records import RecordKind, reason_of
from qms.imports.problems import declare
from qms.imports.registry import Context, Fate, Kind, Made, Row, register
from qms.masterdata.models import Item, Unit

from .. import actions
from ..choices import Origin, Severity
from ..models import DefectCode, ImportedLine, Nonconformance
from ..workflow import NCR

RIGHTS = ("ncr.report", "ncr.review")
TAKEN = ("OPEN", "IN_REVIEW")

declare(
    "ncr_not_open",
    _("The status “%(text)s” is not taken over; only Open and In review are."),
    _(
        "Closed records stay in the archive of the old system. What is further on is set back to In review and decided again here."
    ),
)
declare(
    "unknown_defect_code",
    _("The defect code “%(text)s” is not in the catalogue."),
    _("Write a code of the catalogue, or make it there first."),
)
declare(
    "unit_not_of_part",
    _("The unit “%(text)s” cannot be converted to the unit of the part, %(unit)s."),
    _("Write the quantity in the unit of the part."),
)
declare(
    "unknown_ncr",
    _("No NCR of this site was imported under the number “%(text)s”."),
    _("Import the nonconformances first; closed ones have no history here."),
)
declare(
    "evidence_differs",
    _("The line “%(text)s” is here already and says something else."),
    _("Imported evidence never changes. Give the new line an identifier of its own."),
)


class NcrKind(RecordKind):
    name, model = "ncrs", Nonconformance
    label = _("Open nonconformances")
    explain = _("NCRs that are open or in review. Their past comes afterwards, with “History of nonconformances”.")
    rights = RIGHTS
    editable = ("title", "description", "requirement", "severity", "affected_quantity", "due_date")
    ending, undone = "cancel", _("is cancelled with the reason")
    columns = (
        KEY,
        Column(
            "state",
            _("Status"),
            _("Open or In review; closed records are refused."),
            required=True,
            most=40,
            example="OPEN",
        ),
        Column("title", _("Title"), _("In a few words."), required=True, example="Bore too large"),
        Column("part", _("Part number"), _("A part that is known here."), required=True, most=120, example="BR-2201"),
        Column("revision", _("Revision"), _("Of the part."), most=40, example="C"),
        Column(
            "lot", _("Lot number"), _("Kept as text when the lot is not known here."), most=120, example="LOT-25-0815"
        ),
        Column(
            "defect_code", _("Defect code"), _("A code of the catalogue."), required=True, most=120, example="DIM-OUT"
        ),
        Column(
            "severity", _("Severity"), _("Empty: as the defect code says."), choices=Severity.choices, example="major"
        ),
        Column(
            "affected_quantity",
            _("Affected quantity"),
            _("Above zero."),
            kind="number",
            required=True,
            least="above",
            example="12",
        ),
        Column("unit", _("Unit"), _("Empty: the unit of the part."), most=40, example="u"),
        Column(
            "occurred_at",
            _("Found at"),
            _("When it was found; kept as it was."),
            kind="moment",
            required=True,
            past=True,
            example="2026-02-03 14:30",
        ),
        Column(
            "reported_by",
            _("Found by"),
            _("User id, e-mail or name; kept as text when nobody fits."),
            most=80,
            example="inspector",
        ),
        Column(
            "owner",
            _("Owner"),
            _("User id or e-mail of whoever works on it here; otherwise kept as a line of history."),
            most=120,
            example="engineer",
        ),
        Column("due_date", _("Due"), _("Until when it is to be decided."), kind="date", example="2026-12-31"),
        Column(
            "description",
            _("What was found"),
            _("In full."),
            most=4000,
            lines=True,
            example="Bore 25.08 instead of 25.00 ±0.05",
        ),
        Column("requirement", _("What is required"), _("In full."), most=4000, lines=True, example="25.00 ±0.05"),
        SITE,
    )

    # --- what names mean ---

    def look_up(self, context: Context, rows: list[Row]) -> None:
        values = [row.values for row in rows]
        items = lookups.items(context, [v["part"] for v in values])
        units = lookups.units(context, [v.get("unit") or "" for v in values])
        codes = defect_codes(context, [v["defect_code"] for v in values])
        people = people_of(context)
        for row in rows:
            item = lookups.check_item(row, items)
            row.held = {"item": item, "code": codes.get(row.values["defect_code"]), "people": people}
            row.held["unit"], row.held["factor"] = self._unit(row, item, units)
            if row.held["code"] is None:
                row.refuse("unknown_defect_code", "defect_code", text=row.values["defect_code"])
            row.held["state"] = state_of(row)
        known = lookups.revisions(row.held["item"].pk for row in rows if row.held["item"])
        lots = lookups.lots(v.get("lot") or "" for v in values)
        for row in rows:
            lookups.check_revision(row, row.held["item"], known)
            row.held["lot"] = lookups.check_lot(row, row.held["item"], lots, context)

    def _unit(self, row: Row, item: Item | None, units: dict[str, Unit]) -> tuple[str, Decimal]:
        """The unit as given and the factor to that of the part; the same name is the same unit, whoever brought it."""
        name = row.values.get("unit") or ""
        base = item.unit if item else None
        if not name or base is None:
            return name or (base.number if base else ""), Decimal(1)
        unit = units.get(name)
        if unit is None:
            row.refuse("unknown_unit", "unit", text=name, known=lookups.known_units())
        elif unit.number == base.number:
            return base.number, Decimal(1)
        elif unit.factor and base.factor and unit.category == base.category:
            return unit.number, (unit.factor / base.factor).quantize(Decimal("1e-12"))
        else:
            row.refuse("unit_not_of_part", "unit", text=name, unit=base.number)
        return name, Decimal(1)

    def meaning(self, name: str, text: str) -> str:
        """A status by its code, whatever its word; people whatever their capitals."""
        if name == "state":
            return code_of(text) or text
        return text.casefold() if name in ("owner", "reported_by") else text

    def wanted(self, row: Row, name: str) -> Any:
        if name == "severity":
            return row.values["severity"] or row.held["code"].severity
        return row.values[name]

    def known(self, context: Context, keys: list[str]) -> dict[str, Any]:
        rows = Nonconformance.objects.filter(source=context.mirror, source_event__in=keys, site=context.site)
        return {ncr.source_event: ncr for ncr in rows}

    # --- acts ---

    def create(self, context: Context, row: Row) -> Nonconformance:
        owner = row.held["people"].get((row.values.get("owner") or "").casefold())
        due = row.values.get("due_date")
        in_review = row.held["state"] == "IN_REVIEW"
        reason = reason_of(context)
        ncr = actions.take_over(
            defect=self._defect(context, row),
            by=context.by,
            reason=reason,
            in_review=in_review,
            owner=owner,
            due_date=due,
        )
        if (named := row.values.get("owner")) and owner is None:
            actions.import_line(
                ncr=ncr,
                by=context.by,
                source=context.mirror,
                source_key=f"owner:{row.key}"[:80],
                happened_at=row.values["occurred_at"],
                person="",
                kind="other",
                text=gettext("Owner in the old system: %(name)s") % {"name": named},
            )
        return ncr

    def _defect(self, context: Context, row: Row) -> actions.DefectReport:
        values, held = row.values, row.held
        item, code, lot = held["item"], held["code"], held["lot"]
        person = held["people"].get((values.get("reported_by") or "").casefold())
        return actions.DefectReport(
            site_id=context.site.pk,
            item_id=item.pk,
            part_number=item.number,
            part_name=item.name,
            part_revision=values.get("revision") or "",
            defect_code_id=code.pk,
            defect=code.code,
            severity=values.get("severity") or code.severity,
            quantity=values["affected_quantity"],
            unit=held["unit"],
            base_unit_id=item.unit_id,
            unit_factor=held["factor"],
            lot_id=lot.pk if lot else None,
            lot_number=values.get("lot") or "",
            occurred_at=values["occurred_at"],
            title=values["title"],
            description=values.get("description") or "",
            requirement=values.get("requirement") or "",
            detected_by=person.username if person else values.get("reported_by") or "",
            source=context.mirror,
            source_event=row.key,
            origin=Origin.IMPORT,
        )

    def edit(self, context: Context, record: Any, values: dict[str, Any], reason: str) -> Any:
        return actions.edit(ncr=record, by=context.by, reason=reason, cause=None, version=record.version, **values)

    def end(self, context: Context, record: Any, reason: str) -> Any:
        return actions.cancel(ncr=record, by=context.by, reason=reason, version=record.version)


def defect_codes(context: Context, names: list[str]) -> dict[str, DefectCode]:
    """Codes in use by the name in the file."""
    meanings = lookups.meant(context, "defect_code", names)
    found = {
        code.code: code for code in DefectCode.objects.filter(code__in=set(meanings.values())) if not code.is_retired
    }
    return {name: found[local] for name, local in meanings.items() if local in found}


def people_of(context: Context) -> dict[str, Any]:
    """People who may work on NCRs of the site, by user id and by e-mail; asked once for a file."""
    if "people" not in context.memory:
        people = list(access.who_may("ncr.review", context.site.pk))
        found = {person.email.casefold(): person for person in people if person.email}
        context.memory["people"] = found | {person.username.casefold(): person for person in people}
    known: dict[str, Any] = context.memory["people"]
    return known


def state_of(row: Row) -> str:
    """The code of a status that can be taken over; refuses the row for any other."""
    code = code_of(row.values["state"])
    if not code:
        row.refuse("ncr_not_open", "state", text=row.values["state"])
    return code


def code_of(text: str) -> str:
    """The code of a status by its code or its word in either language; empty for what is not taken over."""
    return next((code for code in TAKEN if text.casefold() in {code.casefold(), *words_of(code)}), "")


def words_of(code: str) -> set[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(NCR.state(code).label).casefold())
    return found


class HistoryKind(Kind):
    """Lines of the past: never changed, withdrawn when their import is rolled back."""

    name = "ncr-history"
    label = _("History of nonconformances")
    explain = _(
        "Comments, changes of status and decisions of imported NCRs, as evidence that this system did not witness."
    )
    rights = RIGHTS
    columns = (
        KEY,
        Column(
            "ncr",
            _("Number of the NCR there"),
            _("As it was imported."),
            required=True,
            most=80,
            example="NC-2025-0317",
        ),
        Column(
            "happened_at",
            _("When"),
            _("When it happened there."),
            kind="moment",
            required=True,
            past=True,
            example="2026-02-03 15:10",
        ),
        Column("person", _("Who"), _("As the old system names the person."), most=120, example="I. Falk"),
        Column(
            "kind",
            _("Kind"),
            _("What kind of line it is."),
            required=True,
            choices=(
                ("comment", _("Comment")),
                ("state", _("Change of status")),
                ("decision", _("Decision")),
                ("action", _("Action")),
                ("other", _("Other")),
            ),
            example="comment",
        ),
        Column(
            "text",
            _("Text"),
            _("What was said or done, in full."),
            required=True,
            most=4000,
            lines=True,
            example="Lot is in the cage.",
        ),
    )

    def judge(self, context: Context, rows: list[Row]) -> None:
        numbers = {row.values["ncr"] for row in rows}
        ncrs = Nonconformance.objects.filter(source=context.mirror, source_event__in=numbers, site=context.site)
        by_number = {ncr.source_event: ncr for ncr in ncrs}
        lines = ImportedLine.objects.filter(
            source=context.mirror, source_key__in=[row.key for row in rows], withdrawn_at=None
        )
        known = {line.source_key: line for line in lines}
        for row in rows:
            row.held = ncr = by_number.get(row.values["ncr"])
            if ncr is None:
                row.refuse("unknown_ncr", "ncr", text=row.values["ncr"])
            elif (line := known.get(row.key)) is None:
                row.verdict = Verdict.NEW
            elif self._said(row, ncr) == (line.ncr_id, line.happened_at, line.person, line.kind, line.text):
                row.verdict = Verdict.UNCHANGED
            else:
                row.refuse("evidence_differs", text=row.key)

    def _said(self, row: Row, ncr: Any) -> tuple[Any, ...]:
        values = row.values
        return (ncr.pk, values["happened_at"], values.get("person") or "", values["kind"], values["text"])

    def apply(self, context: Context, rows: list[Row]) -> list[Made]:
        return [self._one(context, row) for row in rows]

    def _one(self, context: Context, row: Row) -> Made:
        values = row.values
        line = actions.import_line(
            ncr=row.held,
            by=context.by,
            source=context.mirror,
            source_key=row.key,
            happened_at=values["happened_at"],
            person=values.get("person") or "",
            kind=values["kind"],
            text=values["text"],
        )
        return Made(row.number, Effect.CREATED, line, label=f"{row.held.number}: {row.key}", after="")

    def survey(self, context: Context, outcomes: list[Any]) -> list[Fate]:
        keys = [outcome.object_key for outcome in outcomes]
        live = {
            str(pk) for pk in ImportedLine.objects.filter(pk__in=keys, withdrawn_at=None).values_list("pk", flat=True)
        }
        what, gone = gettext("is withdrawn; the trail keeps it"), gettext("It is gone already.")
        return [Fate(o, what=what) if o.object_key in live else Fate(o, why=gone) for o in outcomes]

    def undo(self, context: Context, fates: list[Fate], reason: str) -> None:
        keys = [fate.outcome.object_key for fate in fates]
        for line in ImportedLine.objects.filter(pk__in=keys).select_related("ncr"):
            actions.withdraw_line(line=line, by=context.by, reason=reason)


def register_kinds() -> None:
    for kind in (NcrKind(), HistoryKind()):
        register(kind)
