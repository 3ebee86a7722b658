"""An evidence bundle: whole, checked offline by its own verifier in a bare Python, and every change of it named."""

import base64
import io
import json
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from pyhanko.keys.pemder import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from qms import journal
from qms.journal import proofs, sealing, verifying
from qms.journal import queries as journal_queries
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records import exporting
from qms.records.bundle import archive
from qms.records.models import Export
from tests.databases import direct, use_login
from tests.factories import Factory, person

PROVES = ("11.10(b)", "11.10(c)", "11.50(a)", "11.70", "G7")
pytestmark = pytest.mark.usefixtures("own_database", "sealed_at_once")
PURPOSE = "Customer audit, serial X"


@pytest.fixture
def sealed_at_once(monkeypatch):
    """The sealer's daemon does not run here: it seals when an export waits for it."""

    def awaited(entries, *, seconds=0.0):
        connection.close()
        use_login("sealer")
        sealing.lead()
        sealing.prepare()
        while sealing.seal_once():
            pass
        connection.close()
        use_login("app")
        return proofs.newest()

    monkeypatch.setattr(proofs, "awaited", awaited)


def export(*found, by="auditor", language="en"):
    rows = type(found[0]).objects.filter(pk__in=[row.pk for row in found])
    asked = exporting.order(records=rows, purpose=PURPOSE, language=language, by=person(by), uid=uuid7())
    return exporting.make(export=asked)


def unpacked(made, folder):
    with exporting.fetch(export=made, by=person("auditor")) as file, zipfile.ZipFile(file) as zipped:
        zipped.extractall(folder)
    return folder


def verified(folder, *more):
    """(exit code, what was said) of the bundle's own verifier in a Python that sees no installed package."""
    command = [sys.executable, "-S", "-E", "verify.py", "--lang", "en", *more]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def relisted(folder):
    """The manifest of somebody who knows how bundles are made and hashes everything anew."""
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text())
    for name, file in manifest["files"].items():
        file["sha256"] = archive.hashlib.sha256((folder / name).read_bytes()).hexdigest()
    place.write_text(json.dumps(manifest))


def rewritten(folder, name, change):
    """The bundle's JSON lines of the first record, changed and listed anew."""
    [place] = folder.glob(f"records/*/{name}")
    lines = [json.loads(line) for line in place.read_text().splitlines()]
    lines = change(lines)
    place.write_text("".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))
    relisted(folder)


@pytest.fixture
def closed(own_database):
    """An NCR with holds, lines, signatures, a comment and a file."""
    ncr = Factory().ncr(state="CLOSED")
    records.comment(record=ncr, text="孔径复测见附件。", by=person("engineer"))
    return ncr


