"""The pages of a transport: set up by a form, tested, watched, and settled when something is odd."""

import pytest
from django.urls import reverse

from connectors.models import Alarm, Intake, Interface
from connectors.transports import alarms
from qms.accounts.models import Site
from qms.lib import crypto
from tests.connectors.carried import GOOD, HEAD, Sender, sender

__all__ = ["sender"]
pytestmark = pytest.mark.django_db
FORM = {
    "format": "csv", "encoding": "cp1252", "separator": ";", "decimal_comma": "on", "times": "Zeit, Ende",
    "time_format": "%d.%m.%Y %H:%M", "pattern": "*.csv", "ready": "rename", "stable_seconds": "10",
    "stuck_minutes": "30", "type": "mes.defect.logged", "id": "Nr", "timezone": "Europe/Berlin",
    "reason": "the cell of line 3",
}  # fmt: skip


def new(owner, code="line-3", transport="folder"):
    site = Site.objects.get(code="AUG")
    form = {"name": "Line 3", "code": code, "kind": "mes", "transport": transport, "site": site.pk}
    return owner.post("/interfaces/new", form)


def test_a_transport_is_set_up_by_forms_and_tested(owner, people, tmp_path, settings):
    settings.FOLDERS = [str(tmp_path)]
    answer = new(owner)
    assert answer.status_code == 302 and answer["Location"] == reverse("connectors:transport", args=["line-3"])
    page = owner.get(answer["Location"]).content.decode()
    assert "Decimal" in page or "decimal comma" in page
    saved = owner.post(answer["Location"], {**FORM, "folder": str(tmp_path)})
    assert saved.status_code == 302, saved.content.decode()
    made = Interface.objects.get(code="line-3")
    assert (
        made.mode == "observe" and made.settings["encoding"] == "cp1252" and made.settings["times"] == ["Zeit", "Ende"]
    )
    assert made.owner == people["integration"] and made.state.next_sync_at
    assert made.first_stage == "shadow", "nothing counts before a signed comparison"
    tested = owner.get(saved["Location"]).content.decode()
    assert str(tmp_path) in tested and "nothing was taken" in tested
    settings.FOLDERS = []
    assert "outside the folders" in owner.get(saved["Location"]).content.decode()


def test_secrets_are_sealed_never_shown_and_stay_when_left_empty(owner):
    where = new(owner, transport="sftp")["Location"]
    form = {
        **FORM,
        "host": "files.plant.example",
        "port": "22",
        "user": "qms",
        "folder": "/out",
        "host_key": "ssh-ed25519 " + "A" * 68,
    }
    owner.post(where, {**form, "password": "very-secret-word"})
    made = Interface.objects.get(code="line-3")
    assert crypto.unseal(made.credentials) == {"password": "very-secret-word"} and "very-secret" not in str(
        made.settings
    )
    assert b"very-secret-word" not in owner.get(where).content
    owner.post(where, {**form, "port": "2222"})
    made.refresh_from_db()
    assert made.settings["port"] == 2222 and crypto.unseal(made.credentials) == {"password": "very-secret-word"}
    refused = owner.post(where, {**form, "host_key": "none"})
    assert refused.status_code == 422 and "host key" in refused.content.decode()


def test_what_was_taken_in_is_shown_with_its_reasons(owner, sender: Sender):
    sender.sent("cell.csv", HEAD, GOOD, "4713;17;RM-TI64-B25;L3;1;gestern")
    page = owner.get("/interfaces/cell-1/").content.decode()
    intake = Intake.objects.get()
    assert "cell.csv" in page and reverse("connectors:intake", args=[intake.uid]) in page
    detail = owner.get(reverse("connectors:intake", args=[intake.uid])).content.decode()
    assert "gestern" in detail and intake.numbers[0] in detail and "Zeit" in detail
    letters = owner.get("/interfaces/cell-1/?tab=letters").content.decode()
    assert "gestern" in letters


def test_an_alarm_is_shown_told_and_settled_by_a_person(owner, people, sender: Sender, client):
    assert alarms.raise_alarm(sender.interface, "gap") and not alarms.raise_alarm(sender.interface, "gap")
    alarm = Alarm.objects.get()
    assert "no longer knew our session" in owner.get("/interfaces/cell-1/").content.decode()
    where = reverse("connectors:alarm", args=[alarm.uid])
    done = owner.post(where, {"reason": "compared with the MES, nothing is missing"})
    assert done.status_code == 302 and Alarm.objects.get().settled_by == people["integration"]
    assert owner.post(where, {"reason": "once more, the same"}).status_code == 409


def test_only_who_operates_may_and_another_site_does_not_exist(client, people, sender: Sender):
    client.force_login(people["engineer"])
    assert client.get("/interfaces/new").status_code == 403
    assert client.get("/interfaces/cell-1/transport").status_code == 403
    assert client.get("/interfaces/cell-1/transport/test").status_code == 403
