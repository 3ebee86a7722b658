"""The system-of-record matrix on screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms import journal
from qms.accounts import access
from qms.journal import wording
from qms.lib.clock import now
from qms.lib.errors import Missing
from qms.records import queries as records
from qms.records.models import REGISTRY
from qms.ui import export, show
from qms.ui.events import LIST_EXPORTED, ListExported
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, forms, ownership, tables
from ..models import Matrix, Otherwise
from ..workflow import EDIT

RECORDS = {"ncrs": "NCR"}  # ours that interfaces write to
EXPORT_RIGHT = "list.export"


def words(rule: ownership.Rule) -> tuple[Any, Any]:
    """What people call the object and, of a record, the field; empty where only the name that interfaces use is known."""
    record = REGISTRY.get(RECORDS.get(rule.object, ""))
    if record is None:
        return tables.TITLES.get(rule.object, ""), ""
    field = "" if rule.field == ownership.ALL else wording.label(record, rule.field)
    return record._meta.verbose_name, field


class MatrixPage(RecordDetail):
    model = Matrix
    permission = "mapping.view"
    list_url, list_title = "masterdata:matrix-list", tables.MATRICES.title
    steps = (
        Step(gettext_lazy("Draft"), ("DRAFT",)),
        Step(gettext_lazy("Approved"), ("APPROVED",)),
        Step(gettext_lazy("In use"), ("ACTIVE",)),
        Step(gettext_lazy("Retired"), ("RETIRED",)),
    )
    sections = (Section("rows", gettext_lazy("Who owns which field"), "masterdata/_matrix.html"),)
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Site"), record.site.code),
            (_("Edition"), record.edition),
            (_("In use since"), record.activated_at),
        )

    def more(self, record: Any) -> dict[str, Any]:
        base = ownership.made(record.base.rows if record.base else ownership.shipped_rows()).rules
        rules = ownership.made(record.rows).rules
        return {
            "rules": [
                (rule, words(rule), Otherwise(rule.otherwise).label, base.get(key) != rule)
                for key, rule in rules.items()
            ],
            "gone": [(rule, words(rule)) for key, rule in base.items() if key not in rules],
            "signatures": records.signatures(record),
            "may_take": access.may(self.request.user, EXPORT_RIGHT, record),
        }


class Rows(View):
    """The rows as a file; that they left stands in the trail before the first byte does."""

    permission = EXPORT_RIGHT
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str, form: str) -> FileResponse:
        user: Any = request.user
        matrix = get_object_or_404(Matrix.objects.visible_to(user), number=number)
        access.check(user, EXPORT_RIGHT, matrix)
        if form not in export.TYPES:
            raise Missing(_("There is no such file."), hint=_("Choose CSV or XLSX."))
        heads = [_("Object"), _("Field"), _("System of record"), _("Another one's value is")]
        rules = ownership.made(matrix.rows).rules.values()
        rows: list[list[Any]] = [
            [r.object, r.field, str(r.owner_shown), str(Otherwise(r.otherwise).label)] for r in rules
        ]
        title = f"{tables.MATRICES.title} {matrix.number}"
        cover = export.Cover(title, matrix.title, _("in their order"), show.person(user), now())
        made = export.write_rows(form, heads, rows, cover)
        with journal.act(LIST_EXPORTED, by=user, source="ui") as act:
            columns = "object,field,owner,otherwise"
            act.record(matrix, ListExported("matrix", form, title, columns, made.rows, made.sha256))
        name = f"{matrix.number}.{form}"
        response = FileResponse(made.file, as_attachment=True, filename=name, content_type=export.TYPES[form])
        response.headers["Cache-Control"] = "no-store"
        return response


class Draft(ActView):
    permission = EDIT
    form_class = forms.DraftForm
    back = "masterdata:matrix-list"
    title = gettext_lazy("Draft a system-of-record matrix")
    submit = gettext_lazy("Draft it")
    done = gettext_lazy("Drafted with the rows that count now: change them, then another person approves.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.draft_matrix(by=self.request.user, uid=self.key, **data)


class MatrixStep(TransitionView):
    model = Matrix

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.MATRIX_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(matrix=self.record, by=self.request.user, version=self.version, **data, **signing)

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("In use, values of somebody who does not own a field are refused, noted or asked about by its rules.")


class Edit(MatrixStep):
    transition = "edit"
    form_class = forms.NoteForm
    submit = gettext_lazy("Save")

    def initial(self) -> dict[str, Any]:
        return {"note": self.record.note}

    def formsets(self, data: Any = None) -> dict[str, Any]:
        known = {"systems": ownership.systems(self.record.site_id)}
        rows: Any = forms.RowSet(data, initial=self.record.rows, prefix="rows", form_kwargs=known)
        rows.legend = _("Who owns which field")
        return {"rows": rows}

    def perform(self, data: dict[str, Any]) -> Any:
        return super().perform({**data, "rows": forms.rows_of(data["rows"])})
