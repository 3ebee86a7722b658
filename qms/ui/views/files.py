"""A record as a file: its very data, or their print."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views import View

from qms.accounts import access
from qms.lib.errors import Missing
from qms.records.bundle.prints import printed

KINDS = {"json": "application/json", "pdf": "application/pdf"}


class RecordFile(View):
    """That it left stands in the trail with the SHA-256 of its bytes; whoever asks for the head alone takes nothing, and is refused."""

    model: ClassVar[Any]
    permission: ClassVar[str]
    template: ClassVar[Path]
    http_method_names = ["get"]

    def data(self, row: Any) -> str:
        """What was signed, canonical. Raises Missing where there is nothing to take yet."""
        raise NotImplementedError

    def page(self, row: Any, **told: Any) -> dict[str, Any]:
        """What the template draws. `told`: at, by, signatures."""
        raise NotImplementedError

    def left(self, row: Any, **told: Any) -> None:
        """Writes the entry. `told`: form, sha256, by."""
        raise NotImplementedError

    def get(self, request: HttpRequest, number: str, form: str) -> HttpResponse:
        row = get_object_or_404(self.model.objects.visible_to(request.user), number=number)
        access.check(request.user, self.permission, row)
        if form not in KINDS:
            raise Missing(_("There is no such file."), hint=_("It is printed as pdf, and its data as json."))
        content = self.data(row).encode()
        if form == "pdf":
            content = printed(row, page=self.page, template=self.template, by=request.user)
        self.left(row, form=form, sha256=hashlib.sha256(content).hexdigest(), by=request.user)
        headers = {"Content-Disposition": f'attachment; filename="{row.number}.{form}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=KINDS[form], headers=headers)
