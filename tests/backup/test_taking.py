"""What a backup holds and leaves out, and what is refused before anything is written."""

import hashlib
import io
import json
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from qms.backup import about, archive, keys, restoring, taking
from qms.journal import SYSTEM
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Invalid
from qms.records import actions as records
from qms.records import store
from tests.databases import use_login
from tests.factories import Factory, person
from tests.journal.plant import as_sealer

PROVES = ("11.10(c)", "G17")
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def file(settings, tmp_path):
    """An attachment in a storage of its own; from here on the test works as the owner, like the command."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    attached = records.attach(record=Factory().report(), name="a.txt", content=b"0.4 mm", by=person("inspector"))
    as_sealer()
    use_login("owner")
    return attached


def parts(path):
    with path.open("rb") as stream:
        return {part.name: part.read() for part in archive.checked(stream)}


def test_a_backup_is_whole_and_an_act(file, tmp_path):
    default_storage.save("exports/made.zip", ContentFile(b"can be made again"))
    default_storage.save("labels/one.svg", ContentFile(b"of another room"))
    default_storage.save(f"{store.place(file.sha256)}.small-1.jpg", ContentFile(b"drawn when asked for"))
    taken = taking.take(out=tmp_path / "one.backup", by=SYSTEM)
    assert hashlib.sha256((tmp_path / "one.backup").read_bytes()).hexdigest() == taken.sha256
    found = parts(tmp_path / "one.backup")
    assert {name for name in found if name.startswith("files/")} == {
        f"files/{store.place(file.sha256)}",
        "files/labels/one.svg",
    }
    assert found[f"files/{store.place(file.sha256)}"] == b"0.4 mm" and found["faults.txt"] == b""
    assert "django_session" not in taken.about.rows and taken.about.rows["records_attachment"] == 1
    assert found["checkpoint.txt"].decode() == taken.about.checkpoint != ""
    said = json.loads(Entry.objects.filter(event="backup.made").get().payload)["data"]
    assert said["sha256"] == taken.sha256 and said["trail"] == taken.about.size


def test_no_key_and_no_session_stands_in_a_backup(file, tmp_path, settings):
    taking.take(out=tmp_path / "one.backup", by=SYSTEM)
    content = (tmp_path / "one.backup").read_bytes()
    for name in keys.NAMES.values():
        assert not (value := getattr(settings, name)) or value.encode() not in content


def test_a_missing_or_changed_file_is_named_and_the_rest_is_kept(file, tmp_path, capsys):
    place = tmp_path / "files" / store.place(file.sha256)
    place.write_bytes(b"0.5 mm")
    taken = taking.take(out=tmp_path / "changed.backup", by=SYSTEM)
    assert taken.faults == [f"changed {store.place(file.sha256)}"]
    assert restoring.check(source=tmp_path / "changed.backup").faults == taken.faults
    place.unlink()
    with pytest.raises(CommandError, match="1 stored files are missing"):
        call_command("backup", out=tmp_path / "missing.backup")
    assert f"missing {store.place(file.sha256)}" in capsys.readouterr().err


def test_an_existing_file_is_never_written_over(file, tmp_path):
    (tmp_path / "one.backup").write_text("another")
    with pytest.raises(Conflict, match="there already"):
        taking.take(out=tmp_path / "one.backup", by=SYSTEM)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["one.backup"]


def test_a_restore_is_refused_into_a_database_that_holds_anything(file, tmp_path):
    taking.take(out=tmp_path / "one.backup", by=SYSTEM)
    before = Entry.objects.count()
    with pytest.raises(Conflict, match="not empty") as refused:
        restoring.restore(source=tmp_path / "one.backup", by=SYSTEM)
    assert "CREATE DATABASE" in str(refused.value) and Entry.objects.count() == before


def test_a_backup_that_does_not_belong_here_is_refused_first(file, tmp_path, settings):
    told = taking.take(out=tmp_path / "one.backup", by=SYSTEM).about
    joined = [*told.migrations, "inspection.0001_squashed_0004_evidence"]  # of a version that joined fewer steps
    restoring.check_version(replace(told, migrations=joined))
    newer = replace(told, migrations=[*joined, "ncr.9999_of_the_future"])
    with pytest.raises(Conflict, match="9999_of_the_future"):
        restoring.restore(source=saying(tmp_path / "newer", newer), by=SYSTEM)
    other = replace(told, field_keys=["0" * 16])
    with pytest.raises(Conflict, match="QMS_FIELD_KEYS"):
        restoring.restore(source=saying(tmp_path / "other", other), by=SYSTEM)
    settings.SEAL_KEY = "b3RoZXIta2V5LW9mLXRoZS10ZXN0cy1vbmx5LTAwMDA="
    with pytest.raises(Conflict, match="QMS_SEAL_KEY"):
        restoring.restore(source=tmp_path / "one.backup", by=SYSTEM)


def saying(path, told: about.About):
    out = io.BytesIO()
    writer = archive.Writer(out)
    writer.add("about.json", told.plain())
    writer.close()
    path.write_bytes(out.getvalue())
    return path


def test_a_damaged_backup_is_refused_before_the_database_is_looked_at(file, tmp_path):
    taking.take(out=tmp_path / "one.backup", by=SYSTEM)
    content = bytearray((tmp_path / "one.backup").read_bytes())
    place = content.index(b"database/000001") + 5_000
    content[place] ^= 1
    (tmp_path / "bad").write_bytes(content)
    (tmp_path / "short").write_bytes(content[:place])
    (tmp_path / "text").write_text("no backup at all" * 100)
    for name, word in (("bad", "database/000001"), ("short", "database/000001"), ("text", "the beginning")):
        with pytest.raises(CommandError, match=word):
            call_command("restore", tmp_path / name)


def test_keys_go_apart_and_come_back(settings, tmp_path):
    missing = keys.write(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert set(json.loads((tmp_path / "keys.json").read_text())) == set(keys.NAMES) - set(missing)
    settings.VAR = tmp_path / "new"
    assert "QMS_SEAL_KEY" in keys.put_back(tmp_path / "keys.json")
    kept = settings.VAR / "keys" / "QMS_SEAL_KEY"
    assert kept.read_text() == settings.SEAL_KEY and kept.stat().st_mode & 0o777 == 0o600
    kept.write_text("another")
    with pytest.raises(Conflict, match="QMS_SEAL_KEY"):
        keys.put_back(tmp_path / "keys.json")
    with pytest.raises(Invalid, match="no file of keys"):
        keys.put_back(kept)
