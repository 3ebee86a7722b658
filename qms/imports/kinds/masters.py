"""Parts, suppliers and lots: rows of the mirror under the source "import:<old system>", written by the mirror's own upsert."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from qms import journal
from qms.lib import canonical
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.models import Freshness, Item
from qms.masterdata.specs import SHARED, SPECS
from qms.masterdata.upsert import Outcome, upsert

from ..choices import Effect, Verdict
from ..columns import Column, shown
from ..registry import Context, Fate, Kind, Made, Row
from . import lookups
from .undoing import survey, undo

KEY = Column(
    "external_id",
    _("Identifier in the old system"),
    _("What the old system knows the row by. It never changes; a later import finds the row by it."),
    required=True,
    most=80,
    example="100234",
)
SITE = Column(
    "site",
    _("Site"),
    _("Code of the site, only as a check: a row of another site than that of the import is refused."),
    most=16,
    example="AUG",
)
ACTIVE = Column("is_active", _("Active"), _("Yes or no; empty counts as yes."), kind="yes", example="yes")


class Masters(Kind):
    """`object` of the mirror. Subclasses turn values into a row of it and name its parents."""

    object = ""
    chunk = 1000
    same: ClassVar[tuple[str, ...]] = (
        "number",
    )  # what makes a row of another source, or of another key, the same thing

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.shared = cls.object in SHARED

    @property
    def model(self) -> Any:
        return SPECS[self.object].model

    def mirrored(self, context: Context, row: Row) -> dict[str, Any]:
        """The upsert's own columns, without external_id, number and changed_at."""
        raise NotImplementedError

    def look_up(self, context: Context, rows: list[Row]) -> None:
        """Refuses what names something unknown; keeps parents in `row.held`."""
        for row in rows:
            row.held = {}

    # --- judging ---

    def judge(self, context: Context, rows: list[Row]) -> None:
        self.look_up(context, rows)
        self._refuse_doubles(context, rows)
        self._refuse_mastered(context, rows)
        good = [row for row in rows if not row.problems]
        held = self.model.objects.filter(source=context.mirror, external_id__in=[row.key for row in good])
        known = {each.external_id: each for each in held}
        for row in good:
            self._compare(row, self.full(context, row), known.get(row.key))

    def full(self, context: Context, row: Row) -> dict[str, Any]:
        own = {"external_id": row.key, "number": row.values["number"], "changed_at": None}
        return {**own, **self.mirrored(context, row)}

    def _compare(self, row: Row, wanted: dict[str, Any], known: Any) -> None:
        row.held["before"] = known
        if known is None or known.gone_at:
            row.verdict = Verdict.NEW
        elif known.content_hash == fingerprint(wanted):
            row.verdict = Verdict.UNCHANGED
        else:
            row.verdict, row.changes = Verdict.CHANGED, self._changes(wanted, json.loads(known.content))

    def _changes(self, wanted: dict[str, Any], old: dict[str, Any]) -> list[tuple[str, str, str]]:
        pairs = [
            (name, shown(old.get(name)), shown(wanted.get(name))) for name in sorted({*wanted, *old} - {"changed_at"})
        ]
        return [(name.removesuffix("_ref"), was, now) for name, was, now in pairs if was != now]

    def _sameness(self, row: Row) -> tuple[Any, ...]:
        return tuple(row.values.get(name) for name in self.same)

    def _refuse_doubles(self, context: Context, rows: list[Row]) -> None:
        """The same number twice in the file, whatever lies between."""
        seen: dict[tuple[Any, ...], int] = context.memory.setdefault("numbers", {})
        for row in rows:
            first = seen.setdefault(self._sameness(row), row.number)
            if first != row.number:
                row.refuse("duplicate_number", "number", text=row.values["number"], row=first)

    def _refuse_mastered(self, context: Context, rows: list[Row]) -> None:
        numbers = [row.values["number"] for row in rows]
        others = self.model.objects.live().filter(lookups.here(context), number__in=numbers)
        keys = {row.key for row in rows}
        found: dict[tuple[Any, ...], Any] = {}
        for other in others:
            if other.source != context.mirror or other.external_id not in keys:
                found[self.sameness_of(other)] = other
        for row in rows:
            other = found.get(self.sameness_of_row(row))
            if other is not None:
                row.refuse(
                    "mastered_elsewhere", "number", text=other.number, source=f"{other.source} ({other.external_id})"
                )

    def sameness_of(self, other: Any) -> tuple[Any, ...]:
        return (other.number,)

    def sameness_of_row(self, row: Row) -> tuple[Any, ...]:
        return (row.values["number"],)

    # --- writing ---

    def apply(self, context: Context, rows: list[Row]) -> list[Made]:
        wanted = {row.key: self.full(context, row) for row in rows}
        with journal.act(SYNCED, by=context.by) as act:
            done = self.put(context, self.object, wanted.values())
            self.attach(context, rows)
            self.put_more(context, rows)
            Freshness.objects.update_or_create(source=context.mirror, object=self.object, defaults={"read_at": Now()})
            digest = canonical.digest(sorted((key, fingerprint(row)) for key, row in wanted.items()))
            act.record(context.batch, synced(self.object, context, done, digest))
        made = self.model.objects.filter(source=context.mirror, external_id__in=list(wanted))
        subjects = {each.external_id: each for each in made}
        return [self._made(row, subjects[row.key]) for row in rows]

    def put(self, context: Context, object: str, rows: Iterable[dict[str, Any]]) -> Outcome:
        site = None if object in SHARED else context.site.pk
        return upsert(object=object, source=context.mirror, rows=rows, run=context.run, site_id=site)

    def put_more(self, context: Context, rows: list[Row]) -> None:
        """Rows of other objects that a row also tells."""

    def attach(self, context: Context, rows: list[Row]) -> None:
        """Parents of another source, which the upsert does not look for."""

    def _made(self, row: Row, subject: Any) -> Made:
        known = row.held["before"]
        before = {} if known is None else {"content": known.content, "gone": bool(known.gone_at)}
        effect = Effect.CREATED if row.verdict == Verdict.NEW else Effect.UPDATED
        return Made(row.number, effect, subject, label=subject.number, before=before, after=subject.content_hash)

    # --- the way back ---

    def survey(self, context: Context, outcomes: list[Any]) -> list[Fate]:
        return survey(self.model, outcomes)

    def undo(self, context: Context, fates: list[Fate], reason: str) -> None:
        undo(self.object, context, fates)


