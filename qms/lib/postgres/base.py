import re
from collections.abc import Callable
from typing import Any

from django.db import ProgrammingError
from django.db.backends.postgresql import base, schema
from django.db.backends.utils import CursorWrapper
from psycopg.errors import InsufficientPrivilege


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    def skip_default_on_alter(self, field: Any) -> bool:
        """Django drops the default once the rows that stand are filled. Processes of the version before, and triggers made by it,

        go on inserting rows without the column until they are replaced: the default stays when it is the same for every row.
        """
        return not callable(field.default) or field.default in (list, dict)

    def add_field(self, model: Any, field: Any) -> None:
        """A history is written by the trigger of its table: taking both in the writers' order leaves no deadlock between them."""
        written = model._meta.db_table.replace("_historical", "_", 1)
        if written != model._meta.db_table and not self.collect_sql:
            self.execute(f"LOCK TABLE {self.quote_name(written)} IN ACCESS EXCLUSIVE MODE")
        super().add_field(model, field)


# Told of a DELETE or TRUNCATE that the database refused for want of the right: (alias, table). For whoever keeps a trail of it.
REFUSED: list[Callable[[str, str], None]] = []
ATTEMPT = re.compile(r'\s*(?:DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?"?([A-Za-z_]\w*)', re.IGNORECASE)


class Cursor(CursorWrapper):
    def _execute(self, sql: Any, params: Any, *rest: Any) -> Any:
        try:
            return super()._execute(sql, params, *rest)  # type: ignore[misc]
        except ProgrammingError as problem:
            attempt = ATTEMPT.match(sql) if isinstance(sql, str) else None
            if attempt and isinstance(problem.__cause__, InsufficientPrivilege):
                for tell in REFUSED:
                    tell(self.db.alias, attempt[1])
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor

    def make_cursor(self, cursor: Any) -> Any:
        return Cursor(cursor, self)
