"""Evidence bundles: asked for on a record or a list, watched, downloaded, cancelled."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.errors import Conflict
from qms.lib.ids import uuid7
from qms.records import exporting, queries
from qms.records.models import Export, Record
from qms.ui.htmx import is_fragment
from qms.ui.views import ActView

from ..forms import ExportForm
from ..tables import EXPORT_STATES, export_state

SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


class ExportRecord(ActView):
    """One click on the record's page."""

    permission = exporting.RIGHT
    form_class = ExportForm
    title = _("Export as evidence")
    submit = _("Export")
    template_name = "office/export_form.html"
    help_template = "office/_export_help.html"

    @cached_property
    def record(self) -> Any:
        if (record := queries.by_number(self.kwargs["number"], self.request.user)) is None:
            raise Http404
        return record

    def allowed(self) -> None:
        access.check(self.request.user, exporting.RIGHT, self.record)

    def initial(self) -> dict[str, Any]:
        return {"language": self.request.user.language}

    def perform(self, data: dict[str, Any]) -> Any:
        rows = type(self.record).objects.visible_to(self.request.user).filter(pk=self.record.pk)
        return asked(rows, self, data)

    def more(self) -> dict[str, Any]:
        return {"intro": self.record.number}

    def back_url(self) -> str:
        return str(self.record.get_absolute_url())


class ExportList(ActView):
    """Everything that a list shows with its filter. The set that was read is the set that is taken, or nothing is."""

    permission = exporting.RIGHT
    form_class = ExportForm
    title = _("Export as evidence")
    submit = _("Export")
    template_name = "office/export_form.html"
    help_template = "office/_export_help.html"

    @cached_property
    def rows(self) -> Any:
        """The records of the list at `list`, narrowed by `query`."""
        try:
            spec = resolve(self.request.GET.get("list", "")).func.view_initkwargs["spec"]  # type: ignore[attr-defined]
        except (Resolver404, AttributeError, KeyError):
            raise Http404 from None
        if not issubclass(spec.model, Record):
            raise Http404
        if spec.permission:
            access.check(self.request.user, spec.permission)
        return spec.narrow(self.request.user, QueryDict(self.request.GET.get("query", "").lstrip("?")))

    def initial(self) -> dict[str, Any]:
        return {"language": self.request.user.language, "expected": self.rows.count()}

    def perform(self, data: dict[str, Any]) -> Any:
        if data["expected"] != (count := self.rows.count()):
            raise Conflict(
                _("The list has changed: you chose %(asked)s records, now there are %(now)s.")
                % {"asked": data["expected"], "now": count},
                hint=_("Nothing was changed. Look at the list again and repeat the choice."),
                code="set_changed",
            )
        return asked(self.rows, self, data)

    def more(self) -> dict[str, Any]:
        return {"intro": _("%(count)s records of the list") % {"count": self.rows.count()}}

    def back_url(self) -> str:
        query = self.request.GET.get("query", "")
        return self.request.GET.get("list", "") + (query if query.startswith("?") else "")


def asked(rows: Any, view: ActView, data: dict[str, Any]) -> Any:
    words = {"purpose": data["purpose"], "language": data["language"]}
    export = exporting.order(records=rows, by=view.request.user, uid=view.key, **words)
    exporting.ring(export)
    return export


def _visible(request: Any, uid: Any) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.user).select_related("asked_by"), uid=uid)


@access.asks(exporting.RIGHT)
def export(request: Any, uid: Any) -> HttpResponse:
    found = _visible(request, uid)
    told = {"export": found, "state": export_state(found), "states": EXPORT_STATES, "done": exporting.done(found)}
    told |= {"path": request.path, "is_mine": found.asked_by_id == request.user.pk, "key": uuid7()}
    told |= {"is_waiting": exporting.is_waiting(found)}
    told |= {"title": found.label, "items": trail.timeline(found), "facts": facts(found)}
    return render(request, "office/_export_work.html" if is_fragment(request) else "office/export.html", told)


def facts(export: Export) -> list[tuple[Any, Any]]:
    return [
        (_("Purpose"), export.purpose),
        (_("Number of records"), export.count),
        (_("Language"), export.get_language_display()),
        (_("Asked for by"), export.asked_by or _("System")),
        (_("Asked for"), export.asked_at),
        (_("Made"), export.made_at),
        (_("Kept until"), export.expires_at),
        (_("Size in bytes"), export.size or None),
        ("SHA-256", export.sha256),
    ]


@access.asks(exporting.RIGHT)
def download(request: Any, uid: Any) -> FileResponse:
    """Always as a download; each is a line of the trail."""
    found = _visible(request, uid)
    file = exporting.fetch(export=found, by=request.user)
    name = f"{found.label.split()[0]}-evidence.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip", headers=SAFE)


def _key(request: Any) -> UUID:
    """The form's own: a double submit has the same."""
    try:
        return UUID(request.POST.get("_key", ""))
    except ValueError:
        return uuid7()


@access.asks(exporting.RIGHT, "POST")
@require_POST
def again(request: Any, uid: Any) -> HttpResponse:
    """The same once more, as an export of whoever asks now."""
    found = _visible(request, uid)
    made = exporting.again(export=found, by=request.user, uid=_key(request))
    exporting.ring(made)
    return HttpResponseRedirect(made.get_absolute_url())


@access.asks(exporting.RIGHT, "POST")
@require_POST
def cancel(request: Any, uid: Any) -> HttpResponse:
    """One's own; an export of somebody else ends by its maker."""
    found = get_object_or_404(Export.objects.visible_to(request.user).filter(asked_by=request.user), uid=uid)
    exporting.end(export=found, why=str(_("Cancelled by the person who asked for it.")), by=request.user)
    return HttpResponseRedirect(found.get_absolute_url())
