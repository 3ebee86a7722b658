"""Where each balloon stands on a picture of the drawing: chosen by a click, or typed as per cent."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.forms import ChoiceField, Form, IntegerField
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.lib.errors import Invalid
from qms.ui.widgets import offer

from .. import actions, queries
from ..models.characteristics import COPIED
from .plans import PlanStep


class Place(PlanStep):
    """One picture at a time (`?picture=SHA-256`); lines that stand on another one stay there."""

    transition = "characterise"
    form_class = Form
    title = gettext_lazy("Place the balloons on the drawing")
    submit = gettext_lazy("Save")
    template_name = "inspection/plan_place.html"
    help_template = "inspection/_plan_place_help.html"

    def picture(self) -> Any:
        known = queries.plans.pictures(self.record)
        asked = self.request.GET.get("picture", "")
        return known.get(asked) or next(iter(known.values()), None)

    def more(self) -> dict[str, Any]:
        known, picture = queries.plans.pictures(self.record), self.picture()
        lines = []
        for row in self.record.characteristics.all():
            at = queries.plans.placed(row.place, known)
            here = at is not None and picture is not None and at["file"].sha256 == picture.sha256
            point = (percent(at["x"]), percent(at["y"])) if at and here else ("", "")
            x, y = (self.request.POST.get(f"{axis}.{row.uid}", point[n]) for n, axis in enumerate("xy"))
            lines.append({"row": row, "x": x, "y": y, "elsewhere": at["file"] if at and not here else None})
        documents = queries.plans.documents(self.record)
        return {"lines": lines, "picture": picture, "pictures": list(known.values()), "documents": documents}

    def perform(self, data: dict[str, Any]) -> Any:
        picture = self.picture()
        if picture is None:
            raise Invalid(
                _("The plan has no picture of the drawing."),
                hint=_("Attach the sheet as PNG, JPEG or PDF to the plan first."),
            )
        rows = []
        for row in self.record.characteristics.all():
            told = {"uid": str(row.uid), **{name: getattr(row, name) for name in COPIED}}
            rows.append({**told, "place": self.place(row, picture)})
        return super().perform({"characteristics": rows})

    def place(self, row: Any, picture: Any) -> str:
        x, y = (self.request.POST.get(f"{axis}.{row.uid}", "").strip() for axis in "xy")
        if not x and not y:
            return "" if row.place.startswith(picture.sha256) else row.place
        return f"{picture.sha256}@{thousandth(x, row)},{thousandth(y, row)}"


class PageForm(Form):
    file = ChoiceField(label=gettext_lazy("PDF of the plan"))
    page = IntegerField(label=gettext_lazy("Page"), min_value=1, max_value=999, initial=1)

    def __init__(self, *args: Any, documents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "file", [(sha256, one.name) for sha256, one in documents.items()])


class DrawPage(PlanStep):
    """A page of an attached PDF becomes a sheet; then balloons are placed on it."""

    transition = "characterise"
    form_class = PageForm
    title = gettext_lazy("Take a page of a PDF as a sheet")
    submit = gettext_lazy("Draw the page")
    help_template = "inspection/_plan_pdf_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"documents": queries.plans.documents(self.record)}

    def initial(self) -> dict[str, Any]:
        return {}

    def perform(self, data: dict[str, Any]) -> Any:
        made = actions.draw_page(inspectionplan=self.record, by=self.request.user, version=self.version, **data)
        return f"{self.back_url()}?picture={made.sha256}"

    def back_url(self) -> str:
        return reverse("inspection:inspectionplan-place", args=[self.record.number])


def percent(thousandths: int) -> str:
    return f"{Decimal(thousandths) / 10:f}"


def thousandth(text: str, row: Any) -> int:
    """Of "42.5" or "42,5" per cent. Raises Invalid outside 0 to 100."""
    try:
        found = int((Decimal(text.replace(",", ".")) * 10).to_integral_value())
    except InvalidOperation:
        found = -1
    if not 0 <= found <= 1000:
        raise Invalid(
            _("Balloon %(balloon)s: across and down are per cent from 0 to 100.") % {"balloon": row.balloon},
            hint=_("Click on the picture, or type both numbers."),
        )
    return found
