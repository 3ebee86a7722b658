"""From entries of the trail to people: one rule per event, written set-wise, each person once per entry."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from qms.accounts import access
from qms.accounts.models import FailedAttempt, User
from qms.commands.models import Command, Posting
from qms.journal import following
from qms.lib.clock import now
from qms.records.models import REGISTRY
from qms.records.queries import record_refuses

from ..models import ALWAYS, Kind, Notification, NotificationSettings
from . import subjects

VIEW = "account.view"
NAME, STALE = "notifications", timedelta(days=7)  # older entries are no news (first start, restore)


@dataclass
class News:
    """One entry about a record; `payload` is the event's, `actor` the account's key as text."""

    entry: Any
    record: Any
    payload: dict[str, Any]
    actor: str
    actor_name: str
    people: "People"


@dataclass
class People:
    """Who holds a right on a site, asked once per batch."""

    known: dict[tuple[str, int], list[User]] = field(default_factory=dict)
    byid: dict[int, User | None] = field(default_factory=dict)

    def with_right(self, permission: str, site_id: int) -> list[User]:
        if (permission, site_id) not in self.known:
            self.known[permission, site_id] = list(access.who_may(permission, site_id))
        return self.known[permission, site_id]

    def one(self, pk: Any) -> list[User]:
        key = int(pk or 0)
        if key not in self.byid:
            self.byid[key] = User.objects.filter(pk=key, is_active=True, kind=User.PERSON).first()
        found = self.byid[key]
        return [found] if found else []


def may_step(name: str) -> Callable[[News], list[User]]:
    """Whoever may take the step now, segregation of duties included; what is past asks nobody."""

    def who(news: News) -> list[User]:
        record = news.record
        step = record.workflow.transition(name)
        if record.state not in step.sources:
            return []
        people = news.people.with_right(step.permission, record.site_id)
        return [person for person in people if not record_refuses(record, step, person)]

    return who


def mentioned(news: News) -> list[User]:
    return [person for pk in news.payload.get("mentions", ()) for person in news.people.one(pk)]


def handed(news: News) -> list[User]:
    return news.people.one(news.payload["person"])


def concerned(news: News) -> list[User]:
    """Owner and reporter of the record, and of the one it belongs to."""
    rows = [news.record, getattr(news.record, "ncr", None)]
    keys = {getattr(row, name, None) for row in rows if row for name in ("owner_id", "created_by_id")}
    return [person for key in sorted(filter(None, keys)) for person in news.people.one(key)]


def security(news: News) -> list[User]:
    """Security officers of a site on which the account holds something, and of all sites (21 CFR 11.300(d))."""
    people = access.who_may("account.manage")
    if isinstance(news.record, FailedAttempt):  # of an id that nobody has: each of them
        return [p for p in people if any(g.role == "security_officer" for g in p.valid_grants)]
    sites = {None, *(grant.site_id for grant in news.record.valid_grants)}
    return [p for p in people if any(g.role == "security_officer" and g.site_id in sites for g in p.valid_grants)]


def owner_and_security(news: News) -> list[User]:
    return [*news.people.one(news.record.pk), *security(news)]


def seen_accounts(rows: Any, person: User) -> Any:
    """One's own account; all, for whoever looks at accounts."""
    return rows if access.may(person, VIEW) else rows.filter(pk=person.pk)


@dataclass(frozen=True)
class Rule:
    """`once`: whoever has not read it yet is not told again of the same event of the same record."""

    kind: Kind
    who: Callable[[News], list[User]]
    once: bool = False


RULES: dict[str, Rule] = {
    "ncr.sent_to_mrb": Rule(Kind.SIGNATURE, may_step("approve")),
    "ncr.executed": Rule(Kind.SIGNATURE, may_step("close")),
    "record.commented": Rule(Kind.MENTIONED, mentioned),
    "task.delegated": Rule(Kind.ASSIGNED, handed),
    "hold.activated": Rule(Kind.HOLD, concerned),
    "hold.released": Rule(Kind.HOLD, concerned),
    "hold.cancelled": Rule(Kind.HOLD, concerned),
    "posting.failed": Rule(Kind.POSTING, concerned),
    "account.lock_alarm": Rule(Kind.SECURITY, security),
    "account.code_ended": Rule(Kind.SECURITY, owner_and_security),
}
subjects.register(
    subjects.Subject(
        FailedAttempt,
        VIEW,
        lambda row: str(row.username_key),
        lambda rows, person: rows if access.may(person, VIEW) else rows.none(),
    )
)
subjects.register(subjects.Subject(User, VIEW, lambda row: str(row.username), seen_accounts))


def catch_up() -> int:
    read = 0
    while taken := following.follow(NAME, take):
        read += taken
    return read


def take(entries: Sequence[Any]) -> None:
    """One batch: records and people are read once, notifications written in one statement."""
    fresh = [e for e in entries if e.ts > now() - STALE and (e.event in RULES or e.kind == "row")]
    records = _records(fresh)
    people, found = People(), []
    actors = _actors(entries)
    for entry in fresh:
        record = records.get(entry.id)
        if record is not None:
            found += _told(entry, record, people, actors)
    write(_news_only(found))


