"""What a foreign name means here: said once, merged, split, taken back. What was said before stays, with its time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site, User
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, Missing
from qms.lib.ids import uuid7
from qms.records.actions import check_reason
from qms.records.models import REGISTRY

from .. import events, models
from ..models import Crosswalk, CrosswalkKind, Matched

RESOLVE = "interface.resolve"
KNOWN: dict[str, Any] = {
    "item": models.Item,
    "revision": models.Revision,
    "lot": models.Lot,
    "order": models.ProductionOrder,
    "supplier": models.Supplier,
    "unit": models.Unit,
    "work_center": models.WorkCenter,
}
MOST = 100


@dataclass(frozen=True)
class Part:
    """One meaning of a name that stands for several: for a revision, for a site, or from a moment on."""

    local_value: str
    revision: str = ""
    site: Site | None = None
    since: datetime | None = None


def map_value(
    *, source: str, kind: str, foreign_value: str, local_value: str, by: Any, reason: str = "", matched: str = "person"
) -> Crosswalk:
    """`foreign_value` of the source means `local_value`, and always did: an answer that corrects the one before."""
    access.check(by, RESOLVE)
    foreign_value, local_value = foreign_value.strip(), local_value.strip()
    check_known(kind, local_value)
    _check_name(foreign_value)
    with journal.act(events.MAPPED, by=by, reason=reason) as act:
        row, _made = Crosswalk.objects.current().update_or_create(
            source=source, kind=kind, foreign_value=foreign_value, revision="", site=None,
            defaults={"local_value": local_value}, create_defaults={
                "local_value": local_value, "matched": matched, "made_by": _person(by),
                "until": None, "withdrawn_at": None,
            },
        )  # fmt: skip
        act.record(row, events.Mapped(kind, source, foreign_value, local_value))
    return row


def enter(*, by: Any, source: str, kind: str, foreign_value: str, part: Part, reason: str) -> Crosswalk:
    """One entry. With `since` the meaning before it ends then; without, there must be none. Raises Invalid, Conflict."""
    _check(by, kind, [foreign_value], [part], reason)
    same = Crosswalk.objects.current().filter(
        source=source, kind=kind, foreign_value=foreign_value, revision=part.revision, site=part.site
    )
    if part.since is None and (held := same.first()):
        raise Conflict(
            _("“%(name)s” means %(meaning)s already.") % {"name": foreign_value, "meaning": held.meaning},
            hint=_("Name the day from which it means something else, or take the entry back first."),
            code="mapped",
        )
    change = uuid7()
    with journal.act(events.MAPPED, by=by, reason=reason) as act:
        _end(act, same.select_for_update(), part.since, change)
        row = _made(source, kind, foreign_value, part, change, by, Matched.PERSON)
        act.record(row, events.Mapped(kind, source, foreign_value, part.local_value))
    return row


def merge(
    *, by: Any, source: str, kind: str, names: Sequence[str], local_value: str, reason: str,
    since: datetime | None = None,
) -> UUID:  # fmt: skip
    """Several foreign names are one of ours, from `since` on (always where it is empty). Returns the change, for `undo`."""
    part = Part(local_value.strip(), since=since)
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    _check(by, kind, names, [part], reason)
    if len(names) < 2:
        raise Invalid(_("A merge names at least two foreign names."), field="names")
    change = uuid7()
    with journal.act(events.MERGED, by=by, reason=reason) as act:
        for name in names:
            _end(act, _standing(source, kind, name), since, change)
            row = _made(source, kind, name, part, change, by, Matched.MERGE)
            act.record(row, _told(row, names, [part], change))
    return change


def split(*, by: Any, source: str, kind: str, foreign_value: str, parts: Sequence[Part], reason: str) -> UUID:
    """One foreign name is several of ours: by revision or site (all from the same moment), or one after the other.

    A message that names none of the revisions or sites is not guessed: it waits on the work list. Returns the change.
    """
    name = foreign_value.strip()
    _check(by, kind, [name], parts, reason)
    rows = _in_time(parts) if not any(p.revision or p.site for p in parts) else _by_condition(parts)
    change = uuid7()
    with journal.act(events.SPLIT, by=by, reason=reason) as act:
        _end(act, _standing(source, kind, name), rows[0][0].since, change)
        for part, until in rows:
            row = _made(source, kind, name, part, change, by, Matched.SPLIT, until)
            act.record(row, _told(row, [name], parts, change))
    return change


def undo(*, by: Any, change: UUID, reason: str) -> int:
    """The merge or split never was: what it ended goes on, what it made is taken back. Returns how many entries it had made."""
    access.check(by, RESOLVE)
    check_reason(reason)
    with journal.act(events.UNDONE, by=by, reason=reason) as act:
        rows = list(Crosswalk.objects.select_for_update().filter(change=change))
        made = [row for row in rows if row.withdrawn_at is None]
        if later := [row for row in rows if row.ended_by]:
            raise Conflict(
                _("“%(name)s” was changed again since then.") % {"name": later[0].foreign_value},
                hint=_("Undo the later change first."),
                code="changed_since",
            )
        if not made:
            raise Missing(_("This change is undone already, or never was."))
        for row in made:
            row.withdrawn_at = now()
            row.save(update_fields=["withdrawn_at"])
            act.record(row, _told(row, [row.foreign_value], [Part(row.local_value)], change))
        for row in Crosswalk.objects.select_for_update().filter(ended_by=change):
            row.until = row.withdrawn_at = row.ended_by = None
            row.save(update_fields=["until", "withdrawn_at", "ended_by"])
            act.record(row, _told(row, [row.foreign_value], [Part(row.local_value)], change))
    return len(made)


def withdraw(*, by: Any, entry: Crosswalk, reason: str) -> Crosswalk:
    """The entry was a mistake: it counts for no message any more, also not for older ones."""
    access.check(by, RESOLVE)
    check_reason(reason)
    with journal.act(events.WITHDRAWN, by=by, reason=reason) as act:
        row: Crosswalk = Crosswalk.objects.select_for_update().get(pk=entry.pk)
        if row.withdrawn_at:
            raise Conflict(_("It is taken back already."), code="withdrawn")
        row.withdrawn_at = now()
        row.save(update_fields=["withdrawn_at"])
        act.record(row, events.Mapped(row.kind, row.source, row.foreign_value, row.local_value))
    return row


# --- parts of the acts ------------------------------------------------------------------------------------------------


def _in_time(parts: Sequence[Part]) -> list[tuple[Part, datetime | None]]:
    """One after the other, each until the next begins; only the first may have no beginning."""
    first = [part for part in parts if part.since is None]
    later: list[Any] = sorted((part for part in parts if part.since), key=lambda part: part.since)
    if len(first) > 1 or len({part.since for part in later}) < len(later):
        raise Invalid(
            _("Two meanings would be good at the same time."),
            field="parts",
            hint=_("Give each a revision, a site, or a beginning of its own."),
        )
    ordered = [*first, *later]
    return [*((part, follower.since) for part, follower in itertools.pairwise(ordered)), (ordered[-1], None)]


def _by_condition(parts: Sequence[Part]) -> list[tuple[Part, datetime | None]]:
    """All from one moment; without a general one, an entry without a meaning says that nothing else fits."""
    if len({part.since for part in parts}) > 1:
        raise Invalid(_("Meanings by revision or site begin at the same moment."), field="parts")
    if len({(part.revision, part.site) for part in parts}) < len(parts):
        raise Invalid(_("Two meanings are good for the same revision and site."), field="parts")
    is_general = any(not part.revision and part.site is None for part in parts)
    rest = [] if is_general else [Part("", since=parts[0].since)]
    return [(part, None) for part in (*rest, *parts)]


def _standing(source: str, kind: str, name: str) -> Any:
    rows = Crosswalk.objects.current().filter(source=source, kind=kind, foreign_value=name)
    return rows.select_for_update().order_by("pk")


def _end(act: journal.Act, rows: Any, since: datetime | None, change: UUID) -> None:
    """From `since` on; without it they are taken back for all time."""
    for row in rows:
        if since and row.since and since < row.since:
            raise Invalid(
                _("“%(name)s” has its present meaning only since then.") % {"name": row.foreign_value},
                field="since",
                hint=_("Name a later moment, or undo the change before."),
            )
        row.until, row.withdrawn_at, row.ended_by = since, None if since else now(), change
        row.save(update_fields=["until", "withdrawn_at", "ended_by"])
        act.record(row, _told(row, [row.foreign_value], [Part(row.local_value)], change), event=events.ENDED)


def _made(
    source: str, kind: str, name: str, part: Part, change: UUID, by: Any, matched: Matched,
    until: datetime | None = None,
) -> Crosswalk:  # fmt: skip
    return Crosswalk.objects.create(
        source=source, kind=kind, foreign_value=name, local_value=part.local_value, revision=part.revision,
        site=part.site, since=part.since, until=until, matched=matched, change=change, made_by=_person(by),
    )  # fmt: skip


def _told(row: Crosswalk, names: Sequence[str], parts: Sequence[Part], change: UUID) -> events.Regrouped:
    since = row.since.isoformat() if row.since else ""
    return events.Regrouped(
        kind=row.kind, source=row.source, names=", ".join(names), since=since, change=str(change),
        meanings=", ".join(part.local_value or "?" for part in parts),
    )  # fmt: skip


def _check(by: Any, kind: str, names: Sequence[str], parts: Sequence[Part], reason: str) -> None:
    access.check(by, RESOLVE)
    check_reason(reason)
    if kind not in CrosswalkKind.values:
        raise Invalid(_("This kind of name is not known."), field="kind")
    if not parts or len(parts) > MOST or len(names) > MOST:
        raise Invalid(_("Between 1 and %(most)s names.") % {"most": MOST}, field="names")
    for name in names:
        _check_name(name)
    for part in parts:
        check_known(kind, part.local_value)
        _check_site(by, kind, part)


def _check_name(name: str) -> None:
    if not 0 < len(name) <= 120:
        raise Invalid(_("Say which name is meant (at most 120 characters)."), field="foreign_value")


def check_known(kind: str, value: str) -> None:
    """Raises Invalid where nothing here carries the name."""
    if not value:
        raise Invalid(_("Say what the name means here."), field="local_value")
    rows = None
    if kind in KNOWN:
        rows = KNOWN[kind].objects.live().filter(number=value)
    elif kind == CrosswalkKind.NCR:
        records: Any = REGISTRY["NCR"]
        rows = records.objects.filter(number=value)
    if rows is not None and not rows.exists():
        raise Invalid(
            _("%(value)s is not known here.") % {"value": value},
            field="local_value",
            hint=_("Choose a number from the master data."),
        )


def _person(by: Any) -> User | None:
    return by if isinstance(by, User) else None


def _check_site(by: Any, kind: str, part: Part) -> None:
    """The name of a site leads only to one on which the person settles names."""
    sites = access.site_ids(by, RESOLVE)
    named = Site.objects.filter(code=part.local_value) if kind == CrosswalkKind.SITE else Site.objects.none()
    asked = set(named.values_list("pk", flat=True))
    if sites != access.ALL and not asked <= set(sites):
        raise Forbidden(_("You do not settle names of this site."), hint=_("Ask somebody who does."))
