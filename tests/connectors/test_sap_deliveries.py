"""A delivery of SAP before it leaves: read, inspected, its goods issue blocked there, and released by the signed decision.

The fake is written from the wire shapes of API_OUTBOUND_DELIVERY_SRV; the product itself was not tried.
"""

from decimal import Decimal
from typing import Any

import pytest

from connectors import outbox, sync
from connectors.adapters.sap import SAP
from connectors.base import Permanent
from connectors.http import run
from inspection import actions
from inspection.models import Inspection
from qms.masterdata.models import Shipment
from tests.connectors.described import IN_SAP, SAP_SETTINGS, connected, pull
from tests.factories import person
from tests.fakes import sap

pytestmark = pytest.mark.django_db
SET = "API_OUTBOUND_DELIVERY_SRV;v=0002/A_OutbDeliveryHeader"


def deliver() -> None:
    while outbox.deliver_next():
        pass


def begun(make: Any, interface: Any) -> Inspection:
    reading = sync.sync(interface=interface, full=True).run
    assert (reading.problem, reading.failed) == ("", 0)
    item = Shipment.objects.get(source="s4", number="0080000001").lines.get().item
    make.lotplan(item=item, operation="", kind="pre_shipment", occasions=["shipment"], stock_mode="block")
    (made,) = [one for one in actions.inspect_due() if one]
    return made


def decided(make: Any, made: Inspection) -> Inspection:
    done = actions.complete(inspection=make.read(made, bad=0), by=person("inspector"))
    found: Inspection = make.usage(done, unrestricted=int(made.quantity))
    return found


def test_the_block_keeps_the_delivery_and_the_decision_takes_it_back(make: Any, people: Any) -> None:
    with sap.plant() as s4, connected("s4", "sap", s4.base_url, SAP_SETTINGS, people["integration"]) as interface:
        [delivery] = s4.sets[SET]
        made = begun(make, interface)
        assert made.quantity == 5 and made.lot is not None
        deliver()
        block = made.postings().get()
        assert (block.kind, block.state, block.problem) == ("SHIP_BLOCK", "POSTED", "")
        assert delivery["DeliveryBlockReason"] == "QM" and "QM" in str(block.read_back)
        done = decided(make, made)
        deliver()
        done.refresh_from_db()
        assert delivery["DeliveryBlockReason"] == "" and done.state == "POSTED"


def test_a_block_of_somebody_else_waits_for_a_person_and_is_never_lifted(make: Any, people: Any) -> None:
    with sap.plant() as s4, connected("s4", "sap", s4.base_url, SAP_SETTINGS, people["integration"]) as interface:
        [delivery] = s4.sets[SET]
        made = begun(make, interface)
        s4.touch(delivery, DeliveryBlockReason="01")
        deliver()
        block = made.postings().get()
        assert block.state == "NEEDS_DECISION"
        assert delivery["DeliveryBlockReason"] == "01" and "another reason" in block.problem


def test_sap_blocks_a_delivery_for_us_alone_and_takes_only_that_back() -> None:
    with sap.plant() as s4:
        settings = {**SAP_SETTINGS, "base_url": s4.base_url}
        [record] = pull(SAP().bound(settings), "shipments", settings, s4.base_url)[0]
        assert (record.number, record.customer_id, record.shipped_date) == ("0080000001", "0017100001", None)
        assert [(line.lot_id, line.quantity) for line in record.lines] == [(IN_SAP["lot_id"], Decimal(5))]
        [delivery] = s4.sets[SET]

        def block(is_on: bool) -> Any:
            return run(SAP().mark("shipment_block", "0080000001", settings, is_on=is_on), base_url=s4.base_url)

        for is_on, said in ((True, "QM"), (True, "QM"), (False, ""), (False, "")):
            assert block(is_on)["DeliveryBlockReason"] == said == delivery["DeliveryBlockReason"]
        s4.touch(delivery, DeliveryBlockReason="01")  # credit
        with pytest.raises(Permanent, match="for another reason") as caught:
            block(True)
        assert caught.value.code == "needs_person"
        assert block(False)["DeliveryBlockReason"] == "01" == delivery["DeliveryBlockReason"], "not ours to lift"
        with pytest.raises(Permanent, match="not in the ERP any more"):
            run(SAP().mark("shipment_block", "0080000009", settings), base_url=s4.base_url)
        with pytest.raises(Permanent, match="delivery_block"):  # the plant's code is told in the settings
            told = {name: value for name, value in settings.items() if name != "delivery_block"}
            run(SAP().mark("shipment_block", "0080000001", told), base_url=s4.base_url)
