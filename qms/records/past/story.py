"""The story of a record out of its trail, cut at a moment: an act is known when the whole of it was written."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from qms.journal import queries as trail
from qms.journal import wording
from qms.journal.models import Entry
from qms.lib.errors import Missing
from qms.records.bundle import content, members
from qms.records.models import Record

Identity = tuple[str, str]  # model label, key
Rows = dict[Identity, dict[str, Any]]
MOST = 500  # acts that are shown of a timeline


@dataclass
class Version:
    """A version of the record and the act that made it. `moment`: when the whole of that act was known, as which the version
    is shown; None for the newest, which is the record as it stands now."""

    number: int
    at: datetime
    moment: datetime | None
    who: str
    role: str
    sentence: str
    reason: str
    source: str
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)


@dataclass
class Story:
    """`entries`: every line of the trail about the record and what belongs to it, as far as the reader may see that."""

    record: Any
    entries: list[Entry]

    @property
    def own(self) -> Identity:
        return self.record._meta.label_lower, str(self.record.pk)

    @cached_property
    def known_at(self) -> dict[Any, datetime]:
        """Act → when the last of it was written."""
        found: dict[Any, datetime] = {}
        for entry in self.entries:
            found[entry.act_id] = max(entry.ts, found.get(entry.act_id, entry.ts))
        return found

    def until(self, at: datetime | None) -> list[Entry]:
        return [e for e in self.entries if at is None or self.known_at[e.act_id] <= at]

    def rows(self, at: datetime | None) -> Rows:
        """Every row as it stood; what was deleted by then is gone, what came later is not there."""
        found: Rows = {}
        for entry in self.until(at):
            if entry.kind == "row":
                identity, new = (entry.object_type, entry.object_key), json.loads(entry.payload)["new"]
                if new is None:
                    found.pop(identity, None)
                else:
                    found[identity] = new
        return found

    def lines(self, at: datetime | None) -> list[trail.Line]:
        """The timeline as it read then, newest first; its keys are not named yet."""
        return trail.lines_of(list(reversed(self.until(at))), self.record)[:MOST]

    @cached_property
    def versions(self) -> list[Version]:
        """Newest first."""
        starts = self._starts()
        acts = {line.act_id: line for line in self.lines_of_acts([entry.act_id for _number, entry in starts])}
        moments = [self.known_at[entry.act_id] for _number, entry in starts[:-1]]
        others = self._actors({entry.act_id for _number, entry in starts} - set(acts))
        found = [
            _version(number, entry, moment, acts.get(entry.act_id), others.get(entry.act_id, {}))
            for (number, entry), moment in zip(starts, [*moments, None], strict=True)
        ]
        return list(reversed(found))

    def _actors(self, acts: set[Any]) -> dict[Any, dict[str, str]]:
        """Who did acts that have no line here: they were told of another thing, of which nothing else is read."""
        told = Entry.objects.filter(kind="act", act_id__in=acts) if acts else []
        return {entry.act_id: json.loads(entry.payload)["who"] for entry in told}

    def _starts(self) -> list[tuple[int, Entry]]:
        """(version, the entry that first bears it), oldest first."""
        found: dict[int, Entry] = {}
        for entry in self.entries:
            if entry.kind == "row" and (entry.object_type, entry.object_key) == self.own:
                found.setdefault((json.loads(entry.payload)["new"] or {}).get("version", 1), entry)
        return sorted(found.items())

    def lines_of_acts(self, acts: Iterable[Any]) -> list[trail.Line]:
        """The record's own line of each act where it has one."""
        wanted = set(acts)
        entries = [e for e in self.entries if e.act_id in wanted]
        return trail.lines_of(sorted(entries, key=lambda e: (e.object_type, e.object_key) == self.own), self.record)

    def version(self, number: int) -> Version:
        """Raises Missing."""
        found = next((v for v in self.versions if v.number == number), None)
        if found is None:
            raise Missing(
                _("%(number)s has no version %(version)s.") % {"number": self.record.number, "version": number},
                hint=_("Choose one of the versions that its history lists."),
            )
        return found

    def version_at(self, at: datetime) -> Version:
        """Raises Missing for a moment before the record's first."""
        if self.own not in self.rows(at):
            raise Missing(
                _("%(number)s was not recorded yet at that time.") % {"number": self.record.number},
                hint=_("It was first recorded at %(at)s.") % {"at": wording.local(self.versions[-1].at)},
            )
        return next(v for v in self.versions if v.at <= at and (v.moment or v.at) <= at)


def _version(
    number: int, entry: Entry, moment: datetime | None, line: trail.Line | None, other: dict[str, str]
) -> Version:
    if line is None:
        return Version(number, entry.ts, moment, other.get("name", "–"), other.get("role", ""), "", "", "")
    return Version(
        number,
        entry.ts,
        moment,
        line.actor_name,
        line.actor_role,
        line.sentence,
        line.reason,
        line.source,
        line.changes,
    )


def read(record: Record, user: Any) -> Story:
    """What the reader may not see of it (a member of another right) does not exist for them."""
    subjects = members.of(record)
    for hidden in _hidden(record, subjects, user):
        for label, keys in members.of(hidden).items():
            subjects[label] = subjects.get(label, set()) - keys
    return Story(record, content.entries(subjects))


def _hidden(record: Record, subjects: members.Keys, user: Any) -> list[Any]:
    found: list[Any] = []
    for label, keys in subjects.items():
        model: Any = apps.get_model(label)
        if issubclass(model, Record) and label != record._meta.label_lower:
            seen = model.objects.visible_to(user).filter(pk__in=keys)
            found += model.objects.filter(pk__in=keys).exclude(pk__in=seen.values("pk"))
    return found