def test_everything_of_a_record_is_in_its_bundle_and_holds_offline(closed, tmp_path):
    made = export(closed)
    assert made.problem == "" and made.made_at and made.size and made.count == 1
    folder = unpacked(made, tmp_path / "b")
    code, said = verified(folder)
    assert code == 0 and "Everything holds" in said, said
    [record] = (folder / "records").iterdir()
    kinds = {json.loads(line)["object"] for line in (record / "rows.jsonl").read_text().splitlines()}
    assert {"ncr.nonconformance", "ncr.dispositionline", "ncr.approval", "ncr.hold", "commands.posting"} <= kinds
    assert {"records.comment", "signatures.signature"} <= kinds
    told = json.loads((record / "signatures.json").read_text())
    assert told and all(one["signer"] and one["signed_at"] and one["meaning"] and one["timezone"] for one in told)
    assert (record / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_organisation_seals_what_is_printed(closed, tmp_path, settings):
    """The seal covers the whole file and breaks with any byte of it; people sign in the database."""
    settings.EXPORT_SEAL = runpy.run_path("scripts/seal_certificate.py")["make"]()
    folder = unpacked(export(closed), tmp_path / "b")
    [place] = folder.glob("records/*/report.pdf")
    good = seal_of(place.read_bytes(), settings.EXPORT_SEAL)
    assert good.intact and good.valid and good.coverage == SignatureCoverageLevel.ENTIRE_FILE
    changed = bytearray(place.read_bytes())
    changed[len(changed) // 3] ^= 1
    assert not seal_of(bytes(changed), settings.EXPORT_SEAL).intact


def seal_of(pdf, pem):
    trust = ValidationContext(trust_roots=list(load_certs_from_pemder_data(pem.encode())), allow_fetching=False)
    return validate_pdf_signature(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0], trust)


def test_every_changed_byte_is_found_and_the_file_is_named(closed, tmp_path):
    folder = unpacked(export(closed), tmp_path / "b")
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    for name in listed:
        place = folder / name
        whole = place.read_bytes()
        if name in ("verify.py", "proof.py", "words.json"):
            continue  # the reader of a bundle that is not trusted uses a verifier that is
        place.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
        code, said = verified(folder)
        assert code == 1 and f"{name}: this file was changed" in said, name
        place.write_bytes(whole)
    (folder / "more.txt").write_text("x")
    assert "more.txt: this file does not belong" in verified(folder)[1]
    (folder / "more.txt").unlink()
    (folder / "consistency.json").unlink()
    assert "consistency.json: this file is missing" in verified(folder)[1]


def scrap(lines):
    for line in lines:
        if line["object"] == "ncr.nonconformance":
            line["row"]["severity"] = "minor" if line["row"]["severity"] != "minor" else "major"
    return lines


FORGERIES = {
    "a row": ("rows.jsonl", scrap, "the row says severity"),
    "a row left out": ("rows.jsonl", lambda lines: lines[:-1], "the row is missing"),
    "an entry": (
        "entries.jsonl",
        lambda lines: [{**lines[0], "ts": "2020-01-01T00:00:00.000000Z"}, *lines[1:]],
        "not in",
    ),
    "an entry left out": ("entries.jsonl", lambda lines: lines[:3] + lines[4:], "is missing"),
    "two entries swapped": (
        "entries.jsonl",
        lambda lines: [lines[1], lines[0], *lines[2:]],
        "is not in the sealed trail",
    ),
    "a proof used twice": ("proofs.jsonl", lambda lines: [lines[0], lines[0], *lines[2:]], "is used again"),
    "history": ("history.jsonl", lambda lines: [{**lines[0], "changes": {}}, *lines[1:]], "not what the entry says"),
}


def test_a_forger_who_lists_everything_anew_is_found(closed, tmp_path):
    whole = unpacked(export(closed), tmp_path / "b")
    for what, (name, change, words) in FORGERIES.items():
        folder = shutil.copytree(whole, tmp_path / what)
        rewritten(folder, name, change)
        code, said = verified(folder)
        assert code == 1 and words in said, (what, said)


def test_the_end_of_a_record_cannot_be_cut_off(closed, tmp_path):
    """The last entries of a line, its proofs, counter, history and row all taken back alike: the export's own line knows better."""
    folder = unpacked(export(closed), tmp_path / "b")
    [record] = (folder / "records").iterdir()
    entries = [json.loads(line) for line in (record / "entries.jsonl").read_text().splitlines()]
    last = max(i for i, entry in enumerate(entries) if entry["object"] == "records.comment")
    gone = entries[last]
    for name in ("entries.jsonl", "proofs.jsonl"):
        rewritten(folder, name, lambda lines: lines[:last] + lines[last + 1 :])
    same = {"object": gone["object"], "key": gone["key"]}
    rewritten(folder, "rows.jsonl", lambda lines: [line for line in lines if not same.items() <= line.items()])
    rewritten(folder, "history.jsonl", lambda lines: [line for line in lines if not same.items() <= line.items()])
    place = record / "counters.json"
    place.write_text(json.dumps([one for one in json.loads(place.read_text()) if not same.items() <= one.items()]))
    relisted(folder)
    code, said = verified(folder)
    assert code == 1 and f"records.comment {gone['key']}" in said, said


def test_a_signature_is_not_moved_or_praised(closed, tmp_path):
    folder = unpacked(export(closed), tmp_path / "b")
    [place] = folder.glob("records/*/signatures.json")
    told = json.loads(place.read_text())
    place.write_text(json.dumps([{**told[0], "signer": "Somebody Else"}, *told[1:]]))
    relisted(folder)
    assert "says signer" in verified(folder)[1]
    place.write_text(json.dumps(told[:-1]))
    relisted(folder)
    assert "a signature is missing or was added" in verified(folder)[1]


def test_a_checkpoint_that_was_kept_is_compared(closed, tmp_path):
    export(closed)
    folder = unpacked(export(closed), tmp_path / "b")
    kept = tmp_path / "kept.txt"
    kept.write_text(proofs.newest().note)
    assert verified(folder, "--checkpoint", str(kept))[0] == 0
    first = json.loads((folder / "consistency.json").read_text())[0]["checkpoint"]
    kept.write_text(first)
    assert verified(folder, "--checkpoint", str(kept))[0] == 0
    lines = first.splitlines()
    kept.write_text("\n".join([lines[0], lines[1], base64.b64encode(b"x" * 32).decode(), *lines[3:]]) + "\n")
    code, said = verified(folder, "--checkpoint", str(kept))
    assert code == 1 and "the trail was rewritten" in said
    assert verified(folder, "--key", base64.b64encode(b"k" * 32).decode())[0] == 1


def test_a_row_that_was_tampered_in_the_database_shows_in_the_next_bundle_and_in_verify(closed, tmp_path):
    """Scene H: everything is asked for, the pack holds offline; a tampered row is found by verify and by the pack."""
    assert verified(unpacked(export(closed), tmp_path / "before"))[0] == 0
    with direct("owner") as owner:
        owner.execute("ALTER TABLE ncr_nonconformance DISABLE TRIGGER USER")
        owner.execute("UPDATE ncr_nonconformance SET description = 'nothing was wrong' WHERE id = %s", [closed.pk])
        owner.execute("ALTER TABLE ncr_nonconformance ENABLE TRIGGER USER")
    assert any("ncr_nonconformance: 1 rows are not" in problem for problem in verifying.verify().problems)
    code, said = verified(unpacked(export(closed), tmp_path / "after"))
    assert code == 1 and "the row says description = nothing was wrong" in said


def test_many_records_make_one_bundle_in_both_languages(closed, tmp_path):
    others = [Factory().ncr(), Factory().ncr(state="IN_MRB")]
    made = export(closed, *others, language="zh-hans")
    folder = unpacked(made, tmp_path / "b")
    assert made.label.startswith(closed.number) and made.count == 3
    assert {place.name for place in (folder / "records").iterdir()} == {closed.number, *(o.number for o in others)}
    ran = subprocess.run(
        [sys.executable, "verify.py", "--lang", "zh"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and "一切相符" in ran.stdout


def test_an_export_needs_a_purpose_the_right_and_records(closed):
    rows = type(closed).objects.filter(pk=closed.pk)
    ask = {"records": rows, "language": "en", "uid": uuid7()}
    with pytest.raises(Invalid):
        exporting.order(**ask, purpose="n/a", by=person("auditor"))
    with pytest.raises(Forbidden):
        exporting.order(**ask, purpose=PURPOSE, by=person("operator"))
    with pytest.raises(Invalid):
        exporting.order(**{**ask, "records": rows.none()}, purpose=PURPOSE, by=person("auditor"))
    first = exporting.order(**ask, purpose=PURPOSE, by=person("auditor"))
    assert exporting.order(**ask, purpose=PURPOSE, by=person("auditor")).pk == first.pk, "asked twice, made once"


def test_exports_are_lines_of_the_trail_and_their_files_go(closed, monkeypatch):
    made = export(closed)
    events = [line.event for line in journal_of(made)]
    assert events == ["export.made", "export.ordered"]
    assert "record.exported" in [line.event for line in journal_of(closed)]
    with exporting.fetch(export=made, by=person("auditor")):
        pass
    assert journal_of(made)[0].event == "export.fetched"
    later = now() + exporting.KEPT
    monkeypatch.setattr(exporting, "now", lambda: later)
    assert exporting.expire() == 1 and exporting.expire() == 0
    with pytest.raises(Conflict):
        exporting.fetch(export=Export.objects.get(pk=made.pk), by=person("auditor"))


def journal_of(record):
    return journal_queries.timeline(record)


def test_a_cancelled_export_is_not_made(closed):
    rows = type(closed).objects.filter(pk=closed.pk)
    asked = exporting.order(records=rows, purpose=PURPOSE, language="en", by=person("auditor"), uid=uuid7())
    ended = exporting.end(export=asked, why="asked by mistake", by=person("auditor"))
    assert exporting.make(export=ended).made_at is None
    with pytest.raises(Conflict):
        exporting.end(export=ended, why="once more", by=person("auditor"))


def test_the_shell_writes_a_bundle(closed, tmp_path, capsys):
    from django.core.management import call_command

    out = tmp_path / "one.zip"
    call_command("export_record", closed.number, out=out)
    verifier = Path(proofs.OFFLINE) / "verify.py"
    assert subprocess.run([sys.executable, verifier, out], capture_output=True, check=False).returncode == 0
    assert journal.SYSTEM.name in (journal_of(closed)[0].actor_name, "System")


def test_the_whole_trail_is_checked_offline_and_by_the_command(closed, tmp_path):
    from django.core.management import call_command

    export(closed)  # seals
    out = tmp_path / "trail.zip"
    call_command("export_trail", out=out)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_trail", bundle=out)
    assert ended.value.code == 0
    folder = tmp_path / "t"
    with zipfile.ZipFile(out) as zipped:
        zipped.extractall(folder)
    place = folder / "trail.jsonl"
    whole = place.read_text()
    for change in (
        lambda t: t.replace('"op":"insert"', '"op":"update"', 1),
        lambda t: t[: t.rindex("{")],
        lambda t: t + t[:9],
    ):
        place.write_text(change(whole))
        relisted(folder)
        code, said = verified(folder)
        assert code == 1 and "give another root than the checkpoint" in said
