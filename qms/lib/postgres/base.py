from typing import Any

from django.db.backends.postgresql import base, schema


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


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
