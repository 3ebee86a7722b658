"""The documents follow the sealed trail, from real transactions, each entry once."""

import pytest

from qms.insight import projection, search, tasks
from qms.insight.models import Document
from qms.journal import following, sealing
from qms.journal.models import Follower
from tests.databases import use_login
from tests.factories import Factory, person


def seal():
    use_login("sealer")
    while sealing.seal_once():
        pass
    use_login("app")


@pytest.fixture
def plant(own_database, django_db_blocker):
    seal()
    projection.catch_up()


def test_what_is_sealed_is_found_and_what_is_not_waits(plant):
    record = Factory().report()
    assert projection.catch_up() == 0
    seal()
    assert following.is_behind([projection.NAME])
    assert projection.catch_up() > 0 and not following.is_behind([projection.NAME])
    assert [hit.label for hit in search.find(record.lot_number, person("engineer")).records] == [record.number]
    assert projection.catch_up() == 0


def test_a_failure_moves_nothing(plant, monkeypatch):
    Factory().report()
    seal()
    place = Follower.objects.get(name=projection.NAME).position
    with monkeypatch.context() as broken:
        broken.setattr(projection, "write", lambda rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            projection.catch_up()
    assert Follower.objects.get(name=projection.NAME).position == place and not Document.objects.exists()
    tasks.catch_up_search()
    assert Document.objects.count() == 1


def test_what_happens_after_a_rebuild_is_read_from_the_trail(plant):
    first = Factory().report()
    seal()
    assert projection.rebuild() == 1 and projection.catch_up() == 0
    second = Factory().report()
    seal()
    projection.catch_up()
    assert set(Document.objects.values_list("number", flat=True)) == {first.number, second.number}
