"""Sheets of a drawing: a page of an attached PDF becomes a picture of the plan, on which balloons are placed."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.errors import Conflict, Invalid
from qms.records import actions as records
from qms.records import pdf_pages, store
from qms.records.models import Attachment
from qms.workflow.apply import check

from ..models import InspectionPlan
from ..queries import plans


def draw_page(
    *, inspectionplan: InspectionPlan, file: str, page: int, by: Any, version: int | None = None
) -> Attachment:
    """`file`: SHA-256 of a PDF of the plan or of an earlier edition. The picture is attached to the plan; one that is there already is
    returned. Raises Invalid (no such file, no such page, not to be read), Forbidden, Conflict."""
    transition = inspectionplan.workflow.transition("characterise")
    records.check_step(inspectionplan, transition, by)
    check(inspectionplan, transition)
    if version is not None and version != inspectionplan.version:
        raise Conflict(
            _("The plan was changed meanwhile."), hint=_("Look at it, then draw the page again."), code="version"
        )
    known = plans.documents(inspectionplan)
    if file not in known:
        raise Invalid(_("The plan has no such PDF."), field="file", hint=_("Attach it to the plan first."))
    name = known[file].name
    picture = pdf_pages.picture(store.original(file), page=page, name=name)
    there = plans.pictures(inspectionplan).get(store.digest(picture))
    title = f"{PurePath(name).stem[:150]} p{page}.png"
    return there or records.attach(record=inspectionplan, name=title, content=picture, by=by)
