"""A table of its own for list tests: temporary, filled per test, unknown to the registry of models."""

import datetime
import random
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.http import QueryDict
from django.test.utils import isolate_apps

from qms.ui.filters import Choices, DateRange, Flag, NumberRange, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

STATES = (Mark("OPEN", "Open", "info"), Mark("CLOSED", "Closed", "success"))

with isolate_apps("qms.ui"):

    class Row(models.Model):
        number = models.CharField(max_length=20)
        title = models.CharField(max_length=80)
        state = models.CharField(max_length=10)
        quantity = models.DecimalField(max_digits=20, decimal_places=6)
        unit = models.CharField(max_length=10)
        due = models.DateField(null=True)
        at = models.DateTimeField()
        grade = models.IntegerField(null=True)

        class Meta:
            app_label = "ui"
            db_table = "listed_row"
            managed = False

        def get_absolute_url(self) -> str:
            return f"/row/{self.number}"


TABLE = """CREATE TEMPORARY TABLE listed_row (id bigserial PRIMARY KEY, number text, title text, state text,
    quantity numeric(20,6), unit text, due date, at timestamptz, grade int) ON COMMIT DROP"""


def spec(**changes: Any) -> ListSpec:
    return ListSpec(
        **{
            "name": "rows",
            "title": "Rows",
            "model": Row,
            "rows": lambda user: Row.objects.all(),
            "columns": (
                Column("number", "Number", kind="record", sort="number"),
                Column("title", "Title", wide=True),
                Column("state", "Status", kind="state", states=STATES, sort="state"),
                Column("quantity", "Quantity", kind="quantity", sort="quantity"),
                Column("due", "Due", kind="date", sort="due"),
                Column("at", "Reported", kind="moment", sort="at"),
                Column("grade", "Grade", kind="number", sort="grade", shown=False),
            ),
            "filters": (
                Choices("state", "Status", choices=[(s.code, s.label) for s in STATES]),
                Text("text", "Text", field="title"),
                NumberRange("quantity", "Quantity"),
                DateRange("at", "Reported"),
                DateRange("due", "Due", of_time=False),
                Flag("graded", "Graded", where=Q(grade__isnull=False)),
            ),
            "tabs": (Tab("All"), Tab("Open", {"state": ["OPEN"]})),
            "search": ("number", "title"),
            "order": "-at",
            "empty": "Rows appear when somebody makes one.",
            "export_permission": "",
            **changes,
        }
    )


def fill(count: int, *, seed: int = 1, **fixed: Any) -> None:
    """Rows with many ties and many empty values."""
    chance = random.Random(seed)
    start = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    rows = []
    for i in range(count):
        values = {
            "number": f"N-{i:05}",
            "title": chance.choice(["Scratch", "Burr", "Hole"]),
            "state": chance.choice(["OPEN", "CLOSED"]),
            "quantity": Decimal(chance.choice(["1", "2.5", "1000.000001"])),
            "unit": "pcs",
            "due": chance.choice([None, datetime.date(2026, 4, 1), datetime.date(2026, 5, 1)]),
            "at": start + datetime.timedelta(hours=chance.randint(0, 20), microseconds=chance.choice([0, 1])),
            "grade": chance.choice([None, 1, 2, 3]),
        }
        rows.append(Row(**{**values, **fixed}))
    Row.objects.bulk_create(rows)


def params(text: str = "") -> QueryDict:
    return QueryDict(text)
