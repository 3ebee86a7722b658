"""Before a shipment leaves, through every layer: read from the ERP, inspected, blocked there, released by the signed decision."""

from typing import Any

import pytest

from connectors import outbox, sync
from connectors.models import Attempt, Delivery, InterfaceState
from inspection import actions
from inspection.models import Inspection
from qms.masterdata.models import Shipment
from tests.factories import person
from tests.simulators.running import KEY, Panel

pytestmark = pytest.mark.django_db
PROVES = ("11.10(a)", "11.10(f)")
NUMBER = "CS-V-0001"


def deliver() -> None:
    Delivery.objects.filter(state="WAITING").update(next_at="2020-01-01T00:00Z", lease_until=None)
    InterfaceState.objects.update(open_until=None, failures_in_row=0)
    outbox.deliver_next()


def is_blocked(erp: Panel) -> bool:
    found = erp.ask("/api/shipments/CS1", Authorization=f"Bearer {KEY}")["data"]
    assert found["number"] == NUMBER
    return bool(found["blocked"])


def begun(make: Any, connected: Any) -> Inspection:
    """The ERP's shipment, told by a real pull, begins its inspection."""
    run = sync.sync(interface=connected, full=True).run
    assert run.failed == 0
    item = Shipment.objects.get(source="erp-sim", number=NUMBER).lines.get().item
    make.lotplan(item=item.number, site=item.site.code if item.site else "AUG", operation="", kind="pre_shipment",
                 occasions=["shipment"], stock_mode="block")  # fmt: skip
    (made,) = [one for one in actions.inspect_due() if one]
    assert (made.kind, made.shipment.number, made.quantity) == ("pre_shipment", NUMBER, 100)
    return made


def decided(make: Any, made: Inspection, *, bad: int = 0, **parts: int) -> Inspection:
    done = actions.complete(inspection=make.read(made, bad=bad), by=person("inspector"))
    found: Inspection = make.usage(done, code="DIM-OUT" if bad else "", **parts)
    return found


def test_it_is_blocked_in_the_erp_until_the_signed_decision_releases_it(connected: Any, erp: Panel, make: Any) -> None:
    made = begun(make, connected)
    deliver()
    block = made.postings().get()
    assert (block.kind, block.state) == ("SHIP_BLOCK", "POSTED") and is_blocked(erp)
    assert "true" in block.read_back.lower(), block.read_back  # as the ERP says after it, not as we asked
    done = decided(make, made, unrestricted=100)
    assert done.state == "DECIDED" and is_blocked(erp), "a decision alone moves nothing there"
    erp.fault("drop_after", calls="writes", next=1)  # the release arrives there, its answer is lost
    deliver()
    assert Attempt.objects.latest("pk").outcome == "temporary"
    erp.off()
    deliver()
    done.refresh_from_db()
    assert not is_blocked(erp) and done.state == "POSTED" and done.release_hours is not None


def test_a_bad_decision_keeps_it_blocked_there(connected: Any, erp: Panel, make: Any) -> None:
    made = begun(make, connected)
    deliver()
    done = decided(make, made, bad=1, blocked=100)
    for _ in range(3):  # the hold of what is kept back goes out as well, one after the other
        deliver()
    assert is_blocked(erp) and done.ncr is not None
    assert [one.state for one in done.postings() if one.kind == "SHIP_BLOCK"] == ["POSTED", "POSTED"]
