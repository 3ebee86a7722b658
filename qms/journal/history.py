"""Declaration of the history table that the trail's triggers fill and django-simple-history reads."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from qms.lib.fields import NumberField


class HistoryRow(models.Model):
    """Beside simple-history's own columns: the act, and the migration that shaped the row when it was written."""

    history_act = models.UUIDField(null=True)
    history_schema = models.TextField(default="")

    class Meta:
        abstract = True


class Trail(HistoricalRecords):
    """`history = Trail()` on a regulated model. Foreign keys keep their value and lose their index."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("bases", [HistoryRow])
        options.setdefault("user_db_constraint", False)
        super().__init__(**options)

    def copy_fields(self, model: Any) -> Any:
        fields = super().copy_fields(model)
        for name, field in fields.items():
            if isinstance(field, NumberField):  # its history is text: neither unique nor drawn from the series
                fields[name] = models.CharField(field.verbose_name, max_length=field.max_length)
            elif name != model._meta.pk.name:
                field.db_index = False
        return fields
