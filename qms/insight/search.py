"""One box for everything: a number however it is typed, a lot, a part, a supplier, words in any language.

Whatever the documents say, a hit is shown only when its record, read now, is visible to the reader.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F
from django.urls import reverse

from qms.accounts import access
from qms.lib.clock import now
from qms.masterdata.specs import SPECS
from qms.records.models import REGISTRY

from . import aliases, bands, terms, vocabulary
from .models import Document

# Rows that are looked at themselves: with bands, and without, when what they do not answer costs more.
LIMIT, WINDOW, WINDOW_ALONE = 50, 500, 5_000
NEWEST = ("-recorded_at", "-pk")
# Objects of the mirror that are opened by their number; the first ones first.
BY_NUMBER = ("lots", "serials", "items", "production-orders", "purchase-orders", "suppliers")


@dataclass(frozen=True)
class Hit:
    """A record or a thing of the ERP. `exact`: it bears the very name that was typed."""

    label: str
    title: Any
    hint: str
    url: str
    record: Any = None
    object: str = ""
    exact: bool = False


@dataclass
class Found:
    text: str
    records: list[Hit] = field(default_factory=list)
    things: list[Hit] = field(default_factory=list)
    nearly: bool = False  # nothing bears these words; the records shown differ by one slip
    more: bool = False

    @property
    def only(self) -> Hit | None:
        """What a scan means: the one thing of exactly this name."""
        exact = [hit for hit in (*self.records, *self.things) if hit.exact]
        return exact[0] if len(exact) == 1 else None

    def __bool__(self) -> bool:
        return bool(self.records or self.things)


def find(text: str, user: Any, *, limit: int = LIMIT) -> Found:
    """At most `limit` records, the number asked for first, then the newest; and what the ERP knows by that name."""
    text = text.replace("\x00", "").strip()[:200]
    found = Found(text)
    if not text:
        return found
    numbered = by_number(text, user)
    guess = terms.number(text)
    whole = bool(numbered and guess and guess.prefix and guess.year)  # nothing else bears a whole number
    named = aliases.keys(text)
    matched = [] if whole else by_words(text, user, limit + 1)
    found.more = len(matched) > limit
    first = [*numbered, *named]
    found.records = shown([*first, *matched][: limit + len(first)], user, text, named)
    found.things = things(text, user)
    if not found:
        found.records = shown(by_slip(text, user), user, text)
        found.nearly = bool(found.records)
    return found


Key = tuple[str, int]


def by_number(text: str, user: Any) -> list[Key]:
    """Straight from the records, so that one made a moment ago is found; older years by the documents."""
    guess = terms.number(text)
    if guess is None:
        return []
    this = now().year % 100
    years = [guess.year] if guess.year else [f"{this:02d}", f"{(this - 1) % 100:02d}"]
    kinds: dict[str, Any] = {
        prefix: model for prefix, model in REGISTRY.items() if not guess.prefix or prefix == guess.prefix
    }
    found: list[Key] = []
    for prefix, model in kinds.items():
        names = [f"{prefix}-{year}-{guess.serial:06d}" for year in years]
        rows = model.objects.visible_to(user).filter(number__in=names).order_by("-pk")
        found += [(model._meta.label_lower, pk) for pk in rows.values_list("pk", flat=True)]
    if not guess.year:
        labels = [model._meta.label_lower for model in kinds.values()]
        old = Document.objects.visible_to(user).filter(serial=guess.serial, record_type__in=labels)
        found += list(old.order_by(*NEWEST).values_list("record_type", "record_key")[:5])
    return list(dict.fromkeys(found))


def by_words(text: str, user: Any, limit: int) -> list[Key]:
    """Newest first. While the bands of documents are cut anew, also in this very moment, all are asked at once."""
    if numbers := bands.newest_first():
        found = _by_words(vocabulary.questions(text), user, numbers, limit)
        if set(numbers) <= set(bands.newest_first()):
            return found
    return _by_words([str(one) for one in terms.asked(text)], user, [], limit)


def _by_words(asked: list[str], user: Any, numbers: list[int], limit: int) -> list[Key]:
    """The newest rows are looked at themselves: words that abound are found there. Then the index, from the newest band
    backwards (see `bands`), so that neither way reads or sorts a large part of the table."""
    if not asked:
        return []
    mine = Document.objects.visible_to(user)
    newest = mine.order_by(*NEWEST).values("pk")[: WINDOW if numbers else WINDOW_ALONE]
    found = _keys(Document.objects.filter(pk__in=newest).scanned(" & ".join(asked)).order_by(*NEWEST), limit)
    return found if len(found) == limit else _by_bands(asked, user, numbers, limit)


def _by_bands(asked: list[str], user: Any, numbers: list[int], limit: int) -> list[Key]:
    mine, sites = Document.objects.visible_to(user), _sites(user)
    found: list[Key] = []
    # Ordered by an expression: the index over time must not tempt the planner to walk all of it for a rare word.
    by_time = ExpressionWrapper(F("recorded_at") + timedelta(0), output_field=DateTimeField())
    words, beginnings = [" & ".join(part) for part in _parts(asked)]
    for group in bands.groups(numbers, bands.FEW_GROUPS if beginnings else bands.MOST_GROUPS):
        within = [*([bands.question(group)] if group else []), *sites, *([words] if words else [])]
        if group and words and beginnings and not Document.objects.is_any(*within):
            continue
        rows = mine.matching(*within, *([beginnings] if beginnings else []))
        found += _keys(rows.order_by(by_time.desc(), "-pk"), limit - len(found))
        if len(found) == limit:
            break
    return found


def _parts(asked: list[str]) -> tuple[list[str], list[str]]:
    """Words, and beginnings of more than the vocabulary spells out: each question collects these from the whole index."""
    return [one for one in asked if terms.BEGINNING not in one], [one for one in asked if terms.BEGINNING in one]


def _sites(user: Any) -> list[str]:
    """The reader's sites as a question; none when they see all."""
    found: set[int] = set()
    for model in REGISTRY.values():
        sites = access.site_ids(user, model.view_permission)
        if isinstance(sites, str):
            return []
        found |= sites
    return [" | ".join(terms.quoted(terms.of_site(site)) for site in sorted(found or {0}))]


