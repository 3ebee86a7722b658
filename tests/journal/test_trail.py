import json

import pytest
from django.db import Error, connection, transaction

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site, User
from qms.journal.models import Entry

PROVES = ("11.10(e)", "G1", "G2")

pytestmark = pytest.mark.django_db


def test_a_write_without_an_act_is_refused():
    with pytest.raises(Error, match="needs an act"), transaction.atomic():
        Site.objects.create(code="X", name="x")


def test_create_and_update_leave_one_entry_and_one_history_row_each():
    site = accounts.create_site(code="A", name="Alpha", by=journal.SYSTEM)
    with journal.act(journal.EVENTS["site.created"], by=journal.SYSTEM, reason="renamed by owner") as act:
        Site.objects.filter(pk=site.pk).update(name="Beta")
        act.record(site)
    rows = Entry.objects.filter(object_type="accounts.site", object_key=str(site.pk), kind="row").order_by("id")
    assert [json.loads(r.payload)["op"] for r in rows] == ["insert", "update"]
    assert json.loads(rows[1].payload)["old"]["name"] == "Alpha"
    assert [h.name for h in site.history.all()] == ["Beta", "Alpha"]
    assert site.history.first().history_change_reason == "renamed by owner"
    acts = Entry.objects.filter(object_type="accounts.site", object_key=str(site.pk), kind="act").order_by("id")
    assert {a.act_id for a in acts} == {r.act_id for r in rows}
    assert sorted(e.object_seq for e in [*rows, *acts]) == [1, 2, 3, 4]


def test_the_application_cannot_write_the_journal():
    for attack in (
        "INSERT INTO journal_entry (ts, kind, event, act_id, object_type, object_key, object_seq, actor_id, schema_version, payload)"
        " VALUES (now(), 'row', 'x', gen_random_uuid(), 'x', '1', 1, '1', '1', '{}')",
        "UPDATE journal_entry SET payload = ''",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry",
        "ALTER TABLE accounts_site DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "INSERT INTO accounts_historicalsite (id) VALUES (1)",
    ):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)


def test_password_and_mail_are_only_committed_to():
    user = accounts.create_user(
        username="ada", full_name="Ada", password="correct horse battery", email="ada@plant.example", by=journal.SYSTEM
    )
    entry = Entry.objects.filter(object_type="accounts.user", object_key=str(user.pk), kind="row").get()
    assert "ada@plant.example" not in entry.payload and "argon2" not in entry.payload
    assert len(json.loads(entry.payload)["new"]["email"]) == 64
    assert User.objects.get(username_key="ada").has_usable_password()