def fingerprint(row: dict[str, Any]) -> str:
    """As the upsert counts it: the content without when it changed."""
    content = canonical.dumps({name: value for name, value in row.items() if name != "changed_at"})
    return hashlib.sha256(content.encode()).hexdigest()


def synced(object: str, context: Context, done: Outcome, digest: str) -> Synced:
    return Synced(
        object=object,
        source=context.mirror,
        run=str(context.run),
        created=len(done.created),
        updated=len(done.updated),
        unchanged=done.unchanged,
        failed=0,
        digest=digest,
    )


def attach(object: str, context: Context, parent: str, pairs: Iterable[tuple[str, int]]) -> None:
    """Set the parent of rows of ours by key. One statement, whatever the number of rows."""
    keys, parents = map(list, zip(*pairs, strict=True)) if (pairs := list(pairs)) else ([], [])
    table = SPECS[object].table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE {table} t SET "{parent}_id" = v.parent FROM unnest(%s::text[], %s::bigint[]) AS v(key, parent)'
            f' WHERE t.source = %s AND t.external_id = v.key AND t."{parent}_id" IS DISTINCT FROM v.parent',
            [keys, parents, context.mirror],
        )


class Items(Masters):
    name, object = "items", "items"
    label = _("Parts")
    explain = _("Part numbers with name and unit. Parts belong to all sites.")
    columns = (
        KEY,
        Column(
            "number",
            _("Part number"),
            _("As people and orders name the part."),
            required=True,
            most=120,
            example="BR-2201",
        ),
        Column("name", _("Name"), _("Short name of the part."), required=True, most=200, example="Bearing housing"),
        Column(
            "unit", _("Unit"), _("Unit of stock; one of the units known here."), required=True, most=80, example="u"
        ),
        Column("kind", _("Kind"), _("For example goods, assets, service; free text."), most=40, example="goods"),
        Column("revision", _("Revision"), _("Revision in use, if there is one."), most=40, example="C"),
        ACTIVE,
    )

    def look_up(self, context: Context, rows: list[Row]) -> None:
        found = lookups.units(context, [row.values["unit"] for row in rows])
        for row in rows:
            row.held = {"unit": found.get(row.values["unit"])}
            if row.held["unit"] is None:
                row.refuse("unknown_unit", "unit", text=row.values["unit"], known=lookups.known_units())

    def mirrored(self, context: Context, row: Row) -> dict[str, Any]:
        values = row.values
        return {
            "name": values["name"],
            "kind": values.get("kind") or "",
            "is_active": values.get("is_active") is not False,
            "unit_ref": row.held["unit"].external_id,
            "revision": values.get("revision") or "",
        }

    def attach(self, context: Context, rows: list[Row]) -> None:
        attach(self.object, context, "unit", [(row.key, row.held["unit"].pk) for row in rows])

    def put_more(self, context: Context, rows: list[Row]) -> None:
        """The revision in use, as a row of its own: lots and NCRs are checked against it."""
        told = [
            {
                "external_id": f"{row.key}/{row.values['revision']}",
                "number": row.values["revision"],
                "changed_at": None,
                "description": "",
                "valid_from": None,
                "state_text": "",
                "item_ref": row.key,
            }
            for row in rows
            if row.values.get("revision")
        ]
        self.put(context, "revisions", told)


