"""How far each flow of an interface goes, since when, and what is kept of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from connectors.actions.stages import FlowName, flows_of
from connectors.models import (
    POSTINGS_OUT,
    Delivery,
    Direction,
    FlowStage,
    GoLive,
    InboxMessage,
    Interface,
    Kind,
    Shadow,
    Stage,
)
from connectors.sync.push import PREFIX
from qms.ui.export import csv_value
from qms.ui.show import Mark

STAGES = (
    Mark("off", Stage.OFF.label, "muted", "power-off"),
    Mark("observe", Stage.OBSERVE.label, "info", "eye"),
    Mark("shadow", Stage.SHADOW.label, "warning", "copy"),
    Mark("live", Stage.LIVE.label, "success", "circle-check"),
)
HEADS = ("verdict", "what", "flow", "there", "field", "field_flow", "field_there")
MARKS = {mark.code: mark for mark in STAGES}


@dataclass(frozen=True)
class Row:
    """`site` "": every site. `kept`: messages or postings that wait for a decision; `computed`: shadows of it."""

    flow: FlowName
    mark: Mark
    site: str
    since: dt.datetime | None
    kept: int
    computed: int

    @property
    def direction(self) -> Any:
        return Direction(self.flow.direction).label


def staged(interface: Interface) -> list[Row]:
    """Flows of which nothing was decided stand where the flows of the interface begin."""
    told: dict[str, list[FlowStage]] = {}
    for row in FlowStage.objects.filter(interface=interface).select_related("site").order_by("pk"):
        told.setdefault(f"{row.direction}:{row.object}", []).append(row)
    kept, computed = _kept(interface), _computed(interface)
    found = []
    for flow in flows_of(interface):
        counts = kept[flow.key], computed[flow.key]
        own = told.get(flow.key, [])
        if all(row.site for row in own):
            found.append(Row(flow, MARKS[interface.first_stage], "", None, *counts))
        found += [Row(flow, MARKS[row.stage], row.site.code if row.site else "", row.since, *counts) for row in own]
    return found


def _kept(interface: Interface) -> Counter[str]:
    rows = InboxMessage.objects.filter(interface=interface, state__in=("OBSERVED", "SHADOWED"), record_number="")
    counted = Counter(
        {_inward(interface, name): n for name, n in rows.values_list("message_type").annotate(Count("pk"))}
    )
    counted[f"{Direction.OUT}:{POSTINGS_OUT}"] = Delivery.objects.filter(interface=interface, state="SHADOW").count()
    return counted


def _inward(interface: Interface, name: str) -> str:
    object = name.removeprefix(PREFIX).removesuffix(".batch") if interface.kind == Kind.ERP else name
    return f"{Direction.IN}:{object}"


def _computed(interface: Interface) -> Counter[str]:
    rows = Shadow.objects.filter(interface=interface).order_by().values_list("direction", "object")
    return Counter({f"{direction}:{object}": n for direction, object, n in rows.annotate(n=Count("pk"))})


def as_csv(record: GoLive) -> str:
    """A row per line of the comparison, and per field where fields differ; heads and verdicts are codes, in every language."""
    out = io.StringIO()
    out.write("\ufeff")  # so that a spreadsheet reads it as UTF-8
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADS)
    for line in record.lines:
        told = [line["kind"], line["key"], line["ours"], line["theirs"]]
        for field in line["fields"] or [("", "", "")]:
            writer.writerow([csv_value("" if value is None else str(value)) for value in (*told, *field)])
    return out.getvalue()
