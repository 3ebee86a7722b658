"""G16: whatever is uploaded is refused with a reason, or lies inert: bytes under their hash, given back as a download that runs nothing."""

import json
import re
import sys

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from qms.journal.models import Entry
from qms.lib.errors import Invalid, NotNow, Refusal
from qms.records import actions, store
from qms.records.models import Attachment
from tests.factories import person

from .files import TEST_VIRUS, files

PROVES = ("G16",)
pytestmark = pytest.mark.django_db
FILES = list(files())
SAFE_TYPES = {"image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain", "text/csv"}


@pytest.fixture
def record(make):
    return make.report()


def test_the_corpus_is_large_and_each_of_its_files_another():
    assert len(FILES) >= 200 and len({(name, content) for _what, name, content in FILES}) >= 280


def test_every_file_is_refused_or_inert(record, client):
    client.force_login(person("engineer"))
    taken, refused, wrong = 0, 0, []
    for what, name, content in FILES:
        try:
            made = actions.attach(record=record, name=name, content=content, by=person("engineer"))
        except Refusal as why:
            refused += 1
            if not (str(why.message) and str(why.hint)):
                wrong.append(f"{what}: refused without a next step")
            continue
        taken += 1
        wrong += [f"{what}: {fault}" for fault in faults(made, content, client)]
    assert wrong == []
    assert refused >= 150 and taken >= 50
    assert Attachment.objects.filter(record_key=str(record.pk)).count() == taken


def faults(file, content, client):
    """What a browser or a file system could be made to do with what was kept."""
    answer = client.get(reverse("office:attachment", args=[file.uid]))
    given, place = b"".join(answer.streaming_content), store.place(file.sha256)
    yield from (what for what, wrong in headers(answer) if wrong)
    if given != content:
        yield "other bytes"
    if not re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}", place) or not default_storage.exists(place):
        yield "kept under a name that is not its hash"
    if TURNED.search(file.name) or not 0 < len(file.name) <= 200:
        yield f"name {file.name!r}"
    if file.is_picture:
        small = client.get(reverse("office:preview", args=[file.uid, "small"]))
        if small["Content-Type"] != "image/jpeg" or b"<script" in small.content or b"<?php" in small.content:
            yield "a preview carries what the original hides"


TURNED = re.compile(r"[\x00-\x1f\x7f/\\\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def headers(answer):
    shown = answer["Content-Disposition"]
    yield f"disposition {shown!r}", not shown.startswith("attachment") or re.search(r"[\r\n\x00]", shown)
    yield "may be sniffed", answer["X-Content-Type-Options"] != "nosniff"
    yield "may be run", "sandbox" not in answer["Content-Security-Policy"]
    yield answer["Content-Type"], answer["Content-Type"].partition(";")[0] not in SAFE_TYPES


def told(entry):
    return json.loads(entry.payload)["data"]


def scanner(body: str) -> str:
    return f'{sys.executable} -c "import sys; data = sys.stdin.buffer.read(); {body}"'


BAD = TEST_VIRUS + b" alone"


def test_what_the_scanner_finds_is_not_kept_and_the_trail_says_so(record, settings):
    settings.SCAN_COMMAND = scanner("print('Test-File FOUND'); sys.exit(int(b'EICAR' in data))")
    actions.attach(record=record, name="note.txt", content=b"clean", by=person("engineer"))
    with pytest.raises(Invalid) as refused:
        actions.attach(record=record, name="bad.txt", content=BAD, by=person("engineer"))
    assert refused.value.code == "harmful" and refused.value.hint
    assert not default_storage.exists(store.place(store.digest(BAD)))
    entry = Entry.objects.filter(event="record.file_refused").latest("id")
    assert (
        told(entry)["verdict"] == "found"
        and told(entry)["sha256"] == store.digest(BAD)
        and "FOUND" in told(entry)["why"]
    )


AWAY = [
    "/nowhere/scanner -",
    "'",
    scanner("sys.exit(2)"),
    scanner("sys.exit(77)"),
    scanner("import os; os.kill(os.getpid(), 9)"),
]


@pytest.mark.parametrize("command", AWAY, ids=range(len(AWAY)))
def test_a_scanner_that_does_not_answer_lets_nothing_in(record, settings, command):
    settings.SCAN_COMMAND = command
    with pytest.raises(NotNow) as refused:
        actions.attach(record=record, name="note.txt", content=b"clean", by=person("engineer"))
    assert refused.value.code == "not_scanned"
    assert told(Entry.objects.filter(event="record.file_refused").latest("id"))["verdict"] == "not scanned"
    assert not Attachment.objects.filter(record_key=str(record.pk)).exists()


def test_a_scanner_that_takes_too_long_lets_nothing_in(record, settings, monkeypatch):
    monkeypatch.setattr("qms.records.scanning.SECONDS", 0.2)
    settings.SCAN_COMMAND = scanner("import time; time.sleep(5)")
    with pytest.raises(NotNow):
        actions.attach(record=record, name="note.txt", content=b"clean", by=person("engineer"))


def test_the_page_says_why(record, settings, client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.SCAN_COMMAND = scanner("sys.exit(1)")
    client.force_login(person("engineer"))
    file = SimpleUploadedFile("x.txt", TEST_VIRUS)
    shown = client.post(reverse("office:attach", args=[record.number]), {"file": file}, follow=True)
    assert "scanner found something harmful in x.txt" in shown.content.decode()
