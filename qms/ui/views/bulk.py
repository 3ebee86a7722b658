"""Bulk acts of a list: choice, preview, report; long ones as a job with its progress."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from qms.accounts import access
from qms.accounts.access import SIGNED_IN
from qms.lib.errors import Conflict, Invalid
from qms.lib.listed import listed
from qms.signatures import actions as signatures
from qms.signatures.choices import Meaning

from .. import bulk, tasks
from ..htmx import is_fragment
from ..listspec import ListSpec
from ..models import BulkJob
from .signing import Signs


class BulkView(View, Signs):
    spec: ListSpec = None  # type: ignore[assignment]  # given to as_view()
    acts: tuple[bulk.BulkAct, ...] = ()
    http_method_names = ["post"]

    @property
    def permission(self) -> str:
        return self.spec.permission

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        access.check(request.user, self.permission)
        act = next((each for each in self.acts if each.name == request.POST.get("act")), None)
        if act is None:
            raise Invalid(_("Choose what to do with the rows."))
        access.check(request.user, act.permission)
        try:
            found = bulk.chosen(self.spec, request.user, request.POST, signed=bool(act.meaning))
        except Conflict as conflict:
            return self.page(act, [], conflict=conflict, status=409)
        is_sure = request.POST.get("phase") == "do" and (not act.meaning or bool(request.POST.get("digest")))
        form = act.form_class(request.POST) if is_sure else act.form_class()
        if not is_sure or not form.is_valid():
            lines = bulk.preview(self.spec, act, request.user, found.keys)
            return self.page(act, lines, form=form, found=found, status=422 if is_sure else 200)
        return self.sign(act, found, form) if act.meaning else self.done(act, found, form)

    def sign(self, act: bulk.BulkAct, found: bulk.Chosen, form: Any) -> HttpResponse:
        """One authentication for the list as it is shown, one meaning, and a signature on each record."""
        user: Any = self.request.user
        lines = bulk.preview(self.spec, act, user, found.keys)
        signable = [row for row in bulk.rows(self.spec, user, found.keys) if not act.refuses(row, user)]
        meaning = _one_meaning(act, signable, user)
        numbers = [f"{act.label}: {len(signable)}", *(row.number for row in signable)]
        shown = {
            "title": act.label,
            "meaning": meaning,
            "number": numbers[0],
            "statement": ", ".join(numbers),
            "rows": [
                {"number": row.number, "version": row.version, "statement": act.statement(row, user)}
                for row in signable
            ]
            if act.statement
            else [],
        }

        def perform() -> HttpResponse:
            assert self.signing is not None
            proof = signatures.authenticate(by=user, given=self.signing, number=numbers[0][:24], meaning=meaning)
            signing = replace(self.signing, proof=proof)
            data = {**form.cleaned_data, "signing": signing, "versions": found.versions}
            return self.page(act, bulk.run(self.spec, act, user, [row.pk for row in signable], data), report=True)

        return self.signed(shown, page=partial(self.page, act, lines, form=form, found=found), perform=perform)

    def done(self, act: bulk.BulkAct, found: bulk.Chosen, form: Any) -> HttpResponse:
        user: Any = self.request.user
        post = self.request.POST
        if len(found.keys) > bulk.IN_PAGE:
            job = BulkJob.objects.create(
                user=user, address=self.request.path, act=act.name, entered=post.urlencode(), keys=found.keys
            )
            tasks.ring(job)
            return HttpResponseRedirect(reverse("ui:job", args=[job.uid]))
        lines = bulk.run(self.spec, act, user, found.keys, form.cleaned_data)
        return self.page(act, lines, report=True)

    def page(self, act: bulk.BulkAct, lines: list[bulk.Line], *, status: int = 200, **extra: Any) -> HttpResponse:
        post = self.request.POST
        context = {
            "title": act.label,
            "spec": self.spec,
            "act": act,
            "open": [line for line in lines if not line.why],
            "closed": [line for line in lines if line.why],
            "replay": [(n, v) for n in ("act", "all", "query", "expected", "key") for v in post.getlist(n)],
            "list_url": f"{self.list_path()}?{post.get('query', '').lstrip('?')}",
            **extra,
        }
        return render(self.request, "ui/bulk.html", context, status=status)

    def list_path(self) -> str:
        return self.request.path.rsplit("/", 1)[0] + "/"


def _one_meaning(act: bulk.BulkAct, rows: list[Any], user: Any) -> str:
    """Raises Invalid when the rows ask for signatures that mean different things, or are too many to be read."""
    assert act.meaning is not None
    if not rows:
        raise Invalid(_("None of these records can be signed by you now."), hint=_("Look at the reasons beside them."))
    if len(rows) > bulk.IN_PAGE:
        raise Invalid(_("Nobody reads more than %(most)s records before signing.") % {"most": bulk.IN_PAGE})
    meanings = {act.meaning(row, user) for row in rows}
    if len(meanings) > 1:
        names = listed(str(dict(Meaning.choices).get(name, name)) for name in sorted(meanings))
        raise Invalid(
            _("These signatures would not mean the same: %(meanings)s.") % {"meanings": names},
            hint=_("Select the records of one meaning, and sign the others apart."),
            code="several_meanings",
        )
    return meanings.pop()


class Job(View):
    """Progress of one's own job; the page asks again each second until it has ended. POST cancels."""

    permission = SIGNED_IN
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        job = get_object_or_404(BulkJob.objects.visible_to(request.user), uid=uid)
        template = "ui/_job.html" if is_fragment(request) else "ui/job.html"
        return render(request, template, {"title": _("Bulk act"), "job": job})

    def post(self, request: HttpRequest, uid: Any) -> HttpResponse:
        job = get_object_or_404(BulkJob.objects.visible_to(request.user), uid=uid)
        BulkJob.objects.visible_to(request.user).filter(pk=job.pk).update(cancelled=True)
        return HttpResponseRedirect(reverse("ui:job", args=[uid]))
