"""Checkpoints leave the database within five minutes, to a directory and by mail; what does not arrive is an alarm."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import User
from qms.journal import anchoring, note
from qms.journal.models import Entry, Seal
from qms.office import watch
from qms.office.models import Notification, TrailAlarm

from .plant import as_sealer, damaging, write

PROVES = ("11.10(a)", "G3")
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def folder(settings, tmp_path):
    settings.ANCHOR_DIR, settings.ANCHOR_MAIL = str(tmp_path / "anchors"), []
    return tmp_path / "anchors"


@pytest.fixture
def later(monkeypatch):
    """`later(minutes=5)`: the anchoring looks at a clock that is ahead."""
    ahead = [dt.timedelta()]
    monkeypatch.setattr(anchoring, "now", lambda: dt.datetime.now(dt.UTC) + ahead[0])

    def shift(**much):
        ahead[0] += dt.timedelta(**much)

    return shift


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


def test_the_newest_checkpoint_becomes_one_read_only_file(folder, settings, later):
    write()
    as_sealer()
    [anchor] = anchoring.anchor_due()
    seal = Seal.objects.latest("n")
    [file] = files(folder)
    assert (anchor.place, anchor.seal, anchor.size, anchor.problem) == ("directory", seal.n, seal.size, "")
    assert file.read_text() == seal.signed_note and not file.stat().st_mode & stat.S_IWUSR
    assert note.verify(file.read_text(), note.private_key(settings.SEAL_KEY).public_key())
    assert anchoring.anchor_due() == [], "it is there"
    later(minutes=6)
    assert anchoring.anchor_due() == [], "and nothing came since"


def test_a_new_checkpoint_waits_for_the_fifth_minute_and_never_writes_over_an_old_one(folder, later):
    write()
    as_sealer()
    anchoring.anchor_due()
    first = files(folder)[0].read_bytes()
    write()
    as_sealer()
    assert anchoring.anchor_due() == []
    later(minutes=5)
    assert len(anchoring.anchor_due()) == 1
    assert len(files(folder)) == 2 and files(folder)[0].read_bytes() == first


def test_a_file_of_the_same_size_with_another_root_is_an_alarm(folder):
    write()
    as_sealer()
    anchoring.anchor_due()
    [file] = files(folder)
    file.chmod(0o600)
    file.write_text(note.checkpoint(Seal.objects.latest("n").size, b"x" * 32))
    with damaging() as admin:
        admin.execute("DELETE FROM journal_anchor")
    [anchor] = anchoring.anchor_due()
    assert anchor.problem.startswith("Differs")


def test_it_goes_by_mail_too_and_each_place_fails_alone(folder, settings):
    settings.ANCHOR_MAIL = ["qa@plant.example"]
    write()
    as_sealer()
    folder.write_text("a file stands where the directory should be")
    by_place = {a.place: a for a in anchoring.anchor_due()}
    assert "Error" in by_place["directory"].problem and by_place["mail"].problem == ""
    [sent] = mail.outbox
    assert sent.to == ["qa@plant.example"] and sent.body == Seal.objects.latest("n").signed_note


def test_only_one_worker_brings_it(folder):
    from django.db import connection, transaction

    from tests.databases import direct

    write()
    as_sealer()
    with direct("app") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [anchoring.LOCK])
        assert anchoring.anchor_due() == []
        other.execute("SELECT pg_advisory_unlock(%s)", [anchoring.LOCK])  # a backend ends a moment after its connection
    with transaction.atomic(), connection.cursor() as cursor:
        assert len(anchoring.anchor_due()) == 1
        cursor.execute("SELECT count(*) FROM journal_anchor")


class TestAlarm:
    def test_a_place_that_refuses_is_told_once_and_its_end_too(self, folder, later, client):
        write()
        as_sealer()
        watch.look()
        assert not TrailAlarm.objects.going_on().exists()
        folder.write_text("in the way")
        anchoring.anchor_due()
        assert watch.look() == 1 and watch.look() == 0
        alarm = TrailAlarm.objects.going_on().get()
        assert alarm.name == "anchor" and str(folder) in alarm.told
        told = set(Notification.objects.values_list("user__username", flat=True))
        assert {"auditor", "manager", "security"} <= told and not told & {"operator", "admin", "inspector"}
        folder.unlink()
        later(minutes=5)
        anchoring.anchor_due()
        assert watch.look() == 1 and not TrailAlarm.objects.going_on().exists()
        events = list(
            Entry.objects.filter(object_type="office.trailalarm").order_by("id").values_list("event", flat=True)
        )
        assert events == ["trail.alarmed", "trail.calmed"]

    def test_a_checkpoint_that_reached_nothing_for_a_quarter_of_an_hour(self, folder, later):
        write()
        as_sealer()
        later(minutes=14)
        assert anchoring.trouble() is None
        later(minutes=2)
        found = anchoring.trouble()
        assert found and found.code == "anchor_late"
        anchoring.anchor_due()
        assert anchoring.trouble() is None

    def test_readyz_says_it_and_stays_ready_for_it(self, folder, later):
        write()
        as_sealer()
        later(minutes=20)
        told = Client().get("/readyz").json()
        assert "anchor" in told["warnings"] and "anchor" not in told["problems"]
        assert "qms_trail_not_anchored_seconds" in Client().get("/metrics").content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "The newest checkpoint"), ("zh-hans", "最新检查点")])
def test_the_page_shows_the_note_the_places_and_what_arrived(folder, language, word):
    write()
    as_sealer()
    anchoring.anchor_due()
    page = _page("auditor", language)
    root = bytes(Seal.objects.latest("n").root).hex()
    assert word in page and root in page and str(folder) in page and "qms/trail" in page


def test_the_page_says_that_the_only_place_is_this_machine(folder, settings):
    settings.ANCHOR_DIR_IS_DEFAULT = True
    assert "on this very machine" in _page("manager")
    settings.ANCHOR_MAIL = ["qa@plant.example"]
    assert "on this very machine" not in _page("manager")


def test_the_page_is_for_readers_of_the_trail(folder):
    for who in ("operator", "engineer", "admin"):
        client = Client()
        client.force_login(User.objects.get(username=who), backend="qms.accounts.backends.PasswordBackend")
        assert client.get("/trail/verify").status_code == 403


def _page(who: str, language: str = "en") -> str:
    user = User.objects.get(username=who)
    if language != user.language:
        user = accounts.create_user(username="reader", full_name="R", language=language, by=journal.SYSTEM)
        accounts.grant(user=user, role="auditor", site=None, by=journal.SYSTEM)
    client = Client()
    client.force_login(user, backend="qms.accounts.backends.PasswordBackend")
    answer = client.get("/trail/verify")
    assert answer.status_code == 200
    return answer.content.decode()