def _news_only(found: list[Notification]) -> list[Notification]:
    """Without what its reader was told and has not read: an alarm that goes on is one line, not one for every time."""
    once = {name for name, rule in RULES.items() if rule.once}
    asked = [n for n in found if n.event in once]
    rows = Notification.objects.unread().filter(user__in={n.user_id for n in asked}, event__in={n.event for n in asked})
    known = set(rows.values_list("user_id", "event", "record_type", "record_key")) if asked else set()
    kept = []
    for told in found:
        cause = (told.user_id, told.event, told.record_type, told.record_key)
        if told.event in once and cause in known:
            continue
        known.add(cause)
        kept.append(told)
    return kept


def _actors(entries: Iterable[Any]) -> dict[Any, str]:
    return {e.act_id: json.loads(e.payload)["who"]["name"] for e in entries if e.kind == "act"}


def _told(entry: Any, record: Any, people: People, actors: dict[Any, str]) -> list[Notification]:
    payload = json.loads(entry.payload)
    data = payload.get("data") or {}
    news = News(entry, record, data, entry.actor_id, actors.get(entry.act_id, ""), people)
    if entry.kind == "row":
        told, kind = _new_owner(news, payload), Kind.ASSIGNED
    else:
        rule = RULES[entry.event]
        told, kind = rule.who(news), rule.kind
    return [made(person, f"entry:{entry.id}", kind, record, news) for person in told if _is_news_for(person, news)]


def _new_owner(news: News, payload: dict[str, Any]) -> list[User]:
    """The row's own change says who owns it now, whatever act changed it."""
    new, old = payload.get("new") or {}, payload.get("old") or {}
    if payload.get("op") != "update" or new.get("owner_id") in (None, old.get("owner_id")):
        return []
    return news.people.one(new["owner_id"])


def _is_news_for(person: User, news: News) -> bool:
    """Nobody is told what they did themselves, nor of a record that they may not see."""
    return str(person.pk) != news.actor and subjects.may(person, news.record)


def made(person: User, key: str, kind: Kind, record: Any, news: News | None = None) -> Notification:
    return Notification(
        user=person,
        key=key,
        kind=kind,
        record_type=record._meta.label_lower,
        record_key=str(record.pk),
        number=subjects.name(record),
        event=news.entry.event if news else "",
        data={
            "title": str(getattr(record, "title", ""))[:200],
            "target": news.payload.get("target", "") if news else "",
        },
        actor=news.actor_name if news else "",
    )


def write(found: list[Notification]) -> None:
    """Muted kinds are left out; whoever was told of this cause is not told again."""
    muted = dict(NotificationSettings.objects.filter(user__in={n.user_id for n in found}).values_list("user", "muted"))
    wanted = [n for n in found if n.kind in ALWAYS or n.kind not in muted.get(n.user_id, ())]
    Notification.objects.bulk_create(wanted, ignore_conflicts=True)


def _records(entries: Iterable[Any]) -> dict[int, Any]:
    """What each entry is about, as it is now: its own subject, or the record that a posting or a command is for."""
    kinds, entries = subjects.models(), list(entries)
    carried = {**_carried(Posting, entries), **_carried(Command, entries)}
    own = {e.id: (e.object_type, e.object_key) for e in entries}
    places = {key: carried.get(place, place) for key, place in own.items()}
    rows: dict[tuple[str, str], Any] = {}
    for label, model in kinds.items():
        keys = {key for kind, key in places.values() if kind == label}
        rows |= {(label, str(row.pk)): row for row in model._base_manager.filter(pk__in=keys)}
    return {entry: rows[place] for entry, place in places.items() if place in rows}


def _carried(model: Any, entries: list[Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Subject of an entry → the record that it is for."""
    label = model._meta.label_lower
    keys = [e.object_key for e in entries if e.object_type == label and e.event in RULES]
    rows = model.objects.filter(pk__in=keys).values_list("pk", "record_type", "record_key") if keys else ()
    return {(label, str(pk)): (kind, key) for pk, kind, key in rows}


REMINDERS: list[Callable[[], None]] = []  # of higher rooms; each tells nobody twice of the same


def remind() -> None:
    """Owners of open records that are due tomorrow or overdue: once per record and due date, each."""
    today, found = timezone.localdate(), []
    people = People()
    for model in REGISTRY.values():
        names = {f.name for f in model._meta.fields}
        if not {"owner", "due_date"} <= names:
            continue
        manager: Any = model._base_manager
        rows = manager.filter(state__in=model.workflow.open_states, owner__isnull=False)
        for row in rows.filter(due_date__lte=today + timedelta(days=1), due_date__gt=today - timedelta(days=30)):
            word = "over" if row.due_date < today else "soon"
            key = f"{word}:{row._meta.label_lower}:{row.pk}:{row.due_date.isoformat()}"
            told = [p for p in people.one(row.owner_id) if access.may(p, row.view_permission, row)]
            found += [_due(person, key, row, word) for person in told]
    write(found)
    for tell in REMINDERS:
        tell()


def _due(person: User, key: str, row: Any, word: str) -> Notification:
    told = made(person, key, Kind.DUE, row)
    told.event = f"due.{word}"
    return told


def settings_of(user: Any) -> NotificationSettings:
    return NotificationSettings.objects.filter(user=user).first() or NotificationSettings(user=user)


def choose(user: Any, *, digest: str, muted: list[str]) -> None:
    NotificationSettings.objects.update_or_create(user=user, defaults={"digest": digest, "muted": muted})
