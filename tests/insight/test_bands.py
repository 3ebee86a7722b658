"""Words that abound are found newest first wherever they lie, also while documents are made anew."""

from decimal import Decimal

import pytest
from django.db import connection

from ncr import actions as ncr
from qms.accounts.models import Site
from qms.insight import bands, projection, search, tasks, terms, vocabulary
from qms.insight.models import Band, Document, Word
from qms.journal.models import Entry
from qms.records.models import REGISTRY

BEARERS = (0, 1, 5, 6, 12)


@pytest.fixture
def small(monkeypatch):
    """Bands of three documents, and a look at the newest one only."""
    monkeypatch.setattr(bands, "FULL", 3)
    monkeypatch.setattr(search, "WINDOW", 1)
    monkeypatch.setattr(search, "WINDOW_ALONE", 1)


@pytest.fixture
def say(people):
    def edit(record, title, by="engineer"):
        return ncr.edit(cause="INFO", ncr=record, by=people[by], reason="said better", title=title)

    return edit


@pytest.fixture
def rows(small, make, say):
    made = [make.report() for _ in range(14)]
    for place in BEARERS:
        say(made[place], "Weld porosity 焊缝有气孔")
    say(made[3], "Weld too short")
    projection.rebuild()
    return made


@pytest.fixture
def wanted(rows):
    return [rows[place].number for place in reversed(BEARERS)]


def numbers(text, user, **rest):
    return [hit.label for hit in search.find(text, user, **rest).records]


@pytest.mark.parametrize(
    "text", ["porosity weld", "气孔 焊缝", "poros", "焊缝 weld lot-26-0101", "孔", "lot-26 poros 气孔"]
)
def test_the_newest_come_first_wherever_they_lie(rows, wanted, people, text):
    assert Band.objects.count() == 5
    assert numbers(text, people["engineer"]) == wanted


@pytest.mark.parametrize("limit", range(1, 7))
def test_a_limit_takes_the_newest_and_says_whether_there_are_more(rows, wanted, people, limit):
    found = search.find("porosity weld", people["engineer"], limit=limit)
    assert [hit.label for hit in found.records] == wanted[:limit]
    assert found.more is (limit < len(wanted))


def test_words_that_never_meet_find_nothing(rows, people):
    assert numbers("porosity short", people["engineer"]) == []


def test_the_order_is_that_of_the_records_and_not_that_of_the_documents(rows, wanted, people):
    old = rows[1]
    Document.objects.get(record_key=old.pk).delete()
    projection.renew(type(old), [old.pk])
    assert Document.objects.latest("pk").record_key == old.pk
    assert numbers("porosity weld", people["engineer"]) == wanted


