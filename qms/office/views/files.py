"""Files of records: taken and given back untouched, shown small."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qms.accounts import access
from qms.lib.errors import Refusal
from qms.records import actions, pictures, queries, reading, store
from qms.records.models import Attachment

SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def _visible(request: Any, uid: Any) -> Attachment:
    file = queries.attachment(uid, request.user)
    if file is None:
        raise Http404
    return file


@access.asks(access.SIGNED_IN)
def attachment(request: Any, uid: Any) -> HttpResponse | FileResponse:
    """The untouched bytes, to whoever may see the record; always as a download."""
    file = _visible(request, uid)
    reading.told(record=queries.owner(file, request.user), by=request.user, way="file")
    content = default_storage.open(store.place(file.sha256))
    return FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type, headers=SAFE)


@access.asks(access.SIGNED_IN)
def preview(request: Any, uid: Any, size: str) -> HttpResponse:
    """A copy drawn anew, the only thing of a file that is ever shown in a page. Rights are asked each time, also for a 304."""
    file = _visible(request, uid)
    if size not in pictures.SIZES or not file.is_picture:
        raise Http404
    tag = f'"{file.sha256}-{size}-{store.RECIPE}"'
    headers = {**SAFE, "ETag": tag, "Cache-Control": "private, no-cache", "Content-Disposition": "inline"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(store.derived(file.sha256, size), content_type="image/jpeg", headers=headers)


@access.asks(access.SIGNED_IN)
def page(request: Any, uid: Any) -> HttpResponse:
    """One file at full size, with what is known of it."""
    file = _visible(request, uid)
    record = queries.owner(file, request.user)
    return render(request, "office/file.html", {"title": file.name, "file": file, "record": record})


@access.asks("record.comment", "POST")
@require_POST
def attach(request: Any, number: str) -> HttpResponse:
    """Each file for itself: one that is refused keeps none of the others out."""
    record = queries.by_number(number, request.user)
    if record is None:
        raise Http404
    taken = 0
    for upload in request.FILES.getlist("file") or [None]:
        try:
            _attach(record, upload, request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            taken += 1
    if taken:
        messages.success(
            request, ngettext("The file is attached.", "%(count)s files are attached.", taken) % {"count": taken}
        )
    return HttpResponseRedirect(f"{record.get_absolute_url()}#files")


def _attach(record: Any, upload: Any, by: Any) -> None:
    """Nothing larger than the limit is read into memory."""
    content = upload.read(actions.ATTACHMENT_LIMIT + 1) if upload else b""
    actions.attach(record=record, name=upload.name if upload else "", content=content, by=by)
