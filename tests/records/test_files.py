"""Files on a record's page: several at once, shown small, invisible with the record, the original untouched."""

import hashlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qms.lib.errors import Invalid
from qms.records import actions, store
from qms.records.models import Attachment
from tests.factories import person
from tests.factories.pictures import picture

from .test_pictures import camera

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(make):
    return make.report()


@pytest.fixture
def photo(record):
    content = picture("JPEG", size=(900, 600), exif=camera())
    return actions.attach(record=record, name="bore.jpg", content=content, by=person("inspector"))


@pytest.fixture
def as_(client):
    def sign_in(username):
        client.force_login(person(username))
        return client

    return sign_in


def files_of(record):
    return list(Attachment.objects.filter(record_key=str(record.pk)).order_by("pk"))


def test_several_at_once_are_taken_each_for_itself(as_, record):
    files = [
        SimpleUploadedFile("a.png", picture()),
        SimpleUploadedFile("b.png", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("c.txt", b"0.4 mm"),
    ]
    answer = as_("engineer").post(reverse("office:attach", args=[record.number]), {"file": files}, follow=True)
    assert [file.name for file in files_of(record)] == ["a.png", "c.txt"]
    assert b"b.png is not a photo" in answer.content and b"2 files are attached." in answer.content


def test_none_at_all_and_a_larger_one_than_the_limit_are_told(as_, record, monkeypatch):
    url = reverse("office:attach", args=[record.number])
    assert b"empty, or larger than 25 MB" in as_("engineer").post(url, follow=True).content
    monkeypatch.setattr(actions, "ATTACHMENT_LIMIT", 100)
    large = SimpleUploadedFile("large.png", picture(size=(300, 300), words="x" * 200))
    assert b"larger than 25 MB" in as_("engineer").post(url, {"file": large}, follow=True).content
    assert files_of(record) == []


def test_the_original_is_untouched_and_the_copies_lie_beside_it(photo, settings):
    content = store.original(photo.sha256)
    assert hashlib.sha256(content).hexdigest() == photo.sha256 and b"SECRETCAM" in content
    assert photo.taken == "2026-03-01T10:22:31+01:00" and photo.media_type == "image/jpeg"
    assert default_storage.exists(f"{store.place(photo.sha256)}.small-{store.RECIPE}.jpg")
    assert store.derived(photo.sha256, "large") == store.derived(photo.sha256, "large")


def test_the_page_shows_pictures_and_what_is_known_of_them(as_, record, photo):
    shown = as_("operator").get(record.get_absolute_url()).content.decode()
    assert reverse("office:preview", args=[photo.uid, "small"]) in shown and "multiple" in shown
    page = as_("operator").get(reverse("office:file", args=[photo.uid])).content.decode()
    assert photo.sha256 in page and "2026-03-01T10:22:31+01:00" in page


def test_a_preview_is_a_picture_that_runs_nothing(as_, photo):
    client, url = as_("operator"), reverse("office:preview", args=[photo.uid, "small"])
    answer = client.get(url)
    assert answer["Content-Type"] == "image/jpeg" and answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Content-Disposition"] == "inline"
    assert b"SECRETCAM" not in answer.content and answer.content[:2] == b"\xff\xd8"
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("who", ["caozuo", "admin"])
def test_who_does_not_see_the_record_sees_nothing_of_its_files(as_, photo, who):
    client = as_(who)
    tag = f'"{photo.sha256}-small-{store.RECIPE}"'
    for url in (
        reverse("office:preview", args=[photo.uid, "small"]),
        reverse("office:file", args=[photo.uid]),
        reverse("office:attachment", args=[photo.uid]),
    ):
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 404


def test_only_pictures_in_known_sizes_are_shown(as_, record, photo):
    note = actions.attach(record=record, name="note.txt", content=b"<script>", by=person("inspector"))
    client = as_("operator")
    assert client.get(reverse("office:preview", args=[note.uid, "small"])).status_code == 404
    assert client.get(reverse("office:preview", args=[photo.uid, "huge"])).status_code == 404
    told = client.get(reverse("office:attachment", args=[note.uid]))
    assert told["Content-Disposition"].startswith("attachment") and "sandbox" in told["Content-Security-Policy"]
    told.close()


def test_a_photo_that_is_none_is_refused_in_the_readers_language(record):
    from django.utils import translation

    with translation.override("zh-hans"), pytest.raises(Invalid) as refused:
        actions.attach(record=record, name="b.png", content=b"no", by=person("inspector"))
    assert any("一" <= c <= "鿿" for c in str(refused.value))
