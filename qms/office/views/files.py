"""Files of records: taken and given back untouched."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qms.accounts import access
from qms.lib.errors import Refusal
from qms.records import actions, queries


@access.asks(access.SIGNED_IN)
def attachment(request: Any, uid: Any) -> HttpResponse | FileResponse:
    """The untouched bytes, to whoever may see the record; always as a download."""
    file = queries.attachment(uid, request.user)
    if file is None:
        raise Http404
    content = default_storage.open(f"{file.sha256[:2]}/{file.sha256}")
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type, headers=headers)


@access.asks("record.comment", "POST")
@require_POST
def attach(request: Any, number: str) -> HttpResponse:
    record = queries.by_number(number, request.user)
    if record is None:
        raise Http404
    upload = request.FILES.get("file")
    try:
        actions.attach(
            record=record, name=upload.name if upload else "", content=upload.read() if upload else b"", by=request.user
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The file is attached."))
    return HttpResponseRedirect(f"{record.get_absolute_url()}#files")
