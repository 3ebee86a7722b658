"""Sealing by the transaction horizon, and verify against real damage. Works in a database of its own, with real logins."""

import threading

import pytest
from django.db import connection

from qms import journal
from qms.accounts import actions as accounts
from qms.journal import sealing, verifying
from qms.journal.models import Entry, Leaf, Seal
from tests.databases import direct, use_login

PROVES = ("11.10(a)", "G3")

pytestmark = pytest.mark.usefixtures("own_database")


def as_sealer() -> int:
    connection.close()
    use_login("sealer")
    total = 0
    sealing.lead()
    while sealed := sealing.seal_once():
        total += sealed
    connection.close()
    use_login("app")
    return total


def write(n: int = 3) -> None:
    for i in range(n):
        accounts.create_site(code=f"S{Entry.objects.count()}", name=f"Site {i}", by=journal.SYSTEM)


def problems() -> list[str]:
    return verifying.verify().problems


def test_everything_committed_is_sealed_once_and_verifies():
    write()
    assert as_sealer() == Entry.objects.count() == Leaf.objects.count()
    assert as_sealer() == 0
    write()
    as_sealer()
    assert list(Leaf.objects.order_by("leaf_index").values_list("leaf_index", flat=True)) == list(
        range(Entry.objects.count())
    )
    assert problems() == []


def test_a_late_commit_is_not_skipped():
    """Two writers: the one that began first commits last; its entry is sealed afterwards, none is lost."""
    began, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import connection as own

        with journal.act(journal.EVENTS["site.created"], by=journal.SYSTEM) as act:
            act.record("slow")
            began.set()
            may_end.wait(10)
        own.close()

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait(10)
    write(2)
    as_sealer()
    sealed_before = Leaf.objects.count()
    may_end.set()
    thread.join()
    as_sealer()
    assert sealed_before < Leaf.objects.count() == Entry.objects.count()
    assert problems() == []


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (
            "UPDATE journal_entry SET payload = replace(payload, 'Site 1', 'Site 9') WHERE payload LIKE '%Site 1%'",
            "text was changed",
        ),
        ("DELETE FROM journal_entry WHERE id = (SELECT max(id) FROM journal_entry)", "entry is gone"),
        ("UPDATE journal_entry SET object_key = '999' WHERE id = (SELECT max(id) FROM journal_entry)", "columns say"),
        ("DELETE FROM journal_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM journal_leaf)", "root"),
        ("UPDATE journal_seal SET root = sha256('x') WHERE n = (SELECT max(n) FROM journal_seal)", "root"),
        ("UPDATE journal_seal SET signed_note = replace(signed_note, 'qms/trail', 'x') WHERE n = 1", "note"),
        ("UPDATE accounts_site SET name = 'other' WHERE name = 'Site 2'", "not what their history says"),
        ("DELETE FROM accounts_site WHERE name = 'Site 2'", "vanished"),
        ("DELETE FROM accounts_historicalsite WHERE name = 'Site 2'", "accounts_site"),
    ],
)
def test_damage_by_the_owner_is_found(damage, word):
    write()
    as_sealer()
    assert problems() == []
    with direct("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        assert admin.execute(damage).rowcount >= 1
    assert any(word in text for text in problems()), problems()


def test_rows_written_with_triggers_off_are_found():
    with direct("owner") as admin:
        admin.execute("ALTER TABLE accounts_site DISABLE TRIGGER USER")
        admin.execute("INSERT INTO accounts_site (code, name, name_zh, timezone) VALUES ('ZZ', 'silent', '', 'UTC')")
    assert any("accounts_site" in text for text in problems())
    from qms import health

    assert "accounts_site" in health.problems()["triggers"]


def test_a_checkpoint_kept_outside_shows_a_rewritten_trail():
    write()
    as_sealer()
    kept = Seal.objects.latest("n").signed_note
    assert verifying.verify(checkpoint=kept).intact
    with direct("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("DELETE FROM journal_leaf")
        admin.execute("DELETE FROM journal_seal")
        admin.execute("UPDATE journal_entry SET payload = replace(payload, 'Site 1', 'Site 9')")
        admin.execute("UPDATE journal_entry SET leaf = sha256('\\x00'::bytea || convert_to(payload, 'UTF8'))")
        admin.execute("UPDATE accounts_site SET name = 'Site 9' WHERE name = 'Site 1'")
        admin.execute("UPDATE accounts_historicalsite SET name = 'Site 9' WHERE name = 'Site 1'")
    as_sealer()
    assert verifying.verify().intact
    assert not verifying.verify(checkpoint=kept).intact


def test_a_restored_cluster_starts_an_era_and_goes_on():
    write()
    as_sealer()
    with direct("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE journal_era SET system_identifier = 'the cluster before the restore'")
    connection.close()
    use_login("sealer")
    sealing.prepare()
    connection.close()
    use_login("app")
    write()
    as_sealer()
    assert set(Entry.objects.values_list("era", flat=True)) == {1, 2}
    assert Leaf.objects.count() == Entry.objects.count()
    assert problems() == []


def test_a_full_batch_is_cut_between_transactions_and_one_that_is_larger_is_read_to_its_end(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    monkeypatch.setattr(sealing, "_rest_of", lambda xid: [(n, b"", xid) for n in range(5)])
    first, second, third = (1, b"", 10), (2, b"", 10), (3, b"", 11)
    assert sealing._whole_transactions([first, second], 99) == ([first, second], 99)
    assert sealing._whole_transactions([first, second, third], 99) == ([first, second], 11)
    rows, upto = sealing._whole_transactions([(n, b"", 10) for n in range(3)], 99)
    assert (len(rows), upto) == (5, 11)
