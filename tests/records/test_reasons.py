"""Corrections of what was recorded ask for one of the managed reasons and for words that say something."""

from datetime import timedelta

import pytest
from django.test import Client

from ncr import actions as ncr
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.records import reasons
from qms.records.models import ChangeReason
from tests.factories import person

PROVES = ("11.10(e)",)
pytestmark = pytest.mark.django_db
GOOD = "read from the part itself"


def edit(record, *, cause="REMEASURED", reason=GOOD):
    return ncr.edit(ncr=record, by=person("engineer"), cause=cause, reason=reason, description="Bore 12.1 mm")


def test_a_new_system_has_a_list_and_how_it_came_is_in_the_trail():
    assert {code for code, _en, _zh in reasons.FIRST} <= set(ChangeReason.objects.values_list("code", flat=True))
    assert Entry.objects.filter(event="reason.created").count() >= len(reasons.FIRST)


def test_what_was_chosen_and_the_words_stand_in_the_trail(make):
    record = edit(make.ncr())
    assert record.description == "Bore 12.1 mm"
    act = Entry.objects.filter(event="ncr.edited", object_key=str(record.pk)).latest("pk")
    assert f"Measurement repeated (REMEASURED): {GOOD}" in act.payload


@pytest.mark.parametrize(
    "reason", ["", "n/a", "N.A.", " . ", "update", "Update!", "更新", "更新。", "ok", "n / a", "TBD"]
)
def test_words_that_say_nothing_are_refused(make, reason):
    record = make.ncr()
    with pytest.raises(Invalid) as refused:
        edit(record, reason=reason)
    assert refused.value.field == "reason" and make.fresh(record).version == record.version


@pytest.mark.parametrize("cause", ["", "NO-SUCH", "typing"])
def test_without_one_of_the_list_it_is_refused(make, cause):
    with pytest.raises(Invalid) as refused:
        edit(make.ncr(), cause=cause)
    assert refused.value.field == "cause" and "TYPING" in refused.value.hint


def test_a_retired_one_is_not_offered_and_refused(make, people):
    today = now().date()
    made = reasons.create(
        code="RECOUNTED", label_en="Recounted", label_zh_hans="重新清点", valid_from=today, by=people["manager"]
    )
    assert ("RECOUNTED", "Recounted") in reasons.offered()
    ChangeReason.objects.filter(pk=made.pk)
    retired = reasons.retire(chosen=made, valid_to=today, reason="never used here", by=people["manager"])
    assert ("RECOUNTED", "Recounted") in reasons.offered(), "its last day is today"
    with pytest.raises(Invalid):
        reasons.retire(chosen=made, valid_to=today - timedelta(days=1), reason="never used here", by=people["manager"])
    assert retired.valid_to == today
    coming = reasons.create(
        code="LATER", label_en="Later", label_zh_hans="以后", valid_from=today + timedelta(days=1), by=people["manager"]
    )
    assert (coming.code, coming.label) not in reasons.offered()
    with pytest.raises(Invalid):
        edit(make.ncr(), cause="LATER")


def test_only_those_who_keep_the_list_change_it(people):
    some = {"code": "MINE", "label_en": "Mine", "label_zh_hans": "我的", "valid_from": now().date()}
    with pytest.raises(Forbidden):
        reasons.create(by=people["engineer"], **some)
    with pytest.raises(Forbidden):
        chosen = ChangeReason.objects.get(code="OTHER")
        reasons.retire(chosen=chosen, valid_to=now().date(), reason="not wanted", by=people["admin"])
    with pytest.raises(Invalid):
        reasons.create(by=people["manager"], **{**some, "code": "OTHER"})


def test_the_form_and_its_pages(make, client):
    client.force_login(person("engineer"))
    record = make.ncr()
    html = client.get(f"/ncr/{record.number}/edit").content.decode()
    assert "Measurement repeated" in html
    data = {"title": "Bore", "severity": "major", "affected_quantity": "10", "version": record.version}
    refused = client.post(f"/ncr/{record.number}/edit", {**data, "reason": GOOD})
    assert refused.status_code == 422 and "id_cause" in refused.content.decode()
    keeper = Client()
    keeper.force_login(person("manager"))
    assert "Wrong assignment" in keeper.get("/settings/reasons/").content.decode()
    new = {"code": "SORTED", "label_en": "Sorted", "label_zh_hans": "已分选", "valid_from": "2026-01-01"}
    assert keeper.post("/settings/reasons/new", new).status_code == 302
    assert "Sorted" in keeper.get("/settings/reasons/SORTED").content.decode()
    gone = {"valid_to": f"{now().date() + timedelta(days=1)}", "reason": "one of another list"}
    assert keeper.post("/settings/reasons/SORTED/retire", gone).status_code == 302
    assert ChangeReason.objects.get(code="SORTED").valid_to is not None
    mei = Client()
    mei.force_login(person("mrb2"))
    assert "录入错误" in mei.get("/settings/reasons/TYPING").content.decode()
