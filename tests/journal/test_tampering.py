"""G3: seeded damage of eight kinds, done with all rights: all of it is found and named; the same number of clean runs says nothing."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import User
from qms.journal import anchoring, sealing, verifying
from qms.journal.models import Entry, Seal
from qms.records import actions as records
from tests.databases import copied, use_login
from tests.factories import Factory
from tests.sizes import size

from . import mutations
from .plant import as_sealer

PROVES = ("11.10(a)", "11.10(e)", "11.70", "G3")
SEEDS = range(size(1_000, 100))


@pytest.fixture(scope="module")
def trail(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[str]:
    """A filled trail of several seals, two of whose checkpoints stand outside; the tests work as a superuser."""
    folder = tmp_path_factory.mktemp("anchors")
    settings.ANCHOR_DIR = str(folder)
    with django_db_blocker.unblock(), copied("tampering"):
        make = Factory()
        as_sealer()
        for state in ("OPEN", "IN_MRB", "DISPOSITIONED", "CLOSED"):
            make.ncr(state=state)
            as_sealer()
            if state == "IN_MRB":
                anchoring.anchor_due()
        journal_anchor_now()
        connection.close()
        use_login("superuser")
        yield str(folder)
    settings.ANCHOR_DIR = ""


def journal_anchor_now() -> None:
    anchoring._into_directory(Seal.objects.latest("n"))


@pytest.fixture
def damaged(trail: str, django_db_blocker: Any) -> Iterator[None]:
    """Triggers are off, and everything is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        mutations.sql("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_damage_is_found_and_named(damaged, seed):
    chance = random.Random(seed)
    kind = list(mutations.KINDS)[seed % len(mutations.KINDS)]
    codes, words = mutations.lawful(kind, chance)
    found = verifying.verify(here=True).found
    told = [str(finding) for finding in found if finding.code in codes]
    assert told, (kind, codes, [str(finding) for finding in found])
    assert any(all(word in text for word in words) for text in told) or all(
        any(word in text for text in told) for word in words
    ), (kind, words, told)


ACTS = (
    lambda chance: accounts.create_site(code=f"C{chance.randrange(10**6)}", name="Clean", by=journal.SYSTEM),
    lambda chance: Factory().report(quantity=str(chance.randrange(1, 99))),
    lambda chance: records.comment(
        record=Factory().report(), text=f'„{chance.random()}“ \\ "\n\t', by=User.objects.get(username="inspector")
    ),
    lambda chance: accounts.create_user(username=f"u{chance.randrange(10**9)}", full_name='陈 "U"', by=journal.SYSTEM),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_trail_says_nothing(trail, django_db_blocker, seed):
    """After some act of the program, and now and then its sealing."""
    chance = random.Random(seed)
    with django_db_blocker.unblock(), transaction.atomic():
        chance.choice(ACTS)(chance)
        assert verifying.verify(here=True).problems == []
        transaction.set_rollback(True)


def test_the_corpus_stands_on_a_full_trail(trail, django_db_blocker):
    with django_db_blocker.unblock():
        report = verifying.verify()
        assert report.problems == [] and report.checkpoints == 2 and report.seals >= 5
        assert report.entries == Entry.objects.count() > 250 and report.versions >= report.rows > 50
        assert sealing.EMPTY.hex() != report.root == bytes(Seal.objects.latest("n").root).hex()


def test_both_languages_name_the_break(damaged):
    from django.utils import translation

    index, entry = mutations.some_leaf(random.Random(1))
    mutations.sql("UPDATE journal_entry SET payload = payload || ' ' WHERE id = %s", entry.pk)
    report = verifying.verify(here=True)
    with translation.override("zh-hans"):
        assert report.problems[0] == f"条目 {entry.pk}（叶 {index}）：其文本在写入后被更改"