def test_each_document_lies_in_one_band_and_bands_in_the_order_of_time(rows):
    found = [
        [word for word in document.terms.replace("'", "").split() if word.startswith(terms.BAND)]
        for document in Document.objects.order_by("recorded_at", "pk")
    ]
    assert [len(each) for each in found] == [1] * 14
    assert [each[0] for each in found] == [terms.of_band(number) for number in sorted(n // 3 for n in range(14))]


def test_a_full_band_is_followed_by_another(rows, wanted, make, say, people):
    fresh = [say(make.report(), "Weld porosity again") for _ in range(5)]
    projection.take(list(Entry.objects.filter(object_key__in=[str(row.pk) for row in fresh])))
    assert Band.objects.count() > 5 and bands.are_whole()
    expected = [row.number for row in reversed(fresh)] + wanted
    assert numbers("porosity weld", people["engineer"]) == expected


def test_an_upgraded_plant_finds_everything_before_and_after_the_worker_was_at_it(rows, wanted, people):
    Band.objects.all().delete()
    Word.objects.all().delete()
    for row in rows:
        projection.renew(type(row), [row.pk])
    assert not any(terms.BAND in document.terms for document in Document.objects.all())
    assert numbers("porosity weld", people["engineer"]) == wanted
    tasks.rebuild_search()
    assert bands.are_whole() and Word.objects.filter(text="porosity").exists()
    assert numbers("porosity weld", people["engineer"]) == wanted


def test_everything_is_found_while_documents_are_made_anew(rows, wanted, people, monkeypatch):
    renew, seen = projection.renew, []

    def watched(model, keys):
        seen.append(numbers("porosity weld", people["engineer"]))
        renew(model, keys)
        seen.append(numbers("porosity weld", people["engineer"]))

    monkeypatch.setattr(projection, "renew", watched)
    monkeypatch.setattr(projection, "CHUNK", 4)
    projection.rebuild()
    assert len(seen) >= 8 and all(found == wanted for found in seen)


@pytest.mark.parametrize(("room", "name"), [(bands, "question"), (vocabulary, "questions")])
def test_a_search_during_which_the_bands_are_cut_finds_everything(rows, wanted, people, monkeypatch, room, name):
    question, cuts = getattr(room, name), []

    def cut_first(*asked):
        if not cuts:
            cuts.append(bands.cut(REGISTRY.values()))
            for row in rows:
                projection.renew(type(row), [row.pk])
        return question(*asked)

    monkeypatch.setattr(room, name, cut_first)
    monkeypatch.setattr(bands, "FULL", 100)
    assert numbers("porosity weld", people["engineer"]) == wanted and cuts and not bands.are_whole()


def test_documents_of_records_that_are_no_more_are_forgotten(rows):
    of_one = Document.objects.latest("pk")
    for kind, key in ((of_one.record_type, 999_999_999), ("gone.kind", 1)):
        of_one.pk, of_one.record_type, of_one.record_key = None, kind, key
        of_one.save(force_insert=True)
    assert projection.rebuild() == Document.objects.count() == 14


def test_each_reader_finds_the_newest_of_their_own_sites(rows, wanted, make, people):
    suzhou = Site.objects.get(code="SUZ")
    away = [
        ncr.report(
            by=people["gongcheng"],
            part=rows[0].item,
            lot=None,
            site_id=suzhou.pk,
            quantity=Decimal(3),
            defect_code=rows[0].defect_code,
            description="Weld porosity",
        )
        for _ in range(4)
    ]
    [make.report() for _ in range(4)]
    projection.rebuild()
    theirs = [row.number for row in reversed(away)]
    assert numbers("porosity weld", people["gongcheng"]) == theirs
    assert numbers("porosity weld", people["engineer"]) == wanted
    assert numbers("porosity weld", people["auditor"]) == theirs + wanted
    found = search.find("porosity weld", people["gongcheng"], limit=4)
    assert len(found.records) == 4 and not found.more


def test_the_worker_is_asked_once_and_not_when_bands_are_whole(small, db, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.rebuild_search, "delay", lambda: rung.append("rebuild"))
    monkeypatch.setattr(tasks.catch_up_search, "delay", lambda: rung.append("catch up"))
    tasks.ring()
    assert "rebuild" in rung
    tasks.rebuild_search()
    rung.clear()
    tasks.ring()
    assert "rebuild" not in rung


def test_only_one_makes_them_anew(rows):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [bands.ALONE])
            assert projection.rebuild(wait=False) == 0 and bands.are_whole()
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert projection.rebuild(wait=False) == len(rows)


def test_steps_cover_every_band_once():
    for count in (0, 1, 2, 3, 17, 160):
        for most in (bands.MOST_GROUPS, bands.FEW_GROUPS):
            found = list(bands.groups(list(range(count))[::-1], most))
            assert [number for group in found for number in group] == list(range(count))[::-1]
            assert 1 <= len(found) <= most


class TestBeginnings:
    def test_a_beginning_is_asked_as_the_words_that_begin_so(self, rows):
        assert vocabulary.questions("poros weld") == ["('porosity')", "('weld')"]
        assert vocabulary.questions("poros chamfer") == []
        assert vocabulary.questions("lot-26-01 op") == ["'lot2601':*", "'op'"]

    def test_many_words_are_asked_as_their_beginning(self, rows, wanted, people, monkeypatch):
        monkeypatch.setattr(vocabulary, "MOST", 0)
        assert vocabulary.questions("poros weld") == ["'poros':*", "'weld':*"]
        assert numbers("poros weld", people["engineer"]) == wanted

    @pytest.mark.parametrize("text", ["borec", "bore-ch", "bore-check-12", "check"])
    def test_names_of_several_parts_are_found_by_each_beginning(self, rows, say, people, text):
        say(rows[2], "Station bore-check-12 failed")
        projection.renew(type(rows[2]), [rows[2].pk])
        assert numbers(text, people["engineer"]) == [rows[2].number]
