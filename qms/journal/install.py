"""The step after every migrate: triggers, legal states, number series and grants, all from one list. Run by the owner."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from qms.lib import trail as classes
from qms.workflow.install import statements as workflow_statements

from . import sql, trail

STEPS: list[Callable[[Any], None]] = []
THIRD_PARTY = {
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "auth_permission": "SELECT",
    "workflow_edge": "SELECT",
}
JOURNAL = ("journal_entry", "journal_leaf", "journal_node", "journal_seal", "journal_era")
PRIVILEGES = {
    classes.REGULATED: "SELECT, INSERT, UPDATE",
    classes.MIRROR: "SELECT, INSERT, UPDATE",
    classes.BULK: "SELECT, INSERT",
    classes.PLUMBING: "SELECT, INSERT, UPDATE, DELETE",
}


def installer(step: Callable[[Any], None]) -> Callable[[Any], None]:
    """Registers a room's own step (number series); it gets an owner's cursor."""
    STEPS.append(step)
    return step


def after_migrate(app_config: Any, using: str, **rest: Any) -> None:
    """Once per migrate, behind the last app, when every table exists."""
    last = [c for c in apps.get_app_configs() if c.models_module][-1]
    if app_config.label == last.label:
        with connections[using].cursor() as cursor:
            if "journal_entry" in connections[using].introspection.table_names(cursor):
                install(cursor, using)


def install(cursor: Any, using: str = "default") -> None:
    cursor.execute(sql.FUNCTIONS)
    cursor.execute(sql.TRIGGERS + sql.append_only("journal_node"))
    for statement, values in workflow_statements():
        cursor.execute(statement, values or None)
    newest = schema_versions(using)
    for model in trail.regulated_models():
        cursor.execute(trail.function_sql(model, newest.get(model._meta.app_label, "")) + trail.frozen_sql(model))
    for step in STEPS:
        step(cursor)
    with transaction.atomic(
        using
    ):  # rights are taken and given at one moment: a plant that works meanwhile never lacks one
        grant(cursor)


def schema_versions(using: str) -> dict[str, str]:
    """App label → its newest applied migration; stands in every history row (a later AddField must not rewrite the past)."""
    applied = MigrationRecorder(connections[using]).applied_migrations()
    return dict(sorted(applied))


def grant(cursor: Any) -> None:
    app, sealer = settings.QMS_APP_ROLE, settings.QMS_SEALER_ROLE
    cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s)", [app, sealer])
    if cursor.fetchone()[0] < 2:
        raise RuntimeError(f"Make the roles {app} and {sealer} first (docs/how-to/install.md).")
    cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {app}, {sealer}, PUBLIC")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {app}, {sealer}")
    cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}")
    cursor.execute(
        f"REVOKE ALL ON SEQUENCE journal_entry_id_seq FROM {app}"
    )  # ids are drawn by the definer functions only
    cursor.execute(f"REVOKE TEMPORARY ON DATABASE {quoted_database(cursor)} FROM PUBLIC")
    cursor.execute(f"GRANT TEMPORARY ON DATABASE {quoted_database(cursor)} TO {app}")
    for statement in [*table_grants(app), *journal_grants(app, sealer)]:
        cursor.execute(statement)


def quoted_database(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_database())")
    return str(cursor.fetchone()[0])


def table_grants(app: str) -> Iterable[str]:
    for table, privileges in THIRD_PARTY.items():
        yield f'GRANT {privileges} ON "{table}" TO {app}'
    for model in own_models():
        table = model._meta.db_table
        yield f'GRANT {PRIVILEGES[model.trail_class]} ON "{table}" TO {app}'
        if getattr(model, "deletable", False):
            yield f'GRANT DELETE ON "{table}" TO {app}'
        if columns := getattr(model, "updatable", ()):
            names = ", ".join(f'"{model._meta.get_field(c).column}"' for c in columns)
            yield f'REVOKE UPDATE ON "{table}" FROM {app}'
            yield f'GRANT UPDATE ({names}) ON "{table}" TO {app}'
        if history := getattr(model, "history", None):
            yield f'GRANT SELECT ON "{history.model._meta.db_table}" TO {app}'


def own_models() -> list[Any]:
    return [m for m in apps.get_models() if getattr(m, "trail_class", "") and m._meta.managed]


def journal_grants(app: str, sealer: str) -> Iterable[str]:
    yield f"GRANT SELECT ON {', '.join(JOURNAL)} TO {app}, {sealer}"
    yield f"GRANT SELECT, INSERT, UPDATE ON journal_heartbeat TO {app}, {sealer}"
    yield f"GRANT INSERT ON journal_leaf, journal_node, journal_seal TO {sealer}"
    yield f"GRANT EXECUTE ON FUNCTION qms_check_era(), qms_extend_journal() TO {sealer}"
