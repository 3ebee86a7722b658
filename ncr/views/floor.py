"""The floor's shell: four inputs on one screen, the code of a photo, and the result with its hold."""

from typing import Any
from urllib.parse import quote

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.accounts.roles import ROLES, roles_with
from qms.lib import barcode
from qms.lib.errors import Invalid, Refusal
from qms.lib.ids import uuid7
from qms.lib.listed import listed
from qms.records.actions import ATTACHMENT_LIMIT
from qms.records.pictures import photo
from qms.ui.htmx import is_fragment

from .. import actions, queries
from ..forms.floor import EntryForm
from ..models import Nonconformance
from ..queries import floor

TITLE = gettext_lazy("Report a nonconformance")


class Entry(View):
    """GET resolves a code (page, or only the parts that follow from it); POST reports."""

    permission = "ncr.report"
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        access.check(request.user, self.permission)
        template = "floor/_parts.html" if is_fragment(request) else "floor/entry.html"
        return render(request, template, self.context(request.GET))

    def post(self, request: HttpRequest) -> HttpResponse:
        access.check(request.user, self.permission)
        form = EntryForm(request.POST, request.FILES, user=request.user)
        refusal: Refusal | None = None
        if form.is_valid():
            try:
                return self.done(actions.report_on_floor(by=request.user, **form.entry()))
            except Refusal as caught:
                refusal = caught
        problems = [str(refusal)] if refusal else [text for texts in form.errors.values() for text in texts]
        status = refusal.status if refusal else 422
        if self.is_script:
            return JsonResponse({"problems": problems, "fields": sorted(form.errors)}, status=status)
        context = self.context(request.POST) | {"problems": problems, "key": form.data.get("key") or uuid7()}
        return render(request, "floor/entry.html", context, status=status)

    @property
    def is_script(self) -> bool:
        """The module of the page asks for JSON, so that what was entered stays on screen whatever is answered."""
        return "application/json" in self.request.headers.get("Accept", "")

    def done(self, ncr: Nonconformance) -> HttpResponse:
        url = reverse("ncr:floor-result", args=[ncr.number])
        if self.is_script:
            return JsonResponse({"number": ncr.number, "url": url}, status=201)
        return HttpResponseRedirect(url)

    def context(self, data: Any) -> dict[str, Any]:
        user: Any = self.request.user
        data = {name: data.get(name, "") for name in EntryForm.base_fields}
        here = floor.place(data["code"], user, key=data["at"], operation=data["operation"], part=data["part"])
        codes = floor.catalogue()
        return {
            "title": TITLE,
            "here": here,
            "code": here.scan.text,
            "data": data,
            "codes": codes,
            "tiles": floor.tiles(here, user, codes),
            "may_hold": floor.may_hold(here, user),
            "holders": "" if access.may(user, "hold.request") else roles_of("hold.request"),
            "lookup": reverse("masterdata:item-lookup"),
            "key": uuid7(),
        }


def roles_of(permission: str) -> str:
    return listed(ROLES[role] for role in roles_with(permission))


class Decode(View):
    """A photo of a code, from tablets whose browser cannot read codes itself."""

    permission = "ncr.report"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> JsonResponse:
        access.check(request.user, self.permission)
        upload = request.FILES.get("photo")
        if upload is None or (upload.size or 0) > ATTACHMENT_LIMIT:
            return refused(Invalid(_("No photo arrived, or it is larger than 25 MB."), hint=_("Take it again.")))
        try:
            with photo(upload.name or "", upload.read()) as picture:
                picture.thumbnail((3000, 3000))
                codes = barcode.read(picture.convert("L"))
        except Refusal as refusal:
            return refused(refusal)
        if not codes:
            hint = _("Go closer, hold still, avoid glare; or type the number below the code.")
            return refused(Invalid(_("No code was found on the photo."), hint=hint))
        return JsonResponse({"codes": codes})


def refused(refusal: Refusal) -> JsonResponse:
    return JsonResponse({"problems": [str(refusal)]}, status=refusal.status)


class Result(View):
    """Number, QR and how far the hold is; asks again by itself until the hold is active or needs a person."""

    permission = "ncr.view"
    model = Nonconformance
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        ncr = queries.for_page(number, request.user)
        holds = queries.holds(ncr)
        waiting = any(hold.state == "REQUESTED" and not stuck(postings) for hold, postings in holds)
        context = {"title": ncr.number, "record": ncr, "holds": holds, "waiting": waiting, "files": ncr.files()}
        if is_fragment(request):
            return render(request, "floor/_hold.html", context)
        context["qr"] = qr(request.build_absolute_uri(reverse("ui:record", args=[ncr.number])))
        again = f"{reverse('ncr:floor')}?code="
        context["again"] = again + quote(ncr.order_number or ncr.lot_number or ncr.part_number)
        return render(request, "floor/result.html", context)


def stuck(postings: list[Any]) -> bool:
    """Nothing more comes by itself."""
    return any(posting.state in ("FAILED", "NEEDS_DECISION") for posting in postings)


def qr(text: str) -> str:
    """Inline SVG without a style attribute; white ground in every theme, or no scanner reads it."""
    drawn = segno.make(text, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
    return mark_safe(drawn)  # noqa: S308  # drawn by the package from an address of ours
