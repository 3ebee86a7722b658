"""Versions, comparison and the past of a record, as REST tells them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from qms.lib import canonical
from qms.lib.errors import Invalid
from qms.records.past import compare
from qms.records.past.story import Story, Version

NUMBER = {"type": "integer", "minimum": 0, "maximum": 99_999_999}
PARAMETERS = [OpenApiParameter(name, NUMBER) for name in ("from", "to", "version")] + [OpenApiParameter("at", datetime)]


@dataclass(frozen=True)
class Asked:
    """`at` None: now."""

    pair: tuple[Version, Version] | None = None
    at: datetime | None = None


def asked(params: Any, told: Story) -> Asked:
    """Raises Invalid, Missing."""
    if unknown := sorted(set(params) - {"from", "to", "version", "at"}):
        raise Invalid(_("“%(name)s” is not a filter of this list.") % {"name": unknown[0]}, code="unknown_filter")
    first, last, version = (_number(params, name) for name in ("from", "to", "version"))
    if (first is None) != (last is None):
        raise Invalid(_("Name both versions."), field="to" if last is None else "from")
    if first is not None and last is not None:
        return Asked(pair=(told.version(first), told.version(last)))
    if version is not None:
        return Asked(at=told.version(version).moment)
    at = _moment(params["at"]) if "at" in params else None
    if at is not None:
        told.version_at(at)
    return Asked(at=at)


def _number(params: Any, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid(_("A version is a whole number, for instance 3."), field=name)
    return int(text)


def _moment(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at):
        raise Invalid(
            _("This is no date and time with its zone."), field="at", hint=_("Write it as 2026-11-20T14:00:00Z.")
        )
    return at


def more(told: Story, one: Asked) -> dict[str, Any]:
    """`versions`, none that came later; with a pair `changes`, with a moment `then`."""
    versions = [v for v in told.versions if one.at is None or v.at <= one.at]
    found: dict[str, Any] = {"versions": [_version(v) for v in versions]}
    if one.pair:
        difference = compare.difference(told, one.pair[0].moment, one.pair[1].moment)
        names = ("part", "what", "change", "field", "old", "new")
        found["changes"] = [dict(zip(names, line, strict=True)) for line in difference.lines()]
    if one.at is not None:
        found["then"] = _then(told, one.at)
    return found


def _version(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "at": canonical.instant(version.at),
        "actor": {"name": version.who, "role": version.role},
        "sentence": version.sentence,
        "reason": version.reason,
    }


def _then(told: Story, at: datetime) -> dict[str, Any]:
    """The record and what hangs on it, in words, as it was known."""
    difference = compare.difference(told, at, at)
    parts = [
        {"part": part.title, "rows": [{"what": row.title, "fields": _fields(row)} for row in part.rows]}
        for part in difference.parts
    ]
    return {"at": canonical.instant(at), "fields": _fields(difference.own), "parts": parts}


def _fields(row: compare.Row) -> dict[str, str]:
    return {each.label: str(each.new) for each in row.unchanged}
