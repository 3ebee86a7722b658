"""G2: whatever way a regulated row is written, there is one entry and one historical row per changed row; without an act, none."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader

from ncr.models import Nonconformance
from qms import journal
from qms.journal.models import Entry
from qms.journal.trail import regulated_models, row_json

from . import rows

PROVES = ("11.10(c)", "11.10(e)", "G2")
pytestmark = pytest.mark.usefixtures("undo")
MODELS = regulated_models()
EVENT = "account.changed"


WHO = journal.Actor(id="7", name="Battery", role="inspector", on_behalf="Anna Weber")


@contextmanager
def act() -> Iterator[None]:
    token = journal.ORIGIN.set(journal.Origin(source="api", request="request-4711"))
    try:
        with journal.act(journal.EVENTS[EVENT], by=WHO, reason="battery", source="test") as running:
            yield
            running.record("battery")
    finally:
        journal.ORIGIN.reset(token)


class Counted:
    """Entries and historical rows of a model since it was made; each of them must say all that the trail promises."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.start = self._now()
        self.began = clock()
        self.last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def _now(self) -> tuple[int, int]:
        entries = Entry.objects.filter(object_type=self.model._meta.label_lower, kind="row").count()
        return entries, self.model.history.model.objects.count()

    @property
    def more(self) -> tuple[int, int]:
        now = self._now()
        self._whole()
        return now[0] - self.start[0], now[1] - self.start[1]

    def _whole(self) -> None:
        """Joined to the line of its act: who, role, on whose behalf, why, source, request; when, by the database's clock; old, new."""
        rows_of = Entry.objects.filter(object_type=self.model._meta.label_lower, kind="row", id__gt=self.last)
        for entry in rows_of:
            line = Entry.objects.get(act_id=entry.act_id, kind="act")
            act_says, row_says = json.loads(line.payload), json.loads(entry.payload)
            assert act_says["who"] == {"id": "7", "name": "Battery", "on_behalf": "Anna Weber", "role": "inspector"}
            assert (act_says["reason"], act_says["source"], act_says["request"]) == ("battery", "test", "request-4711")
            assert (entry.actor_id, line.actor_id, row_says["act"]) == ("7", "7", act_says["act"])
            assert self.began <= entry.ts <= clock()
            self._sides(row_says)

    def _sides(self, says: dict[str, Any]) -> None:
        columns = {f.column for f in self.model._meta.concrete_fields if f.name not in self.model.trail_omit}
        known = {"insert": (False, True), "update": (True, True), "delete": (True, False)}[says["op"]]
        for side, is_known in zip(("old", "new"), known, strict=True):
            assert set(says[side] or ()) == (columns if is_known else set())
        assert says["old"] != says["new"]


def clock() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def raw_insert(model: Any, row: Any) -> None:
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and not f.has_db_default()]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', values)


def raw_update(model: Any, pks: list[int], field: Any, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE id = ANY(%s)', [value, pks])


def raw_copy(model: Any, row: Any) -> None:
    """COPY, as bulk tools write."""
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and not f.has_db_default()]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        copy.write_row(values)


@cache
def migrated_apps() -> Any:
    """Of all migrations, which are the same for every row; one takes seconds."""
    return MigrationLoader(connection).project_state().apps


def by_migration(model: Any) -> Any:
    """The model as a data migration gets it: no methods of ours, only its fields."""
    return migrated_apps().get_model(model._meta.app_label, model._meta.model_name)


def by_admin(model: Any) -> Any:
    """Django's admin as it writes when somebody mounts it (we do not): the same door, the same trail."""
    from django.contrib.admin.options import ModelAdmin
    from django.contrib.admin.sites import AdminSite

    return ModelAdmin(model, AdminSite())


CREATING: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "save": (1, lambda m: rows.unsaved(m).save()),
    "create": (1, lambda m: m._base_manager.create(**_values(m))),
    "bulk_create": (3, lambda m: m._base_manager.bulk_create([rows.unsaved(m) for _ in range(3)])),
    "raw insert": (1, lambda m: raw_insert(m, rows.unsaved(m))),
    "copy": (1, lambda m: raw_copy(m, rows.unsaved(m))),
    "admin": (1, lambda m: by_admin(m).save_model(None, rows.unsaved(m), None, False)),
    "migration": (1, lambda m: by_migration(m)._base_manager.create(**_values(m, ids=True))),
}


def _values(model: Any, *, ids: bool = False) -> dict[str, Any]:
    row = rows.unsaved(model)
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and not f.has_db_default()]
    return {(f.attname if ids else f.name): getattr(row, f.attname if ids else f.name) for f in fields}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label_lower)
