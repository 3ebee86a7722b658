"""The restore drill (G17): a backup taken while people write becomes the same plant in another cluster, and goes on."""

import hashlib
import threading
import time
import zipfile
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from bench.fill import fill
from connectors.actions import connect
from connectors.models import Interface, Kind, Mode
from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.backup import restoring
from qms.journal.models import Seal
from qms.lib import crypto
from qms.records import actions as records
from qms.records.bundle import content
from qms.records.models import Attachment
from tests.factories import Factory, person
from tests.factories.pictures import picture
from tests.journal.plant import as_sealer
from tests.sizes import size

from .place import another, here

PROVES = ("11.10(c)", "G17")
pytestmark = pytest.mark.usefixtures("own_database")
ENTRIES, FILES = size(1_000_000, 50_000), size(1_000, 50)


@pytest.fixture
def plant():
    """Many entries, some files, a record with a whole life, all sealed."""
    Factory().report()  # the pattern of those that fill
    fill(ENTRIES)
    record = Factory().ncr(state="VERIFICATION")
    for number in range(FILES):
        one = picture("PNG", size=(8 + number % 64, 8 + number // 64))
        records.attach(record=record, name=f"{number}.png", content=one, by=person("inspector"))
    SessionStore().create()
    line = {
        "base_url": "https://erp.plant.example",
        "settings": {},
        "secrets": {"user": "qms", "password": "of the ERP"},
    }
    connect(
        code="erp",
        name="The ERP",
        kind=Kind.ERP,
        adapter="push",
        site=record.site,
        mode=Mode.LIVE,
        by=journal.SYSTEM,
        **line,
    )
    as_sealer()
    return here()


def serial(number: str) -> int:
    """The running part: it grows a seventh digit behind 999,999."""
    return int(number.rpartition("-")[2])


class Writers:
    """They work on while the backup is taken; `errors` is what they met."""

    def __init__(self, count: int = 1) -> None:
        self.going, self.written, self.errors = True, 0, []
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(count)]

    def _write(self, n: int) -> None:
        try:
            while self.going:
                accounts.create_site(code=f"W{n}{self.written}"[:12], name="written meanwhile", by=journal.SYSTEM)
                self.written += 1
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()


def whole(number):
    """Everything that an export of the record takes from the database, but for the moment it is printed."""
    found = content.read(Nonconformance.objects.get(number=number))
    return {
        "entries": [entry.payload for entry in found.entries],
        "rows": found.rows,
        "history": list(content.versions(found)),
        "counters": content.counters(found),
        "signatures": [content.signed(found.record, line) for line in found.signatures],
        "record": content.about(found),
        "attachments": [(file.name, file.sha256, file.size) for file in found.attachments],
    }


def trail_of(bundle: Path, entries: int) -> str:
    """SHA-256 of the first entries of an exported trail, as they are written in it."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(bundle) as zipped, zipped.open("trail.jsonl") as lines:
        for _number, line in zip(range(entries), lines, strict=False):
            digest.update(line)
    return digest.hexdigest()


def test_a_restored_plant_is_the_same_plant_and_goes_on(plant, tmp_path):
    number = Nonconformance.objects.get(state="VERIFICATION").number
    sealed = Seal.objects.latest("n")
    before = whole(number)
    backup, took = tmp_path / "plant.backup", time.monotonic()
    with Writers() as writers:
        said = plant.manage("backup", "--out", backup, "--keys", tmp_path / "keys.json")
    backup_took = time.monotonic() - took
    assert writers.errors == [] and writers.written > 0
    assert backup.stat().st_mode & 0o777 == 0o600 and "Not verified yet" in said
    as_sealer()
    plant.manage("export_trail", "--out", tmp_path / "old.zip")

    with another() as restored:
        assert "every byte is as it was written" in restored.manage("restore", "--check", backup)
        assert restored.ask("SELECT count(*) FROM pg_class WHERE relname = 'journal_entry'") == [(0,)]
        took = time.monotonic()
        said = restored.manage("restore", backup)
        took = time.monotonic() - took
        print(f"\n{said}\nbackup {backup_took:.1f} s, {backup.stat().st_size} bytes; restore and verify {took:.1f} s")
        assert "the trail is intact" in said and "Era 2" in said and "Paused until" in said
        about = restoring.check(source=backup).about
        assert about.size >= sealed.size and about.root in said
        _the_same(restored, before, number, sealed, about)
        _goes_on(restored, plant, about, number, tmp_path)


def _the_same(restored, before, number, sealed, about):
    assert about.system_identifier != restored.ask("SELECT system_identifier::text FROM pg_control_system()")[0][0]
    old_root = restored.ask(f"SELECT encode(root, 'hex') FROM journal_seal WHERE size = {sealed.size}")
    assert old_root == [(bytes(sealed.root).hex(),)]
    with restored.entered():
        assert whole(number) == before
        erp = Interface.objects.get(code="erp")
        assert erp.paused_at and erp.mode == Mode.LIVE and crypto.unseal(erp.credentials)["password"] == "of the ERP"
        hashes = set(Attachment.objects.values_list("sha256", flat=True))
    assert len(hashes) >= FILES
    for sha256 in hashes:
        kept = restored.var / "files" / sha256[:2] / sha256
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256
    assert restored.ask("SELECT count(*) FROM django_session") == [(0,)]


def _goes_on(restored, plant, about, number, tmp_path):
    """Sealed in the first round of the next sealer, in a new era; numbers are new; what leaves can be proven."""
    unsealed = (
        "SELECT count(*) FROM journal_entry e WHERE NOT EXISTS (SELECT 1 FROM journal_leaf l WHERE l.entry_id = e.id)"
    )
    assert restored.ask(unsealed) > [(0,)]
    given = {row[0] for row in plant.ask("SELECT number FROM ncr_nonconformance")}
    with restored.entered():
        drawn = Factory().report().number
    assert drawn not in given and serial(drawn) > max(map(serial, given))
    restored.manage("seal")
    assert restored.ask(unsealed) == [(0,)]
    assert restored.ask("SELECT max(era) FROM journal_seal") == [(2,)]
    assert "the trail is intact" in restored.manage("verify_trail").lower()
    restored.manage("export_trail", "--out", tmp_path / "new.zip")
    assert trail_of(tmp_path / "new.zip", about.size) == trail_of(tmp_path / "old.zip", about.size)
    assert "Everything holds" in restored.manage("verify_trail", "--bundle", tmp_path / "new.zip")
