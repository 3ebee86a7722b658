"""Model fields that the database fills and INSERT … RETURNING brings back in the same round trip."""

from typing import Any

from django.db import models
from django.db.models.functions import Now


class DatabaseTime(models.DateTimeField):
    """Time by the database clock at the insert; the application cannot choose it by accident."""

    db_returning = True

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("db_default", Now())
        options.setdefault("editable", False)
        super().__init__(*args, **options)


class NumberField(models.CharField):
    """NCR-26-000123: drawn from the series' sequence by the INSERT itself (core-path.md §1, Numbering)."""

    db_returning = True

    def __init__(self, *args: Any, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        options.setdefault("max_length", 24)
        options.setdefault("unique", True)
        options.setdefault("editable", False)
        options.setdefault("db_default", models.Func(models.Value(prefix), function="qms_next_number"))
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "prefix": self.prefix}


class QuantityField(models.DecimalField):
    """numeric(20,6), never a float."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.update(max_digits=20, decimal_places=6)
        super().__init__(*args, **options)