@pytest.mark.parametrize("way", CREATING)
def test_every_way_of_creating_leaves_one_entry_and_one_version_a_row(model, way):
    number, write = CREATING[way]
    with act():
        rows.unsaved(model)  # what it points at is made before we count
        counted = Counted(model)
        write(model)
    assert counted.more == (number, number)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label_lower)
@pytest.mark.parametrize("way", CREATING)
def test_no_way_of_creating_works_without_an_act(model, way):
    with act():
        rows.unsaved(model)
    counted = Counted(model)
    with pytest.raises((Error, psycopg.Error), match="needs an act|no act is open"), transaction.atomic():
        CREATING[way][1](model)
    assert counted.more == (0, 0)


def change(way: str, model: Any, found: list[Any], field: Any, value: Any) -> None:
    pks = [row.pk for row in found]
    if way in ONE_BY_ONE:
        for row in found:
            setattr(row, field.attname, value)
            ONE_BY_ONE[way](row, field)
    elif way in SET_WISE:
        SET_WISE[way](model, pks, field, value)
    else:
        for row in found:
            setattr(row, field.attname, value)
        model._base_manager.bulk_update(found, [field.name])


def raw_merge(model: Any, pks: list[int], field: Any, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'MERGE INTO "{model._meta.db_table}" t USING (SELECT unnest(%s::bigint[]) AS id) s ON t.id = s.id'
            f' WHEN MATCHED THEN UPDATE SET "{field.column}" = %s',
            [pks, value],
        )


def of_rows(manager: Any, pks: list[int], field: Any, value: Any) -> None:
    manager.filter(pk__in=pks).update(**{field.name: value})


ONE_BY_ONE: dict[str, Callable[[Any, Any], Any]] = {
    "save": lambda row, field: row.save(update_fields=[field.name]),
    "admin": lambda row, field: by_admin(type(row)).save_model(None, row, None, True),
}
SET_WISE: dict[str, Callable[[Any, list[int], Any, Any], Any]] = {
    "update": lambda model, *rest: of_rows(model._base_manager, *rest),
    "raw update": raw_update,
    "merge": raw_merge,
    "migration": lambda model, *rest: of_rows(by_migration(model)._base_manager, *rest),
}
CHANGING = (*ONE_BY_ONE, *SET_WISE, "bulk_update")
CHANGEABLE = [m for m in MODELS if rows.changeable(m)]


@pytest.mark.parametrize("model", CHANGEABLE, ids=lambda m: m._meta.label_lower)
@pytest.mark.parametrize("way", CHANGING)
def test_every_way_of_changing_leaves_one_entry_and_one_version_a_row(model, way):
    field, value = rows.changeable(model)
    with act():
        found = [rows.make_row(model._meta.label_lower) for _ in range(2)]
    counted = Counted(model)
    with pytest.raises(Error, match="needs an act"), transaction.atomic():
        change(way, model, found, field, value)
    assert counted.more == (0, 0)
    with act():
        change(way, model, found, field, value)
    assert counted.more == (2, 2)
    with act():
        change(way, model, found, field, value)  # nothing is different: no version says that nothing happened
    assert counted.more == (2, 2)


DELETING: dict[str, Callable[[Any], Any]] = {
    "delete": lambda row: row.delete(),
    "queryset delete": lambda row: type(row)._base_manager.filter(pk=row.pk).delete(),
    "raw delete": lambda row: _raw_delete(row),
    "admin": lambda row: by_admin(type(row)).delete_model(None, row),
    "admin, several": lambda row: by_admin(type(row)).delete_queryset(None, type(row)._base_manager.filter(pk=row.pk)),
}


def _raw_delete(row: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label_lower)
@pytest.mark.parametrize("way", DELETING)
def test_a_row_is_deleted_only_where_its_table_allows_it_and_then_in_an_act(model, way):
    with act():
        row = rows.make_row(model._meta.label_lower)
    counted, pk = Counted(model), row.pk
    refused = "needs an act" if model.deletable else "permission denied"
    with pytest.raises(Error, match=refused), transaction.atomic():
        DELETING[way](row)
    row.pk = pk
    if model.deletable:
        with act():
            DELETING[way](row)
        assert counted.more == (1, 1)
    else:
        with pytest.raises(Error, match=refused), transaction.atomic(), act():
            DELETING[way](row)
        assert counted.more == (0, 0) and model._base_manager.filter(pk=pk).exists()


FROZEN = [(m, name) for m in MODELS for name in m.frozen]


