"""Documents by bands of time, so that frequent words are searched from the newest backwards, one stretch after the other.

What is promised: a search shows the newest records first, by the time at which they were recorded, then by the document's
key, wherever they lie and however many there are. The index over the terms knows no order: asked for words that abound
it gives every hit, to be read and sorted. So each document also bears the lexeme of its band, bands follow each other in
time without overlap, and the index is asked for the words *and* the newest bands first; a band holds about FULL
documents, which bounds what one question can bring. A band is defined by its time and not by keys: a record that comes
late lies in the band of its time, and records of one instant lie in one band.

Bands are cut anew by `projection.rebuild`, and opened at the newer end while the plant runs. While they are not whole
(before the first rebuild after an upgrade, and during each) the search asks for all at once: slower, and complete.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from . import terms
from .models import Band, Document, Word

FULL = 65_536
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # before every record: `recorded_at` is the database's clock
# One band at a time; where that would be more questions than these, several. Few when each question costs by itself.
MOST_GROUPS, FEW_GROUPS = 16, 4
# Writers of documents come one after the other; readers do not wait.
LOCK, ALONE = "LOCK TABLE insight_band IN SHARE ROW EXCLUSIVE MODE", "insight:bands"
CUTS = """SELECT DISTINCT at FROM (SELECT at, row_number() OVER (ORDER BY at) AS n FROM ({times}) t (at)) numbered
WHERE n > 1 AND n %% %s = 1 ORDER BY at"""


def are_whole() -> bool:
    return bool(newest_first())


def newest_first() -> list[int]:
    """Numbers of the bands; none while some of them are not whole."""
    found = list(Band.objects.order_by("-number").values_list("number", "is_whole"))
    return [number for number, is_whole in found] if all(is_whole for _number, is_whole in found) else []


def groups(numbers: list[int], most: int = MOST_GROUPS) -> Iterator[list[int]]:
    """The bands in the steps in which they are asked; one empty group, all at once, when there are none."""
    size = max(1, -(-len(numbers) // most))
    for first in range(0, max(1, len(numbers)), size):
        yield numbers[first : first + size]


def question(numbers: Iterable[int]) -> str:
    """As a part of a tsquery."""
    return " | ".join(terms.quoted(terms.of_band(number)) for number in numbers)


def lock() -> None:
    """Until the end of the transaction. What is read afterwards is how the bands stand."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def filled(count: int) -> None:
    """So many documents were added; a full band is followed by one for everything that is recorded from now on."""
    newest = Band.objects.order_by("-number").first()
    if newest is None or not count:
        return
    newest.holds += count
    newest.save(update_fields=["holds"])
    if newest.is_whole and newest.holds >= FULL:
        last = Document.objects.aggregate(last=Max("recorded_at"))["last"]
        Band.objects.create(number=newest.number + 1, since=last + timedelta(microseconds=1), is_whole=True)


@contextmanager
def alone(*, wait: bool) -> Iterator[bool]:
    """One cut at a time: whoever finished it would call the next one's bands whole."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [ALONE])
        else:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [ALONE])
        is_ours = wait or bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [ALONE])


def cut(models: Iterable[Any]) -> None:
    """Anew, by the times of all records; not whole before `finish`."""
    times = " UNION ALL ".join(f'SELECT created_at FROM "{model._meta.db_table}"' for model in models)
    with transaction.atomic():
        lock()
        Band.objects.all().delete()
        Word.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(CUTS.format(times=times), [FULL])
            starts = [BEGINNING, *(at for (at,) in cursor.fetchall())]
        Band.objects.bulk_create(Band(number=number, since=since) for number, since in enumerate(starts))


def finish() -> None:
    """Every document has been written anew."""
    with transaction.atomic():
        lock()
        newest = Band.objects.latest("number")
        newest.holds = Document.objects.filter(recorded_at__gte=newest.since).count()
        newest.save(update_fields=["holds"])
        Band.objects.update(is_whole=True)
