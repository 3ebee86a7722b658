"""Outside → one act or query → outside."""

from functools import cached_property
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.errors import Refusal
from qms.ui.htmx import is_fragment
from qms.ui.views import ActView

from .. import actions, permissions, queries, sheets
from ..choices import Stage
from ..forms import RollBackForm, UploadForm
from ..models import RIGHT, ImportBatch
from ..registry import KINDS
from ..tables import kind_label


class Upload(ActView):
    back = "imports:list"
    permission = RIGHT
    form_class = UploadForm
    title = gettext_lazy("New import")
    submit = gettext_lazy("Upload and look")
    done = gettext_lazy("The file is uploaded. Look at the preview, then do the dry run.")
    template_name = "imports/upload.html"
    help_template = "imports/_upload_help.html"
    fieldsets = (
        (gettext_lazy("What and whence"), ("kind", "site", "source", "file")),
        (gettext_lazy("How the file is written"), ("encoding", "separator", "decimal_sign", "date_format", "timezone")),
    )

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"timezone": self.request.user.timezone, **super().initial()}

    def more(self) -> dict[str, Any]:
        return {"kinds": permissions.kinds(self.request.user)}

    def perform(self, data: dict[str, Any]) -> Any:
        file = data.pop("file")
        return actions.upload(by=self.request.user, uid=self.key, file=file, name=file.name, **data)


@access.asks(RIGHT)
def template(request: Any, kind: str, form: str) -> HttpResponse:
    known = {each.name: each for each in permissions.kinds(request.user)}
    if kind not in known or form not in sheets.TYPES:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{kind}.{form}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sheets.template(known[kind], form), content_type=sheets.TYPES[form], headers=headers)


class OfBatch:
    """The batch of the address; another site's does not exist."""

    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def batch(self) -> ImportBatch:
        access.check(self.request.user, RIGHT)
        rows = ImportBatch.objects.visible_to(self.request.user).select_related("site", "progress")
        return get_object_or_404(rows, uid=self.kwargs["uid"])


class Detail(OfBatch, View):
    permission = RIGHT
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        batch, fragment = self.batch, is_fragment(request)
        name = "imports/_work.html" if fragment else "imports/batch.html"
        context = {**self.work(batch), **({} if fragment else self.rest(batch))}
        return render(request, name, context)

    def work(self, batch: ImportBatch) -> dict[str, Any]:
        wanted = self.request.GET.get("show", "")
        after = self.request.GET.get("after", "")
        place = int(after) if after.isdigit() and len(after) < 8 else 0
        lines, following = queries.lines(batch, wanted, place) if batch.check_run else ([], 0)
        return {
            "batch": batch,
            "title": kind_label(batch),
            "progress": getattr(batch, "progress", None),
            "phase": queries.phase(batch),
            "phases": queries.PHASES,
            "checked": queries.counts(batch, Stage.CHECK),
            "applied": queries.counts(batch, Stage.APPLY),
            "verdicts": queries.VERDICTS,
            "wanted": wanted,
            "lines": lines,
            "following": following,
            "why_not": permissions.why_not(KINDS[batch.kind], batch.site, self.request.user),
            "path": self.request.get_full_path(),
        }

    def rest(self, batch: ImportBatch) -> dict[str, Any]:
        try:
            preview, unreadable = queries.preview(batch), None
        except Refusal as refusal:
            preview, unreadable = None, refusal
        refused, _rest = queries.outcomes(batch, "refused", 0) if batch.applied_at else ([], 0)
        return {
            "preview": preview,
            "unreadable": unreadable,
            "refused_rows": refused,
            "items": trail.timeline(batch),
            "facts": self.facts(batch),
        }

    def facts(self, batch: ImportBatch) -> list[tuple[Any, Any]]:
        how: list[tuple[Any, Any]] = [(_("Decimal sign"), batch.get_decimal_sign_display())]
        if not batch.form.is_sheet:
            how = [(_("Encoding"), batch.get_encoding_display()), (_("Separator"), batch.get_separator_display()), *how]
        return [
            (_("What is imported"), kind_label(batch)),
            (_("Old system"), batch.source),
            (_("Site"), batch.site.code),
            *how,
            (_("Format of dates"), batch.get_date_format_display()),
            (_("Time zone"), batch.timezone),
            (_("Uploaded"), batch.uploaded_at),
            (_("Uploaded by"), batch.uploaded_by),
            ("SHA-256", batch.sha256),
        ]


class BatchAct(OfBatch, ActView):
    permission = RIGHT
    template_name = "imports/act.html"

    def allowed(self) -> None:
        permissions.check_kind(KINDS[self.batch.kind], self.batch.site, self.request.user)

    def more(self) -> dict[str, Any]:
        return {"batch": self.batch}

    def back_url(self) -> str:
        return self.batch.get_absolute_url()


class StartCheck(OfBatch, View):
    """One press: nothing is written by a dry run, so nothing needs to be confirmed."""

    permission = RIGHT
    stage = Stage.CHECK
    http_method_names = ["post"]

    def post(self, request: Any, uid: Any) -> HttpResponse:
        actions.ask(batch=self.batch, stage=self.stage, by=request.user, run=request.POST.get("run") or None)
        return HttpResponseRedirect(f"{self.batch.get_absolute_url()}#work")


class StartApply(StartCheck):
    stage = Stage.APPLY


class Stop(StartCheck):
    def post(self, request: Any, uid: Any) -> HttpResponse:
        actions.stop(batch=self.batch, by=request.user)
        return HttpResponseRedirect(f"{self.batch.get_absolute_url()}#work")


class RollBack(BatchAct):
    """The preview says of each thing what will become of it, and why something stays."""

    form_class = RollBackForm
    title = submit = gettext_lazy("Roll back")
    done = gettext_lazy("The import is rolled back.")
    template_name = "imports/roll_back.html"

    @cached_property
    def fates(self) -> list[Any]:
        return queries.survey(self.batch, self.request.user)

    def initial(self) -> dict[str, Any]:
        return {"seen": queries.survey_digest(self.fates)}

    def more(self) -> dict[str, Any]:
        possible = [fate for fate in self.fates if fate.is_possible]
        stay = [fate for fate in self.fates if not fate.is_possible]
        shown = queries.SHOWN
        return {
            **super().more(),
            "possible": possible[:shown],
            "stay": stay[:shown],
            "possible_count": len(possible),
            "stay_count": len(stay),
            "now_seen": queries.survey_digest(self.fates),
        }

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.roll_back(batch=self.batch, by=self.request.user, reason=data["reason"], seen=data["seen"])


class Original(OfBatch, View):
    permission = RIGHT
    http_method_names = ["get"]

    def get(self, request: HttpRequest, uid: Any) -> FileResponse:
        """The untouched bytes, always as a download."""
        headers = {"X-Content-Type-Options": "nosniff"}
        content = default_storage.open(self.batch.place)
        kind = "application/octet-stream"
        return FileResponse(
            content, as_attachment=True, filename=self.batch.file_name, content_type=kind, headers=headers
        )


class Problems(OfBatch, View):
    permission = RIGHT
    http_method_names = ["get"]

    def get(self, request: HttpRequest, uid: Any) -> FileResponse:
        if self.batch.check_run is None:
            raise Http404
        stem = self.batch.file_name.rpartition(".")[0]
        headers = {"X-Content-Type-Options": "nosniff"}
        return FileResponse(
            sheets.with_problems(self.batch),
            as_attachment=True,
            filename=f"{stem}-{_('problems')}.xlsx",
            content_type=sheets.TYPES["xlsx"],
            headers=headers,
        )
