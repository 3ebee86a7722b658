"""Migrations: what a plant that has taken some of the steps can go on from (ADR 31)."""

from django.db.migrations.loader import MigrationLoader


def test_a_step_stands_on_steps_and_not_on_what_joins_them():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    joined = {key for key, migration in loader.disk_migrations.items() if migration.replaces}
    assert joined
    told = {key: set(migration.dependencies) & joined for key, migration in loader.disk_migrations.items()}
    assert {key: names for key, names in told.items() if names} == {}, "name the newest of the joined steps instead"
