"""Taking a file: its bytes under their hash, and how it was declared to be read."""

import re
import zoneinfo
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts.models import Site
from qms.lib.errors import Invalid
from qms.records import scanning, store

from .. import events, permissions, reading
from ..models import ImportBatch
from ..registry import KINDS

SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


def upload(
    *,
    kind: str,
    site: Site,
    source: str,
    name: str,
    file: IO[bytes],
    encoding: str,
    separator: str,
    decimal_sign: str,
    date_format: str,
    timezone: str,
    by: Any,
    uid: Any = None,
) -> ImportBatch:
    """The same `uid` again returns the first batch. Raises Forbidden, and Invalid for a file that is not read at all."""
    if kind not in KINDS:
        raise Invalid(_("There is no such kind of import."), field="kind")
    permissions.check_kind(KINDS[kind], site, by)
    if uid and (known := ImportBatch.objects.filter(uid=uid, uploaded_by=by).first()):
        return known
    _check_words(source, timezone)
    form = reading.Format(name, encoding, separator)
    lines = reading.check(file, form)
    for _row in reading.rows(file, form, [c.name for c in KINDS[kind].columns], KINDS[kind].required):
        break  # the headings are looked at before the first row comes
    digest = _scanned(file, name, by)
    with journal.act(events.UPLOADED, by=by) as act:
        batch = ImportBatch(
            **({"uid": uid} if uid else {}),
            site=site,
            kind=kind,
            source=source,
            file_name=name[-200:],
            sha256=digest,
            size=file.seek(0, 2),
            lines=lines,
            encoding=encoding,
            separator=separator,
            decimal_sign=decimal_sign,
            date_format=date_format,
            timezone=timezone,
            uploaded_by=by,
        )
        keep(batch.place, file)
        batch.save(force_insert=True)
        act.record(batch, events.Uploaded(kind=kind, source=source, file=name, sha256=digest, size=batch.size))
    return batch


def keep(place: str, file: IO[bytes]) -> None:
    """The untouched bytes; the same bytes are kept once."""
    file.seek(0)
    if not default_storage.exists(place):
        default_storage.save(place, File(file))


def _check_words(source: str, timezone: str) -> None:
    if not SOURCE.fullmatch(source):
        raise Invalid(
            _("The name of the old system has small letters, digits and hyphens, at most 30."),
            field="source",
            hint=_("For example old-qms. Use the same name every time: rows are recognised by it."),
        )
    if timezone not in zoneinfo.available_timezones():
        raise Invalid(_("The time zone %(name)s is not known.") % {"name": timezone}, field="timezone")


def _scanned(file: IO[bytes], name: str, by: Any) -> str:
    """SHA-256 of the file, which the scanner of the site has seen."""
    file.seek(0)
    content = file.read()
    sha256 = store.digest(content)
    scanning.check(subject="import", name=store.plain_name(name), content=content, sha256=sha256, by=by)
    return sha256
