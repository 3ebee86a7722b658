"""What verify must see beyond the corpus: checkpoints between seals, foreign and old keys, acts without a line, later migrations."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection

from qms.journal import anchoring, note, verifying
from qms.journal.merkle import Range
from qms.journal.models import Leaf, Seal
from tests.databases import direct
from tests.factories import Factory

from .plant import as_sealer, damaging, write

PROVES = ("11.10(a)", "G3")
pytestmark = pytest.mark.usefixtures("own_database")
OTHER = base64.b64encode(b"another key, of somebody else 00").decode()


def codes(**how):
    return [finding.code for finding in verifying.verify(**how).found]


def key(seed=""):
    return note.private_key(seed or configured.SEAL_KEY)


def checkpoint_at(size, *, seed="", root=b""):
    """As a sealer would have signed it at this very size."""
    leaves = [bytes(x) for x in Leaf.objects.order_by("leaf_index").values_list("leaf", flat=True)[:size]]
    return note.sign(note.checkpoint(size, root or Range().extend(leaves).root), key(seed))


def test_a_checkpoint_of_a_size_between_two_seals_is_compared_at_that_size():
    write()
    as_sealer()
    write()
    as_sealer()
    first, last = Seal.objects.order_by("n").values_list("size", flat=True)[:2]
    between = (first + last) // 2
    assert first < between < last
    assert codes(checkpoint=checkpoint_at(between)) == []
    assert codes(checkpoint=checkpoint_at(1)) == []
    assert codes(checkpoint=checkpoint_at(between, root=b"x" * 32)) == ["checkpoint_root"]
    assert codes(checkpoint=checkpoint_at(last + 5, root=b"x" * 32)) == ["checkpoint_ahead"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: checkpoint_at(3, seed=OTHER), "checkpoint_foreign"),
        (lambda text: text.replace("\n3\n", "\n2\n"), "checkpoint_foreign"),
        (lambda text: text[:-8] + "AAAAAAA\n", "checkpoint_foreign"),
        (lambda text: text.partition("\n\n")[0] + "\n\n", "checkpoint_foreign"),
        (lambda text: "", None),
        (lambda text: "not a note", "checkpoint_unreadable"),
        (lambda text: text.replace("qms/trail\n3", "qms/trail\n-3"), "checkpoint_unreadable"),
        (lambda text: text.replace("\n3\n", "\n３\n"), "checkpoint_unreadable"),
        (lambda text: text.replace("\n3\n", f"\n{'3' * 5000}\n"), "checkpoint_unreadable"),
    ],
)
def test_a_checkpoint_that_is_not_ours_proves_nothing_and_is_named(change, code):
    write()
    as_sealer()
    assert codes(checkpoint=change(checkpoint_at(3))) == ([code] if code else [])


def test_every_file_of_the_anchor_directory_is_compared_by_itself(settings, tmp_path, capsys):
    settings.ANCHOR_DIR = str(tmp_path)
    write()
    as_sealer()
    anchoring.anchor_due()
    [file] = tmp_path.glob("*/*.note")
    (tmp_path / "2020-01").mkdir()
    (tmp_path / "2020-01" / "000000000000002.note").write_text(checkpoint_at(2))
    report = verifying.verify()
    assert report.problems == [] and report.checkpoints == 2
    (tmp_path / "2020-01" / "000000000000002.note").write_text(checkpoint_at(2, root=b"x" * 32))
    with pytest.raises(SystemExit):
        call_command("verify_trail")
    told = capsys.readouterr().err
    assert "2020-01/000000000000002.note" in told and "rewritten" in told and file.name not in told


def test_what_a_replaced_key_has_signed_stays_good_while_its_public_half_is_known(settings):
    write()
    as_sealer()
    old = key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    settings.SEAL_KEY = OTHER
    write()
    as_sealer()
    report = verifying.verify()
    assert report.found[0].code == "seal_foreign" and note.key_id(note.ORIGIN, _public(old)).hex() in report.problems[0]
    settings.SEAL_OLD_KEYS = [base64.b64encode(old).decode()]
    assert codes() == []


def _public(raw):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


def test_changed_rows_of_an_act_without_a_line_are_found():
    write()
    with direct("app") as login:  # whoever holds the application's login and sets what the program would set
        login.execute(
            "SELECT set_config('qms.act', gen_random_uuid()::text, false), set_config('qms.actor', '1', false),"
            """ set_config('qms.who', '{"id":"1","name":"Somebody","on_behalf":"","role":""}', false)"""
        )
        login.execute("UPDATE accounts_site SET name = name || '!' WHERE code LIKE 'S%'")
    as_sealer()
    assert codes() == ["act_missing"]


def test_numbers_of_an_objects_entries_have_no_gap():
    write()
    as_sealer()
    with damaging() as admin:
        admin.execute(
            "UPDATE journal_entry SET object_seq = object_seq + 1 WHERE id = (SELECT max(id) FROM journal_entry)"
        )
    assert set(codes()) == {"entry_columns", "seq_gap"}


def test_a_row_changed_together_with_its_newest_version_is_found_only_by_its_entries():
    write()
    as_sealer()
    with damaging() as admin:
        for table in ("accounts_site", "accounts_historicalsite"):
            admin.execute(f"UPDATE {table} SET name = 'other' WHERE name = 'Site 1'")
    assert codes() == ["versions_changed"] and codes(quick=True) == []


def test_what_a_migration_writes_otherwise_is_no_alarm():
    """Later columns and wider numbers change the text of old versions, not their values."""
    Factory().ncr(state="IN_MRB")
    as_sealer()
    with direct("owner") as owner:
        for table in ("ncr_nonconformance", "ncr_historicalnonconformance"):
            owner.execute(f"ALTER TABLE {table} ALTER COLUMN unit_factor TYPE numeric(40, 30)")
    assert codes() == []
    with damaging() as admin:
        admin.execute("UPDATE ncr_historicalnonconformance SET unit_factor = unit_factor + 0.000000000000000000000001")
        admin.execute("UPDATE ncr_nonconformance SET unit_factor = unit_factor + 0.000000000000000000000001")
    assert codes() == ["versions_changed"]


def test_values_and_texts_agree_on_every_model():
    """The two ways of comparing say the same of a whole plant."""
    from qms.journal import replaying
    from qms.journal.trail import regulated_models

    Factory().ncr(state="CLOSED")
    report = verifying.Report()
    for model in regulated_models():
        for schema in [None, *set(model.history.model.objects.values_list("history_schema", flat=True))]:
            replaying._by_value(report, model, schema, 7)
    assert report.problems == []


def test_an_error_on_the_way_leaves_the_connection_usable(monkeypatch):
    write()
    as_sealer()
    monkeypatch.setattr(verifying, "_row_agrees", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        verifying.verify()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
