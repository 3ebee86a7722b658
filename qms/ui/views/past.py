"""A record's versions, any two compared, and the record as it was known at a moment."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views import View

from qms import journal
from qms.accounts import access
from qms.accounts.access import SIGNED_IN
from qms.journal import wording
from qms.lib import clock
from qms.lib.errors import Invalid, Missing
from qms.records import queries, reading
from qms.records.models import Attachment, Comment
from qms.records.past import compare, story
from qms.records.past.compare import Difference
from qms.records.past.story import Story, Version
from qms.signatures.models import Signature

from .. import export, show
from ..events import LIST_EXPORTED, ListExported

EXPORT_RIGHT = "list.export"


def found(number: str, user: Any) -> Any:
    """Raises Missing for what is not there and for what the reader may not see alike."""
    record = queries.by_number(number, user)
    if record is None:
        raise Missing(
            _("There is no record “%(number)s”, or it is not open to you.") % {"number": number},
            hint=_("Check the number. Parts, lots and texts are found from the lists."),
        )
    reading.told(record=record, by=user, way="page")
    return record


def whole(params: Any, name: str) -> int | None:
    """A version's number of the address; raises Invalid."""
    text = params.get(name, "").strip()
    if text and not (text.isdigit() and len(text) < 9):
        raise Invalid(_("A version is a whole number, for instance 3."), field=name)
    return int(text) if text else None


class History(View):
    """`?from=3&to=8` compares; without both it lists."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse | FileResponse:
        record = found(number, request.user)
        told = story.read(record, request.user)
        old, new = self.pair(told)
        difference = compare.difference(told, old.moment, new.moment) if old and new else None
        if difference and old and new and request.GET.get("format") in export.TYPES:
            return exported(request, record, (old, new), difference)
        wording.name_people(told.versions)
        context = {
            "record": record,
            "title": _("History of %(number)s") % {"number": record.number},
            "versions": told.versions,
            "rows": list(zip_longest(told.versions, told.versions[1:])),
            "old": old,
            "new": new,
            "difference": difference,
            "previous": _step(told, old, new, -1),
            "next": _step(told, old, new, 1),
            "may_export": access.may(request.user, EXPORT_RIGHT, record),
        }
        return render(request, "generic/history.html", context)

    def pair(self, told: Story) -> tuple[Version | None, Version | None]:
        """The earlier one first, whichever way they were asked for. Raises Invalid, Missing."""
        first, last = whole(self.request.GET, "from"), whole(self.request.GET, "to")
        if first is None or last is None:
            return None, None
        return told.version(min(first, last)), told.version(max(first, last))


def _step(told: Story, old: Version | None, new: Version | None, by: int) -> tuple[int, int] | None:
    """The pair of neighbouring versions before or after the two."""
    numbers = sorted(version.number for version in told.versions)
    if old is None or new is None:
        return None
    place = numbers.index(old.number) - 1 if by < 0 else numbers.index(new.number)
    return (numbers[place], numbers[place + 1]) if 0 <= place < len(numbers) - 1 else None


def exported(request: Any, record: Any, pair: tuple[Version, Version], difference: Difference) -> FileResponse:
    """What differs, as a file; the act stands in the trail before the first byte leaves."""
    user, kind, at = request.user, request.GET["format"], clock.now()
    access.check(user, EXPORT_RIGHT, record)
    words = _("version %(from)s against version %(to)s") % {"from": pair[0].number, "to": pair[1].number}
    heads = [_("Part of the record"), _("What"), _("Change"), _("Field")]
    heads += [_("Version %(number)s") % {"number": version.number} for version in pair]
    title = _("History of %(number)s") % {"number": record.number}
    made = export.write_rows(
        kind, heads, _plain(difference), export.Cover(title, words, _("in their order"), show.person(user), at)
    )
    with journal.act(LIST_EXPORTED, by=user, source="ui") as act:
        columns = "part,what,change,field,old,new"
        act.record(record, ListExported("history", kind, f"{title}: {words}", columns, made.rows, made.sha256))
    name = f"{record.number}-{pair[0].number}-{pair[1].number}.{kind}"
    response = FileResponse(made.file, as_attachment=True, filename=name, content_type=export.TYPES[kind])
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(difference: Difference) -> Iterator[list[Any]]:
    for line in difference.lines():
        yield list(line)


class AsOf(View):
    """`?at=2026-11-20T14:00` (in the reader's zone) or `?version=3`: the record and its links as they were known then."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        record = found(number, request.user)
        told = story.read(record, request.user)
        at, version = self.moment(told)
        then, difference = compare.present(told, at)
        lines = told.lines(at)
        wording.name_people(lines, then)
        past = then.instance(told.own)
        numbers = sorted(v.number for v in told.versions)
        place = numbers.index(version.number)
        context = {
            "record": past,
            "title": getattr(past, "title", ""),
            "state": past.workflow.state(past.state),
            "at": at,
            "typed": f"{timezone.localtime(at or clock.now()):%Y-%m-%dT%H:%M:%S}",
            "version": version,
            "before": numbers[place - 1] if place else None,
            "after": numbers[place + 1] if place < len(numbers) - 1 else None,
            "own": difference.own,
            "parts": [part for part in difference.parts if part.model not in (Comment, Attachment, Signature)],
            "comments": _instances(then, Comment),
            "files": _instances(then, Attachment),
            "signatures": _signatures(then, at),
            "items": lines,
        }
        return render(request, "generic/past.html", context)

    def moment(self, told: Story) -> tuple[datetime | None, Version]:
        """(None: now). Raises Invalid, Missing."""
        number = whole(self.request.GET, "version")
        if number is not None:
            version = told.version(number)
            return version.moment, version
        at = asked_moment(self.request.GET.get("at", ""))
        if at is None or at >= clock.now():
            return None, told.versions[0]
        return at, told.version_at(at)


def asked_moment(text: str) -> datetime | None:
    """Without an offset it is the reader's own time. Raises Invalid."""
    if not text.strip():
        return None
    try:
        at = parse_datetime(text.strip())
    except ValueError:
        at = None
    if at is None:
        raise Invalid(_("This is no date and time."), field="at", hint=_("Write it as 2026-11-20T14:00."))
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _signatures(then: Any, at: datetime | None) -> list[Any]:
    """Each with its withdrawal, where it was taken back by then."""
    made = _instances(then, Signature)
    by_then = queries.withdrawals(made, at=at)
    for one in made:
        one.gone_by_then = by_then.get(one.pk)
    return made


def _instances(then: Any, model: Any) -> list[Any]:
    label = model._meta.label_lower
    keys = sorted(int(identity[1]) for identity in then.rows if identity[0] == label)
    return [then.instance((label, str(key))) for key in keys]
