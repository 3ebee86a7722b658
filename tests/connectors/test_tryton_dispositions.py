"""Returns, regrades, reversals and cancellations in a real Tryton: what moves, under which document, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.adapters.tryton import Tryton
from connectors.base import Permanent, Temporary
from connectors.http import run
from connectors.messages import PlaceRole, PostingIntent, PostingKind, PostingResult
from tests.erp import Erp

from .test_tryton_post import SHIPMENT, Unreliable, lot, post

pytestmark = pytest.mark.erp
RETURN, PRODUCTION = "stock.shipment.in.return", "production"
OTHER = "BRG-608-C3"


def cancel(erp: Erp, intent: PostingIntent, transport: str = "rest") -> PostingResult | None:
    return run(Tryton().cancel(intent, erp.settings(transport)), base_url=erp.base_url)


def returned(erp: Erp, intent: PostingIntent, place: PlaceRole = PlaceRole.QUARANTINE) -> PostingIntent:
    supplier = str(erp.id("party.party", code="SUP-01"))
    way = {"from_role": place, "to_role": PlaceRole.SUPPLIER, "supplier_id": supplier}
    return replace(intent, kind=PostingKind.RETURN, reference=intent.reference[:-1] + "2", **way)


def regraded(erp: Erp, intent: PostingIntent, made: int) -> PostingIntent:
    number = erp.manage.find("stock.lot", [["id", "=", made]], ["number"])[0]["number"]
    item = str(erp.id("product.product", code=OTHER))
    way = {"from_role": PlaceRole.QUARANTINE, "to_role": PlaceRole.STORAGE, "to_item_id": item, "lot_number": number}
    return replace(intent, kind=PostingKind.REGRADE, reference=intent.reference[:-1] + "3", **way)


def documents(erp: Erp, model: str, intent: PostingIntent) -> list[str]:
    rows = erp.manage.find(model, [["reference", "=", intent.reference]], ["state"])
    return [row["state"] for row in rows]


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_a_return_leaves_for_the_supplier(erp: Erp, transport: str) -> None:
    made, hold = lot(erp)
    post(erp, hold, transport)
    back = returned(erp, hold)
    result = post(erp, back, transport)
    assert result.state == "done" and result.document_number
    assert (result.read_back["quantity"], result.read_back["to_role"]) == ("10.0", "supplier")
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA"), erp.stock(made, "SUP")) == (90.0, 0.0, 10.0)
    assert post(erp, back, transport) == result and documents(erp, RETURN, back) == ["done"]


def test_a_bought_lot_is_returned_with_the_move_that_it_came_by(erp: Erp) -> None:
    found = erp.manage.find("stock.lot", [["number", "=", "LOT-26-0003"]], ["product", "product.default_uom"])[0]
    _made, hold = lot(erp)
    unit = str(found["product."]["default_uom"])
    intent = replace(
        returned(erp, hold, PlaceRole.STORAGE),
        lot_id=str(found["id"]),
        item_id=str(found["product"]),
        unit_id=unit,
        quantity=Decimal(1),
    )
    post(erp, intent)
    (row,) = erp.manage.find(RETURN, [["reference", "=", intent.reference]], ["moves.origin"])
    origin = int(row["moves."][0]["origin"].partition(",")[2])
    (came,) = erp.manage.find("stock.move", [["id", "=", origin]], ["from_location.type", "lot"])
    assert came["from_location."]["type"] == "supplier" and str(came["lot"]) == intent.lot_id


def test_a_return_without_a_supplier_is_refused(erp: Erp) -> None:
    _made, hold = lot(erp)
    with pytest.raises(Permanent) as refused:
        post(erp, replace(returned(erp, hold), supplier_id=None))
    assert refused.value.code == "not_found" and documents(erp, RETURN, returned(erp, hold)) == []


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_a_regrade_takes_the_old_part_and_makes_the_new_one_in_a_lot_of_the_same_number(
    erp: Erp, transport: str
) -> None:
    made, hold = lot(erp)
    post(erp, hold, transport)
    other = regraded(erp, hold, made)
    result = post(erp, other, transport)
    new = int(result.read_back["to_lot_id"])
    assert result.read_back["to_item_id"] == other.to_item_id and new != made
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA"), erp.stock(new, "STO")) == (90.0, 0.0, 10.0)
    (row,) = erp.manage.find("stock.lot", [["id", "=", new]], ["number", "product.code"])
    assert (row["number"], row["product."]["code"]) == (other.lot_number, OTHER)
    assert post(erp, other, transport) == result and documents(erp, PRODUCTION, other) == ["done"]


def test_the_line_breaks_at_every_call_of_a_regrade_and_the_stock_moves_once(erp: Erp) -> None:
    made, hold = lot(erp)
    post(erp, hold)
    first = regraded(erp, hold, made)
    whole = Unreliable(99, carried_out=False)
    post(erp, replace(first, reference=first.reference[:-2] + "98", quantity=Decimal(1)), session=whole)
    for at in range(min(whole.calls, 7)):
        part = replace(first, reference=f"{first.reference[:-2]}{at + 10}", quantity=Decimal(1))
        with pytest.raises(Temporary):
            post(erp, part, session=Unreliable(at, carried_out=True))
        assert post(erp, part).state == "done" and documents(erp, PRODUCTION, part) == ["done"], f"call {at}"
    lots = erp.manage.find("stock.lot", [["number", "=", first.lot_number]], ["product.code"])
    assert sorted(row["product."]["code"] for row in lots) == sorted([OTHER, "TB-4711"])


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_what_was_scrapped_comes_back_by_a_reversal(erp: Erp, transport: str) -> None:
    made, hold = lot(erp)
    post(erp, hold, transport)
    way = {"from_role": PlaceRole.QUARANTINE, "to_role": PlaceRole.SCRAP}
    post(erp, replace(hold, kind=PostingKind.SCRAP, reference=hold.reference[:-1] + "2", **way), transport)
    back = replace(
        hold, kind=PostingKind.REVERSAL, undoes=PostingKind.SCRAP, reference=hold.reference[:-1] + "3",
        from_role=PlaceRole.SCRAP, to_role=PlaceRole.QUARANTINE,
    )  # fmt: skip
    result = post(erp, back, transport)
    assert result.state == "done"
    assert (erp.stock(made, "QUA"), erp.stock(made, "SCRAP")) == (10.0, 0.0)
    assert documents(erp, SHIPMENT, back) == ["done"]


def test_a_regrade_is_reversed_into_the_very_lot_that_it_took(erp: Erp) -> None:
    made, hold = lot(erp)
    post(erp, hold)
    other = regraded(erp, hold, made)
    result = post(erp, other)
    back = replace(
        other, kind=PostingKind.REVERSAL, undoes=PostingKind.REGRADE, reference=other.reference[:-1] + "4",
        item_id=other.to_item_id, lot_id=result.read_back["to_lot_id"], to_item_id=other.item_id, to_lot_id=str(made),
        from_role=PlaceRole.STORAGE, to_role=PlaceRole.QUARANTINE,
    )  # fmt: skip
    post(erp, back)
    new = int(result.read_back["to_lot_id"])
    assert (erp.stock(made, "QUA"), erp.stock(new, "STO")) == (10.0, 0.0)


def test_a_return_is_not_reversed_on_our_word(erp: Erp) -> None:
    _made, hold = lot(erp)
    back = replace(returned(erp, hold), kind=PostingKind.REVERSAL, undoes=PostingKind.RETURN)
    with pytest.raises(Permanent) as refused:
        post(erp, back)
    assert refused.value.code == "unsupported"


@pytest.mark.parametrize("transport", ["rest", "rpc"])
def test_what_never_arrived_has_nothing_to_cancel(erp: Erp, transport: str) -> None:
    _made, hold = lot(erp)
    assert cancel(erp, hold, transport) is None


def test_what_is_posted_is_told_and_stays(erp: Erp) -> None:
    made, hold = lot(erp)
    result = post(erp, hold)
    assert cancel(erp, hold) == result and erp.stock(made, "QUA") == 10.0


# The calls of a posting: 0 company, 1 places, 2 look-up, 3 create, 5 wait, 7 assign.
@pytest.mark.parametrize(("model", "at"), [(SHIPMENT, 3), (SHIPMENT, 5), (SHIPMENT, 7)])
def test_a_document_under_way_is_cancelled_and_its_stock_is_free(erp: Erp, model: str, at: int) -> None:
    made, hold = lot(erp)
    with pytest.raises(Temporary):
        post(erp, hold, session=Unreliable(at, carried_out=True))
    assert cancel(erp, hold) is None
    assert documents(erp, model, hold) == ["cancelled"] and erp.stock(made, "STO") == 100.0
    assert post(erp, replace(hold, quantity=Decimal(100))).state == "done", "nothing of the lot is bound any more"


@pytest.mark.parametrize("buttons", [(), ("wait",), ("wait", "assign_try")], ids=["draft", "waiting", "assigned"])
def test_returns_and_regrades_under_way_are_cancelled(erp: Erp, buttons: tuple[str, ...]) -> None:
    made, hold = lot(erp)
    post(erp, hold)
    for intent, model in ((returned(erp, hold), RETURN), (regraded(erp, hold, made), PRODUCTION)):
        stop = _until_created(erp, intent)
        for button in buttons:
            erp.manage.press(model, button, [stop])
        assert cancel(erp, intent) is None and documents(erp, model, intent) == ["cancelled"]
    assert erp.stock(made, "QUA") == 10.0


def test_a_running_regrade_is_refused_with_the_next_step_and_finished_by_a_person(erp: Erp) -> None:
    made, hold = lot(erp)
    post(erp, hold)
    intent = regraded(erp, hold, made)
    stop = _until_created(erp, intent)
    for button in ("wait", "assign_try", "run"):
        erp.manage.press(PRODUCTION, button, [stop])
    taken = erp.stock(made, "QUA")
    with pytest.raises(Permanent) as refused:
        cancel(erp, intent)
    assert refused.value.code == "needs_person" and "is running in the ERP" in refused.value.message
    assert "Finish it there (Done)" in refused.value.message
    assert documents(erp, PRODUCTION, intent) == ["running"] and erp.stock(made, "QUA") == taken, "nothing was touched"
    erp.manage.press(PRODUCTION, "do", [stop])
    told = cancel(erp, intent)
    assert told is not None and told.state == "done" and told == post(erp, intent), "as posted, and only once"


def _until_created(erp: Erp, intent: PostingIntent) -> int:
    """The document as a worker leaves it that dies right after its creation."""
    exchange: Any = Tryton().post(intent, erp.settings("rpc"))
    made: list[int] = []

    def stop(trace: Any) -> None:
        if b".create" in trace.request_body and b"stock.lot.create" not in trace.request_body:
            made.append(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(exchange, base_url=erp.base_url, recorder=stop)
    model = PRODUCTION if intent.to_item_id else RETURN
    return erp.id(model, reference=intent.reference)