class Suppliers(Masters):
    name, object = "suppliers", "suppliers"
    label = _("Suppliers")
    explain = _("Suppliers with name and city. Suppliers belong to all sites.")
    columns = (
        KEY,
        Column(
            "number",
            _("Supplier number"),
            _("As people and orders name it."),
            required=True,
            most=120,
            example="S-0107",
        ),
        Column("name", _("Name"), _("Name of the company."), required=True, most=200, example="Isar Guss GmbH"),
        Column("city", _("City"), _("City of the company."), most=80, example="Landshut"),
        ACTIVE,
    )

    def mirrored(self, context: Context, row: Row) -> dict[str, Any]:
        values = row.values
        active = values.get("is_active") is not False
        return {"name": values["name"], "city": values.get("city") or "", "is_active": active}


class Lots(Masters):
    name, object = "lots", "lots"
    label = _("Lots")
    explain = _(
        "Lots that are in stock or in use, each of a part that is known here. Lots belong to the site of the import."
    )
    same = ("part", "number")
    columns = (
        KEY,
        Column(
            "number", _("Lot number"), _("As it stands on the label."), required=True, most=120, example="LOT-25-0815"
        ),
        Column("part", _("Part number"), _("A part that is known here."), required=True, most=120, example="BR-2201"),
        Column("revision", _("Revision"), _("Revision to which the lot was made."), most=40, example="C"),
        SITE,
        ACTIVE,
    )

    def look_up(self, context: Context, rows: list[Row]) -> None:
        found = lookups.items(context, [row.values["part"] for row in rows])
        for row in rows:
            row.held = {"item": lookups.check_item(row, found)}
        known = lookups.revisions(row.held["item"].pk for row in rows if row.held["item"])
        elsewhere = lookups.lots(row.values["number"] for row in rows)
        for row in rows:
            lookups.check_revision(row, row.held["item"], known)
            lookups.check_lot(row, row.held["item"], elsewhere, context, "number")

    def mirrored(self, context: Context, row: Row) -> dict[str, Any]:
        active = row.values.get("is_active") is not False
        return {
            "item_ref": row.held["item"].external_id,
            "revision": row.values.get("revision") or "",
            "is_active": active,
        }

    def attach(self, context: Context, rows: list[Row]) -> None:
        attach(self.object, context, "item", [(row.key, row.held["item"].pk) for row in rows])

    def sameness_of(self, other: Any) -> tuple[Any, ...]:
        return (other.item_id, other.number)

    def sameness_of_row(self, row: Row) -> tuple[Any, ...]:
        item: Item | None = row.held["item"]
        return (item.pk if item else None, row.values["number"])