def by_slip(text: str, user: Any) -> list[Key]:
    words = terms.nearly(text)
    if not words:
        return []
    guess = terms.number(text)
    mine, near = Document.objects.visible_to(user), []
    if guess and len(str(guess.serial)) > 2:
        serials = {int(word) for word in terms.slips(str(guess.serial)) if word.strip("0")}
        near = _keys(mine.filter(serial__in=serials).order_by(*NEWEST), 5)
    return near or _keys(mine.filter(pk__in=Document.objects.bearing(words)).order_by(*NEWEST), 10)


def _keys(rows: Any, limit: int) -> list[Key]:
    return list(rows.values_list("record_type", "record_key")[:limit])


def shown(keys: Iterable[Key], user: Any, text: str, named: Iterable[Key] = ()) -> list[Hit]:
    """The records behind the keys as they are now, in the same order; one query per kind. `named`: those that bear the text as
    their name in another system."""
    keys = list(dict.fromkeys(keys))
    by_kind: dict[str, list[int]] = defaultdict(list)
    for label, pk in keys:
        by_kind[label].append(pk)
    rows: dict[Key, Any] = {}
    for model in REGISTRY.values():
        label = model._meta.label_lower
        if label in by_kind:
            mine = model.objects.visible_to(user).filter(pk__in=by_kind[label])
            rows |= {(label, row.pk): row for row in mine}
    wanted = terms.number(text)
    hits = [record_hit(rows[key], wanted) for key in keys if key in rows]
    bear = {rows[key] for key in named if key in rows}
    return [replace(hit, exact=True) if hit.record in bear else hit for hit in hits]


def record_hit(row: Any, wanted: terms.Number | None = None) -> Hit:
    prefix, year, serial = row.number.split("-")
    exact = bool(wanted and (wanted.prefix, wanted.year, wanted.serial) == (prefix, year, int(serial)))
    hint = " · ".join(str(value) for name in row.search_ids if (value := getattr(row, name)))
    return Hit(row.number, getattr(row, "title", ""), hint, row.get_absolute_url(), record=row, exact=exact)


def things(text: str, user: Any, *, each: int = 3) -> list[Hit]:
    """Lots, serials, parts, orders and suppliers of that number, or whose number begins so."""
    if len(text) < 3 or not access.may(user, "masterdata.view"):
        return []
    found: list[Hit] = []
    for object in ("suppliers",) if " " in text else BY_NUMBER:
        if object in SPECS:
            found += [_thing(object, row, text) for row in _things(object, text, user, each)]
    return sorted(found, key=lambda hit: not hit.exact)


def _things(object: str, text: str, user: Any, each: int) -> list[Any]:
    rows = SPECS[object].model.objects.visible_to(user).live()
    wanted = rows.filter(number__startswith=text) | rows.filter(number__startswith=text.upper())
    if object == "suppliers":
        wanted |= rows.filter(name__icontains=text)
    return list(wanted.order_by("number")[:each])


def _thing(object: str, row: Any, text: str) -> Hit:
    url = reverse("masterdata:detail", args=[object, row.pk])
    exact = row.number.casefold() == text.casefold()
    return Hit(row.number, getattr(row, "name", ""), "", url, object=object, exact=exact)
