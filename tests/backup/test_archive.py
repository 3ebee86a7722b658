"""The file of a backup: every byte of it is held, and what is damaged is named."""

import io
import subprocess
import tarfile

import pytest

from qms.backup import archive

PROVES = ("11.10(c)", "G17")


@pytest.fixture(scope="module")
def written():
    out = io.BytesIO()
    writer = archive.Writer(out)
    writer.add("about.json", b"{}\n")
    writer.add("database/000001", bytes(range(256)) * 5)
    writer.add("database/000002", b"the rest")
    writer.add("files/ab/empty", b"")
    writer.close()
    assert writer.size == len(out.getvalue())
    return out.getvalue()


def read(data):
    return {part.name: part.read() for part in archive.checked(io.BytesIO(data))}


def test_what_was_written_is_read_again(written):
    assert read(written) == {
        "about.json": b"{}\n",
        "database/000001": bytes(range(256)) * 5,
        "database/000002": b"the rest",
        "files/ab/empty": b"",
    }


def test_ordinary_tools_read_and_check_it(written, tmp_path):
    with tarfile.open(fileobj=io.BytesIO(written)) as tar:
        tar.extractall(tmp_path, filter="data")
    for manifest in ("manifest.txt", "manifest.sha256"):
        assert subprocess.run(["sha256sum", "--status", "-c", manifest], cwd=tmp_path, check=False).returncode == 0


def test_every_changed_byte_is_found(written):
    for place in range(len(written)):
        changed = bytearray(written)
        changed[place] ^= 0x20
        with pytest.raises(archive.Damaged):
            read(bytes(changed))


def test_every_truncation_is_found(written):
    for length in range(0, len(written), 7):
        with pytest.raises(archive.Damaged):
            read(written[:length])


def test_more_bytes_behind_the_end_are_found(written):
    with pytest.raises(archive.Damaged):
        read(written + b"x")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [(b"the rest", b"the Rest", "database/000002"), (b"{}\n", b"[]\n", "about.json")],
)
def test_the_damaged_part_is_named(written, old, new, word):
    with pytest.raises(archive.Damaged, match=word):
        read(written.replace(old, new, 1))


def test_a_part_that_was_taken_out_is_named(written):
    start = written.index(b"database/000002")
    with pytest.raises(archive.Damaged, match="database/000002"):
        read(written[:start] + written[start + 1024 :])


def test_a_file_that_was_never_finished_is_no_backup(written):
    unfinished = written[: written.index(b"manifest.txt")] + bytes(1024)
    with pytest.raises(archive.Damaged, match="never finished"):
        read(unfinished)


def test_a_file_that_grows_while_it_is_copied_is_refused():
    writer = archive.Writer(io.BytesIO())
    with pytest.raises(archive.Invalid, match="changed while"):
        writer.copy("files/x", 3, io.BytesIO(b"four"))