@pytest.mark.parametrize(("model", "name"), FROZEN, ids=lambda v: v if isinstance(v, str) else v._meta.label_lower)
def test_a_frozen_column_never_changes(model, name):
    field = model._meta.get_field(name)
    with act():
        row = rows.make_row(model._meta.label_lower)
    others = {
        "uuid": "gen_random_uuid()",
        "datetime": "now() - interval '1 day'",
        "json": """'{"x": 1}'::jsonb""",
        "number": f'coalesce("{field.column}", 0) + 1',
        "boolean": f'"{field.column}" IS NOT TRUE',  # also where it is unknown
    }
    sql = others.get(kind_of(field), "'?'")
    refused = "never change|is re-inspected by somebody"  # whichever law is asked first
    with pytest.raises(Error, match=refused), transaction.atomic(), act(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET "{field.column}" = {sql} WHERE id = %s', [row.pk])


def kind_of(field: Any) -> str:
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    if "UUID" in kind:
        return "uuid"
    if "JSON" in kind or "Boolean" in kind:
        return "json" if "JSON" in kind else "boolean"
    if "Date" in kind:
        return "datetime"
    return "number" if any(word in kind for word in ("Integer", "Auto", "Decimal")) else "text"


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label_lower)
def test_the_key_of_a_row_never_changes(model):
    with act():
        row = rows.make_row(model._meta.label_lower)
    with pytest.raises(Error), transaction.atomic(), act(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET id = id + 1000000 WHERE id = %s', [row.pk])


def differences(model: Any) -> tuple[int, int, int, int]:
    """(rows, rows that are not their last version, rows that are not their last entry, versions without an entry or reverse)."""
    table, history = model._meta.db_table, model.history.model._meta.db_table
    apart = {*model.trail_omit, *model.trail_commit}
    kept = [f.column for f in model._meta.concrete_fields if f.name not in apart]
    other = " OR ".join(f't."{c}" IS DISTINCT FROM h."{c}"' for c in kept)
    last = f"SELECT DISTINCT ON (id) * FROM {history} ORDER BY id, history_id DESC"
    entry = """SELECT e.payload FROM journal_entry e WHERE e.kind = 'row' AND e.object_type = %s
        AND e.object_key = t.id::text ORDER BY e.id DESC LIMIT 1"""
    sql = f"""
        SELECT count(t.id), count(*) FILTER (WHERE h.id IS NULL OR {other}),
            count(*) FILTER (WHERE (e.payload::jsonb -> 'new') IS DISTINCT FROM {row_json(model, "t")}::jsonb),
            (SELECT count(*) FROM {history})
                - (SELECT count(*) FROM journal_entry WHERE kind = 'row' AND object_type = %s)
        FROM {table} t LEFT JOIN ({last}) h ON h.id = t.id LEFT JOIN LATERAL ({entry}) e ON true"""
    label = model._meta.label_lower
    with connection.cursor() as cursor:
        cursor.execute(sql, [label, label])
        found: tuple[int, int, int, int] = cursor.fetchone()
    return found


def unwhole() -> dict[str, tuple[int, int, int, int]]:
    return {m._meta.label_lower: found for m in MODELS if any((found := differences(m))[1:])}


def test_what_acts_write_is_whole(plant):
    """Every row of the plant is what its last version and its last entry say, both ways."""
    assert unwhole() == {}
    assert sum(differences(m)[0] for m in MODELS) > 100


def test_what_pages_files_and_the_inbox_write_is_whole(plant, clients):
    """The rest of the twelve ways: form, upload, API and import."""
    before = Entry.objects.count()
    engineer, record = clients["engineer"], plant.one(Nonconformance)
    form = {
        "part": record.part_number,
        "lot": record.lot_number,
        "quantity": "2",
        "defect_code": record.defect_code.code,
    }
    assert engineer.post("/ncr/new", {**form, "severity": "minor", "description": "by form"}).status_code == 302
    assert engineer.post(record.get_absolute_url(), {"text": "by form"}).status_code == 302
    event = {
        "specversion": "1.0",
        "id": "battery-1",
        "source": "line-1",
        "type": "mes.defect.logged",
        "time": "2026-03-01T10:00:00Z",
        "data": {
            "nc_code": "DIM-OUT",
            "quantity": {"affected": 2},
            "part": record.part_number,
            "lot": record.lot_number,
        },
    }
    sent = engineer.post(
        "/api/v1/mes/events",
        json.dumps(event),
        content_type="application/cloudevents+json",
        headers={"Authorization": f"Bearer {plant.tokens['mes']}"},
    )
    assert sent.status_code == 201, sent.content
    assert Entry.objects.count() > before + 5
    assert unwhole() == {}
