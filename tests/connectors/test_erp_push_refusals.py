"""What an ERP that pushes may not do: name what is not there, or what another system masters."""

import pytest

from connectors.models import InboxMessage, SyncLine
from qms.masterdata.models import ProductionOrder
from tests.connectors.erp_push import ErpPush, erp_push, member

__all__ = ["erp_push"]
pytestmark = pytest.mark.django_db


def problem(answer) -> str:
    [result] = answer.json()["results"]
    assert result["status"] == "rejected", result
    return result["problem"]


def order(erp_push: ErpPush, **more):
    return erp_push.batch("production-orders", member("production-orders", "P", operations=[], edges=[], **more))


@pytest.fixture
def part(erp_push):
    """A part whose revisions the ERP keeps; its unit is known."""
    erp_push.put("units", member("units", "U"))
    erp_push.put("items", member("items", "I", unit_id="U", number="BRACKET"))
    erp_push.put("revisions", member("revisions", "R", item_id="I", number="C"))
    return {"item_id": "I", "unit_id": "U"}


def test_a_revision_that_the_part_does_not_have_is_refused_with_the_next_step(erp_push, part):
    why = problem(order(erp_push, **part, revision="Z"))
    assert "names revision “Z”; the part has C" in why and "bring the new one first" in why
    assert not ProductionOrder.objects.filter(source="middleware").exists()
    assert SyncLine.objects.filter(outcome="failed", external_id="P").exists(), "it stands in the run for a person"
    assert order(erp_push, **part, revision="C").json()["results"][0]["status"] == "created"


def test_a_part_that_vanished_is_refused_with_the_next_step(erp_push, part):
    assert erp_push.sweep("items").status_code == 200
    why = problem(order(erp_push, **part, revision="C"))
    assert "BRACKET, which has vanished from the ERP" in why and "Restore the part there" in why
    assert not ProductionOrder.objects.filter(source="middleware").exists()


def test_an_unknown_unit_is_refused_with_the_next_step(erp_push, part):
    why = problem(order(erp_push, **{**part, "unit_id": "furlong"}, revision="C"))
    assert "furlong" in why and "Push the units first" in why


def test_an_object_that_another_system_masters_is_refused(erp_push, make):
    make.matrix(state="ACTIVE", rows=[{"object": "lots", "field": "*", "owner": "mes", "otherwise": "refused"}])
    answer = erp_push.batch("lots", member("lots", "L"))
    assert answer.status_code == 409 and "MES" in answer.json()["detail"] and answer.json()["code"] == "not_master"
    assert InboxMessage.objects.latest("pk").state == "REJECTED"
    assert erp_push.sweep("lots").status_code == 409
    assert erp_push.put("items", member("items", "1")) == ["created"]


def test_lines_that_another_system_masters_are_refused_with_their_document(erp_push, make):
    make.matrix(state="ACTIVE", rows=[{"object": "genealogy", "field": "*", "owner": "mes", "otherwise": "refused"}])
    edge = {"external_id": "E", "from_lot_id": "L"}
    answer = erp_push.batch("production-orders", member("production-orders", "P", edges=[edge]))
    assert answer.status_code == 409 and "genealogy" in answer.json()["detail"]
    without = erp_push.batch("production-orders", member("production-orders", "P", edges=[]))
    assert without.status_code == 200, "the order itself is ours"
