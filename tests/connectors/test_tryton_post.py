"""Postings to a real Tryton: what moves, what happens when a worker or a line dies in between, what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.adapters.tryton import Tryton
from connectors.base import Permanent, Temporary
from connectors.http import run
from connectors.messages import PlaceRole, PostingIntent, PostingKind, PostingResult
from tests.erp import Erp

pytestmark = pytest.mark.erp

SHIPMENT = "stock.shipment.internal"
CALLS_OF_A_POSTING = 11  # company, places, look-up, create, read, and three times button and read
numbers = itertools.count(1)


class Unreliable(requests.Session):
    """Loses the n-th call (0-based): before it is sent, or its answer after the server carried it out."""

    def __init__(self, at: int, *, carried_out: bool) -> None:
        super().__init__()
        self.trust_env, self.at, self.carried_out, self.calls = False, at, carried_out, 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        now, self.calls = self.calls, self.calls + 1
        if now != self.at:
            return super().request(*args, **kwargs)
        if self.carried_out:
            super().request(*args, **kwargs).close()
        raise requests.exceptions.ConnectionError("lost")


def lot(erp: Erp, quantity: float = 100.0, item: str = "TB-4711") -> tuple[int, PostingIntent]:
    """A new lot in storage, and the intent to hold ten of it."""
    number = next(numbers)
    made = erp.new_lot(f"LOT-T-{number:04d}", item, quantity)
    intent = PostingIntent(
        kind=PostingKind.HOLD,
        reference=f"TST26{number:06d}-01",
        item_id=str(erp.id("product.product", code=item)),
        lot_id=str(made),
        quantity=Decimal("10"),
        unit_id=str(erp.manage.find("product.product", [["code", "=", item]], ["default_uom"])[0]["default_uom"]),
        from_role=PlaceRole.STORAGE,
        to_role=PlaceRole.QUARANTINE,
        planned_date=dt.date(2026, 11, 20),
    )
    return made, intent


def post(erp: Erp, intent: PostingIntent, transport: str = "rest", session: Any = None) -> PostingResult:
    return run(Tryton().post(intent, erp.settings(transport)), base_url=erp.base_url, session=session)


def shipments(erp: Erp, intent: PostingIntent) -> list[str]:
    rows = erp.manage.find(SHIPMENT, [["reference", "=", intent.reference]], ["state"])
    return [row["state"] for row in rows]


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_hold_release_and_scrap_move_the_stock(erp: Erp, transport: str) -> None:
    made, hold = lot(erp)
    result = post(erp, hold, transport)
    assert result.document_number.startswith("IS-26-") and result.state == "done"
    assert result.read_back["quantity"] == "10.0" and result.read_back["lot_id"] == str(made)
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA")) == (90.0, 10.0)

    back = {"from_role": PlaceRole.QUARANTINE, "to_role": PlaceRole.STORAGE, "quantity": Decimal("4")}
    post(erp, replace(hold, kind=PostingKind.RELEASE, reference=hold.reference[:-1] + "2", **back), transport)
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA")) == (94.0, 6.0)

    away = {"from_role": PlaceRole.QUARANTINE, "to_role": PlaceRole.SCRAP, "quantity": Decimal("6")}
    post(erp, replace(hold, kind=PostingKind.SCRAP, reference=hold.reference[:-1] + "3", **away), transport)
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA"), erp.stock(made, "SCRAP")) == (94.0, 0.0, 6.0)


def test_posting_twice_gives_the_same_document(erp: Erp) -> None:
    made, hold = lot(erp)
    assert post(erp, hold) == post(erp, hold, "rpc")
    assert erp.stock(made, "QUA") == 10.0 and shipments(erp, hold) == ["done"]


@pytest.mark.parametrize("carried_out", [True, False], ids=["answer lost", "call lost"])
def test_line_breaks_at_every_call_and_the_stock_moves_once(erp: Erp, carried_out: bool) -> None:
    made, first = lot(erp)
    for at in range(CALLS_OF_A_POSTING):
        hold = replace(first, reference=f"{first.reference[:-2]}{at + 10}", quantity=Decimal("2"))
        with pytest.raises(Temporary):
            post(erp, hold, session=Unreliable(at, carried_out=carried_out))
        assert post(erp, hold).state == "done"
        assert shipments(erp, hold) == ["done"], f"call {at}"
        assert erp.stock(made, "QUA") == 2.0 * (at + 1), f"call {at}"
    whole = Unreliable(99, carried_out=False)
    post(erp, replace(first, reference=first.reference[:-2] + "99"), session=whole)
    assert whole.calls == CALLS_OF_A_POSTING, "every call of a posting was lost once"


def test_worker_dies_again_and_again(erp: Erp) -> None:
    """The answers to create, wait, assign and do are lost one after the other; in the end there is one shipment."""
    made, hold = lot(erp)
    for _ in range(4):
        with pytest.raises(Temporary):
            post(erp, hold, session=Unreliable(3, carried_out=True))
    assert shipments(erp, hold) == ["done"]
    post(erp, hold)
    assert shipments(erp, hold) == ["done"] and erp.stock(made, "QUA") == 10.0


def test_person_finished_the_shipment_meanwhile(erp: Erp) -> None:
    made, hold = lot(erp)
    with pytest.raises(Temporary):
        post(erp, hold, session=Unreliable(3, carried_out=True))
    shipment = erp.id(SHIPMENT, reference=hold.reference)
    for button in ("wait", "assign_try", "do"):
        erp.manage.press(SHIPMENT, button, [shipment])
    assert post(erp, hold).external_id == str(shipment)
    assert erp.stock(made, "QUA") == 10.0


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_more_than_there_is_is_refused_and_leaves_nothing(erp: Erp, transport: str) -> None:
    made, hold = lot(erp, quantity=30.0)
    with pytest.raises(Permanent) as refused:
        post(erp, replace(hold, quantity=Decimal("31")), transport)
    assert refused.value.code == "not_enough_stock" and refused.value.permanent
    assert shipments(erp, hold) == ["cancelled"]
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA")) == (30.0, 0.0)
    assert post(erp, replace(hold, quantity=Decimal("30")), transport).state == "done", "the same reference may retry"
    assert erp.stock(made, "QUA") == 30.0


def test_held_stock_cannot_be_taken(erp: Erp) -> None:
    _, hold = lot(erp, quantity=10.0)
    post(erp, hold)
    with pytest.raises(Permanent) as refused:
        post(erp, replace(hold, reference=hold.reference[:-1] + "2", quantity=Decimal("1")))
    assert refused.value.code == "not_enough_stock"


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_digits_of_the_unit_are_kept(erp: Erp, transport: str) -> None:
    _, hold = lot(erp)
    with pytest.raises(Permanent) as refused:
        post(erp, replace(hold, quantity=Decimal("1.25")), transport)
    assert refused.value.code == "refused" and "digits" in refused.value.message
    assert shipments(erp, hold) == []
    metal, cut = lot(erp, quantity=5.0, item="RM-TI64-B25")
    assert post(erp, replace(cut, quantity=Decimal("1.25")), transport).read_back["quantity"] == "1.25"
    assert erp.stock(metal, "STO") == 3.75


def test_quantity_that_binary_numbers_cannot_hold_is_not_sent(erp: Erp) -> None:
    _, hold = lot(erp)
    with pytest.raises(Permanent) as refused:
        post(erp, replace(hold, quantity=Decimal("1.00000000000000000001")))
    assert refused.value.code == "quantity" and shipments(erp, hold) == []


def test_reference_with_other_content_is_a_conflict(erp: Erp) -> None:
    made, hold = lot(erp)
    with pytest.raises(Temporary):
        post(erp, hold, session=Unreliable(3, carried_out=True))
    with pytest.raises(Permanent) as refused:
        post(erp, replace(hold, quantity=Decimal("11")))
    assert refused.value.code == "reference_conflict"
    assert erp.stock(made, "QUA") == 0.0


def test_two_documents_with_one_reference_are_shown_to_a_person(erp: Erp) -> None:
    made, hold = lot(erp)
    with pytest.raises(Temporary):
        post(erp, hold, session=Unreliable(3, carried_out=True))
    way = {"from_location": erp.id("stock.location", code="STO"), "to_location": erp.id("stock.location", code="QUA")}
    erp.manage.create(SHIPMENT, reference=hold.reference, planned_start_date=hold.planned_date, **way)
    with pytest.raises(Permanent) as refused:
        post(erp, hold)
    assert refused.value.code == "duplicate_reference"
    assert erp.stock(made, "QUA") == 0.0


def test_connector_may_not_force_stock(erp: Erp) -> None:
    """The account is in the groups that it needs and in no other: forcing is not among its rights."""
    groups = erp.manage.find("res.user", [["login", "=", "qms"]], ["groups.name"])[0]["groups."]
    assert {group["name"] for group in groups} == {"Stock", "Production", "Purchase"}
    _, hold = lot(erp)
    with pytest.raises(Temporary):
        post(erp, hold, session=Unreliable(6, carried_out=True))
    shipment = erp.id(SHIPMENT, reference=hold.reference)
    answer = requests.post(
        f"{erp.base_url}/{erp.database}/rest/model/{SHIPMENT}/{shipment}/assign_force",
        headers={"Authorization": f"Bearer {erp.told['rest_key']}", "Content-Type": "application/json"},
        data=b"{}",
        timeout=30,
    )
    assert answer.status_code in (400, 403), answer.text
    assert shipments(erp, hold) == ["waiting"]
