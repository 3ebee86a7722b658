"""An upgrade while people work (G18): a real migration that adds columns to a regulated table, with writers of the version before on.

What it shows: processes of the old version go on, during the migration and after it; the trail is the same trail. What it does
not: two whole programs side by side (the writers are the old schema's models in this process), and a release that removes columns.
"""

import itertools
import threading
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from bench.fill import fill
from qms import journal
from qms.journal import proofs, trail, verifying
from qms.journal.models import Entry
from qms.journal.offline import proof
from tests.databases import direct, use_login
from tests.factories import Factory
from tests.journal.plant import as_sealer
from tests.sizes import FULL, size

from .place import here

PROVES = ("11.10(a)", "11.10(e)", "G18")
pytestmark = pytest.mark.usefixtures("own_database")
# The far way back is a hundred steps, ten minutes of them; the near one is the last columns that nothing else stands on.
FAR = ("accounts", "0005_badges"), "accounts_user", {"epoch", "password_handed_at"}
NEAR = ("reviews", "0004_periodic_reviews"), "reviews_accessrule", {"system_months"}
BEFORE, TABLE, ADDED = FAR if FULL else NEAR
LABEL, HISTORY = TABLE.replace("_", "."), TABLE.replace("_", "_historical")
ENTRIES, WRITERS = size(1_000_000, 10_000), size(8, 4)
STAMPS = f"""SELECT md5(string_agg(history_id || ' ' || history_schema, ',' ORDER BY history_id))
FROM {HISTORY} WHERE history_id <= %s"""


def columns(table):
    sql = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
    with direct("owner") as owner:
        return {name for (name,) in owner.execute(sql, [table])}


class Steps(MigrationLoader):
    """Every step as it once was: the ones that several were joined into have no way back to one between."""

    def load_disk(self):
        super().load_disk()
        self.joined = [key for key, migration in self.disk_migrations.items() if migration.replaces]
        for key in self.joined:
            del self.disk_migrations[key]


# Tables that the way back takes away, or columns of theirs: the trail remembers what stood there. No plant goes that way.
LOST = set()


def tables():
    return {model._meta.db_table for model in trail.regulated_models() if columns(model._meta.db_table)}


def old_shape(model):
    """The model as the version before knew it: what the generator of triggers asks of it."""
    known = columns(model._meta.db_table)
    fields = [field for field in model._meta.concrete_fields if field.column in known]
    meta = SimpleNamespace(
        label_lower=model._meta.label_lower, db_table=model._meta.db_table, pk=model._meta.pk, concrete_fields=fields
    )
    kept = {name: getattr(model, name) for name in ("trail_omit", "trail_commit", "history")}
    return SimpleNamespace(_meta=meta, **kept)


@pytest.fixture
def old():
    """The plant at the version before, with its own triggers; its models."""
    Factory().report()
    fill(ENTRIES)
    plant = here()
    use_login("owner")
    there = {name: columns(name) for name in tables()}
    executor = MigrationExecutor(connection)
    executor.loader = Steps(connection)
    executor.migrate([BEFORE])  # what stands on it goes back too
    for key in executor.loader.joined:  # a plant of that version never heard of them
        executor.recorder.record_unapplied(*key)
    LOST.clear()
    LOST.update(name for name, had in there.items() if name != TABLE and had - columns(name))
    connection.close()
    use_login("app")
    assert not ADDED & columns(TABLE)
    with direct("owner") as owner:
        for model in trail.regulated_models():
            if columns(model._meta.db_table):
                owner.execute(trail.function_sql(old_shape(model), BEFORE[1]))
    as_sealer()
    return plant, Steps(connection).project_state([BEFORE]).apps


def changing(event, act_on):
    with journal.act(journal.EVENTS[event], by=journal.SYSTEM) as act:
        act.record(act_on())


class Accounts:
    """They make accounts and change them."""

    def __init__(self, apps):
        self.model = apps.get_model("accounts", "User")
        self.pattern = self.model.objects.order_by("pk").values().first()

    def write(self, who, turn):
        name = f"old{who}-{turn}"
        values = {k: v for k, v in self.pattern.items() if k not in ("id", "personal_salt")}
        changing(
            "account.created",
            lambda: self.model.objects.create(**values | {"username": name, "username_key": name}),
        )
        rows = self.model.objects.filter(username=name)
        changing("account.created", lambda: rows.update(full_name=f"{name} again") and rows.get())

    def written(self):
        return self.model.objects.filter(username__startswith="old").count()


class Rules:
    """Each sets the interval of reviews of its own site, again and again."""

    def __init__(self, apps):
        self.model, sites = apps.get_model("reviews", "AccessRule"), apps.get_model("accounts", "Site")
        self.history = apps.get_model("reviews", "HistoricalAccessRule")
        pattern = sites.objects.order_by("pk").values().first()
        for who in range(WRITERS):
            values = {k: v for k, v in pattern.items() if k not in ("id", "uid")} | {"code": f"U{who}"}
            changing("account.created", lambda values=values: self._own(sites.objects.create(**values)))

    def _own(self, site):
        return self.model.objects.create(site=site, months=6)

    def write(self, who, turn):
        rows = self.model.objects.filter(site__code=f"U{who}")
        changing("account.created", lambda: rows.update(months=1 + turn % 36) and rows.get())

    def written(self):
        return self.history.objects.count()


class Writers:
    """Each change in an act. A lock that never comes is an error; how long one waits is the machine's affair."""

    def __init__(self, apps):
        self.kind, self.going, self.errors, self.done = (Accounts if FULL else Rules)(apps), True, [], itertools.count()
        self.threads = [threading.Thread(target=self._work, args=(n,)) for n in range(WRITERS)]

    def _work(self, n):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '120s'")
        for turn in itertools.count():
            if not self.going:
                break
            try:
                self.kind.write(n, turn)
                next(self.done)
            except Exception as error:
                self.errors.append(f"{type(error.__cause__ or error).__name__}: {error}"[:900])
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()


def test_writers_of_the_old_version_go_on_and_the_trail_stands(old):
    plant, apps = old
    kept = proofs.newest()
    writers = Writers(apps)
    newest_history = plant.ask(f"SELECT max(history_id) FROM {HISTORY}")[0][0]
    stamps, written = plant.ask(STAMPS % newest_history), writers.kind.written
    with writers:
        start = written()
        _until(lambda: written() >= start + WRITERS)
        before = written()
        plant.manage("migrate")
        after = written()
        _until(lambda: written() >= after + WRITERS)
    assert writers.errors == []
    assert written() > after > before
    assert columns(TABLE) & columns(HISTORY) >= ADDED
    assert plant.ask(STAMPS % newest_history) == stamps
    _the_trail_stands(kept, before, after)


def _until(holds):
    """Ends by the time limit of the test run when it never does."""
    import time

    while not holds():
        time.sleep(0.02)


def _the_trail_stands(kept, before, after):
    as_sealer()
    newest = proofs.newest()
    assert newest.size > kept.size
    path = newest.tree.consistency(kept.size)
    assert proof.grown(kept.size, newest.size, kept.root, newest.root, path)
    found = verifying.verify(checkpoint=kept.note).found
    assert {f.values.get("table", f.code) for f in found} <= LOST, found
    stamped = Entry.objects.filter(object_type=LABEL, kind="row").values_list("schema_version", flat=True)
    [(_app, newest_shape)] = Steps(connection).graph.leaf_nodes(BEFORE[0])
    assert {BEFORE[1], newest_shape} <= set(stamped.distinct())
