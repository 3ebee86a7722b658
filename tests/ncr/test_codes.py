"""The defect catalogue: made and retired by the quality manager, read by everybody who reads nonconformances."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ncr import actions
from ncr.models import DefectCode
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Forbidden
from qms.lib.ids import uuid7

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.10(e)")


def new(**changes):
    today = now().date().isoformat()
    fields = {
        "code": "CHIP",
        "label_en": "Chipped edge",
        "label_zh_hans": "崩边",
        "severity": "minor",
        "valid_from": today,
    }
    return {"_key": str(uuid7()), **fields, **changes}


@pytest.fixture
def enter(client, people):
    def run(who, name, data=None, *args):
        client.force_login(people[who])
        url = reverse(f"ncr:{name}", args=args)
        return client.get(url) if data is None else client.post(url, data)

    return run


def test_readers_see_it_and_only_the_quality_manager_changes_it(enter):
    for who, status in {"manager": 200, "engineer": 200, "auditor": 200, "admin": 403}.items():
        assert enter(who, "code-list").status_code == status
        assert enter(who, "code", None, "DIM-OUT").status_code == status
    for who in ("engineer", "auditor", "admin", "operator"):
        assert enter(who, "code-create", new()).status_code == 403
        assert enter(who, "code-retire", {"reason": "x", "valid_to": "2030-01-01"}, "DIM-OUT").status_code == 403
    assert not DefectCode.objects.filter(code="CHIP").exists()


def test_a_code_is_made_once_and_stands_in_the_trail(enter, people):
    assert enter("manager", "code-create", new()).status_code == 302
    code = DefectCode.objects.get(code="CHIP")
    assert Entry.objects.filter(
        event="defect_code.created", object_key=str(code.pk), actor_id=str(people["manager"].pk)
    )
    assert b"exists already" in enter("manager", "code-create", new()).content
    for wrong in ({"code": "chip"}, {"code": "A B"}, {"label_zh_hans": ""}):
        assert enter("manager", "code-create", new(**wrong)).status_code == 422


def test_a_retired_code_cannot_be_chosen_and_stays_on_its_records(enter, make, people):
    record = make.report()
    today = now().date()
    past = {"reason": "x", "valid_to": (today - timedelta(days=1)).isoformat()}
    assert enter("manager", "code-retire", past, "DIM-OUT").status_code == 422
    data = {"_key": str(uuid7()), "reason": "Split into two codes.", "valid_to": today.isoformat()}
    assert enter("manager", "code-retire", {**data, "reason": ""}, "DIM-OUT").status_code == 422
    assert enter("manager", "code-retire", data, "DIM-OUT").status_code == 302
    page = enter("manager", "code", None, "DIM-OUT").content.decode()
    assert "Split into two codes." in page and today.isoformat() in page
    record.refresh_from_db()
    assert record.defect_code.code == "DIM-OUT"


def test_a_code_that_is_retired_is_not_retired_again(people):
    code = DefectCode(code="OLD", valid_from=now().date(), valid_to=now().date() - timedelta(days=3))
    with pytest.raises(Exception, match="retired already"):
        actions.retire_defect_code(code=code, valid_to=now().date(), reason="x", by=people["manager"])
    with pytest.raises(Forbidden):
        actions.retire_defect_code(code=code, valid_to=now().date(), reason="x", by=people["engineer"])
