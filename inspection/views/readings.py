"""The grid: characteristic × sample, saved cell by cell, or as a whole where scripts are off."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qms.lib.errors import Refusal
from qms.lib.ids import uuid7
from qms.lib.quantity import show

from .. import actions, queries, tables
from ..actions import Cell
from ..choices import CharacteristicKind
from ..models import Gauge
from .lots import LotStep

WIDTH = 10  # samples of one page
# c.<characteristic>.<sample>: the reading; w: why it is read again; k: the key of this very input.
NAME = re.compile(r"c\.([0-9a-f-]{36})\.(\d{1,9})")


class NothingForm(forms.Form):
    """The cells stand in the grid."""


class Readings(LotStep):
    transition = "readings"
    form_class = NothingForm
    template_name = "inspection/readings.html"
    submit = gettext_lazy("Save the readings")
    title = pgettext_lazy("measured", "Readings")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A single cell answers with itself, as it stands now; everything else as any step."""
        if request.headers.get("HX-Request") and (name := request.POST.get("cell", "")):
            self.allowed()
            return self.cell(name)
        return super().post(request, **kwargs)

    def cell(self, name: str) -> HttpResponse:
        problem = None
        try:
            self.target = actions.record_readings(
                inspection=self.record, by=self.request.user, cells=self.cells([name])
            )
        except Refusal as refusal:
            problem, self.target = refusal, None
        prefetch_related_objects([self.record], "characteristics")
        uid, sample = place(name)
        lines = self.lines(sample, sample)
        line = next(one for one in lines if str(one.characteristic.uid) == uid)
        typed = self.request.POST.get(name, "") if problem else ""
        follows = [] if problem else [(one, box(one, sample)) for one in lines if one.characteristic.formula]
        context = {
            "record": self.record, "line": line, "box": box(line, sample, typed), "problem": problem,
            "follows": follows, "progress": queries.lots.progress(self.record), "url": self.request.get_full_path(),
        }  # fmt: skip
        return render(self.request, "inspection/_cells.html", context)

    def perform(self, data: dict[str, Any]) -> str:
        held = {
            f"c.{r.characteristic.uid}.{r.sample}": r.given
            for r in self.record.current_readings().select_related("characteristic")
        }
        sent = {name: text.strip() for name, text in self.request.POST.items() if NAME.fullmatch(name)}
        names = [name for name, text in sent.items() if text and text != held.get(name)]
        actions.record_readings(inspection=self.record, by=self.request.user, cells=self.cells(names))
        return self.request.get_full_path()

    def cells(self, names: list[str]) -> list[Cell]:
        sent = self.request.POST
        asked = {text for name in names if (text := sent.get(f"g.{place(name)[0]}", ""))}
        gauges = {one.number: one for one in self.gauges() if one.number in asked} if asked else {}
        found = []
        for name in names:
            uid, sample = place(name)
            rest = name[1:]
            found.append(
                Cell(
                    uid, sample, sent[name], serial=sent.get(f"s.{sample}", ""), reason=sent.get(f"w{rest}", ""),
                    gauge=gauges.get(sent.get(f"g.{uid}", "")), **key_of(sent.get(f"k{rest}", "")),
                )
            )  # fmt: skip
        return found

    def gauges(self) -> list[Gauge]:
        rows = Gauge.objects.visible_to(self.request.user).filter(site_id=self.record.site_id, state="IN_USE")
        return list(rows.order_by("asset"))

    def lines(self, first: int, last: int) -> list[Any]:
        return queries.lots.lines(self.record, first=first, last=last)

    def more(self) -> dict[str, Any]:
        most = max([one.wanted for one in self.record.characteristics.all()], default=0)
        first = min(max(int(text) if (text := self.request.GET.get("from", "1")).isdigit() else 1, 1), max(most, 1))
        last = min(first + WIDTH - 1, most)
        gauges, sheets = self.gauges(), queries.lots.sheets(self.record)
        studies = queries.msa.newest(g.pk for g in gauges)
        charts = queries.focus.charts_of(self.record, self.request.user)
        rows = [
            {
                "line": line,
                **sheets.get(str(line.characteristic.source), {}),
                "chart": charts.get((line.characteristic.name, line.characteristic.unit)),
                "boxes": [
                    box(line, n, self.request.POST.get(f"c.{line.characteristic.uid}.{n}", ""))
                    for n in range(first, last + 1)
                ],
                "gauge": self.request.POST.get(f"g.{line.characteristic.uid}", ""),
                "gauges": [(g, fits(g, line.characteristic), studies.get(g.pk)) for g in gauges]
                if line.characteristic.is_measured and not line.characteristic.formula
                else [],
            }
            for line in self.lines(first, last)
        ]
        return {
            "has_sheets": bool(sheets), "rows": rows,
            "samples": range(first, last + 1), "first": first, "last": last, "most": most, "width": WIDTH,
            "before": max(first - WIDTH, 1) if first > 1 else 0, "after": last + 1 if last < most else 0,
            "progress": queries.lots.progress(self.record),
        }  # fmt: skip


def place(name: str) -> tuple[str, int]:
    """Characteristic and sample of an input's name. Raises Refusal for another one."""
    found = NAME.fullmatch(name)
    if found is None:
        raise Refusal(_("This input does not belong to the grid."), code="no_such_cell")
    return found[1], int(found[2])


def key_of(text: str) -> dict[str, Any]:
    try:
        return {"key": UUID(text)}
    except ValueError:
        return {}


def fits(gauge: Gauge, characteristic: Any) -> bool:
    wanted = characteristic.gauge_kind.casefold()
    return not wanted or gauge.kind.casefold() == wanted


def box(line: Any, sample: int, typed: str = "") -> dict[str, Any]:
    """One cell: its name, what stands in it or was typed, and whether it is there at all."""
    one, attempts = line.characteristic, line.cells.get(sample, [])
    last = attempts[0] if attempts else None
    return {
        "name": f".{one.uid}.{sample}", "sample": sample, "attempts": attempts, "reading": last, "key": uuid7(),
        "given": typed or (last.given if last else ""), "is_open": sample <= one.wanted,
        "mark": next((mark for mark in tables.READING_MARKS if last and mark.code == last.verdict), None),
        "value": show(last.value) if last and last.value is not None else "",
        "answers": [] if one.is_measured else answers(one),
    }  # fmt: skip


def answers(characteristic: Any) -> list[tuple[str, Any]]:
    if characteristic.kind == CharacteristicKind.CHOICE:
        return [(one["code"], one["label"]) for one in characteristic.choices]
    return [("pass", _("Go")), ("fail", _("No-go"))]
