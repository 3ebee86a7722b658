"""A gauge out of tolerance: which lots it leaves in doubt, and how they are held; gauges are recalled before they are due."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inspection import actions
from inspection.alarms import remind
from inspection.models import Calibration, CustomerNotice, DoubtHold, Gauge
from inspection.queries import doubtful, uses_since
from ncr.models import DefectCode, Hold, Nonconformance
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Lot, Shipment
from qms.office.models import Notification
from qms.office.notifications.wording import sentence
from tests.factories import person, signing
from tests.factories.buying import synced

PROVES = ("11.10(f)", "11.10(g)")
pytestmark = pytest.mark.django_db
TODAY = now().date()


def lot_of(number: str = "LOT-26-0101") -> Any:
    return Lot.objects.live().select_related("item__unit").get(number=number)


def stored(lot: Lot, quantity: str) -> None:
    row = {
        "external_id": f"{lot.item.external_id}:{lot.external_id}:doubt", "number": lot.number, "changed_at": None,
        "item_ref": lot.item.external_id, "lot_ref": lot.external_id, "unit_ref": lot.item.unit.external_id,
        "place_code": "STO", "place_role": "storage", "quantity": Decimal(quantity),
    }  # fmt: skip
    synced("stock", [row], source=lot.source)


def measured(make: Any, lot: Lot, gauge: Gauge) -> None:
    """A lot of the part, read with the gauge."""
    line = {"balloon": "1", "name": "Bore", "lower": Decimal(12), "unit": "mm"}
    plan = make.lotplan(item=lot.item.number, kind="in_process", operation=f"OP {gauge.asset}", characteristics=[line])
    made = make.inspection(state="RELEASED", plan=plan, lot=lot)
    actions.record_readings(inspection=made, by=person("inspector"), cells=[actions.Cell("1", 1, "12.03", gauge=gauge)])


def out(make: Any, gauge: Gauge) -> Calibration:
    return make.calibration(state="IMPACT", gauge=gauge)


def hold(made: Calibration, *lots: tuple[Lot, str]) -> Calibration:
    return actions.hold_lots(
        calibration=made, by=person("engineer"), reason="measured with a gauge out of tolerance",
        lots=[actions.HeldLot(lot, Decimal(quantity)) for lot, quantity in lots],
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
    )  # fmt: skip


def test_lots_in_doubt_are_listed_with_what_lies_in_storage(make):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made = out(make, gauge)
    (found,) = doubtful(made)
    assert (found.lot, found.hold) == (lot, None)
    stored(lot, "25")
    (found,) = doubtful(made)
    assert found.quantity == sum(row.quantity for row in lot.stock.filter(place_role="storage")) and found.can_be_held
    held = make.hold(make.report())
    assert doubtful(made)[0].hold == held and not doubtful(made)[0].can_be_held


def test_another_parts_lot_of_the_same_number_is_not_in_doubt(make):
    gauge, lot = make.gauge(), lot_of()
    other: Any = Lot.objects.live().exclude(item=lot.item).exclude(item=None).select_related("item").first()
    synced("lots", [{"external_id": "twin", "number": lot.number, "changed_at": None, "item_ref": other.item.external_id}],
           source=lot.source)  # fmt: skip
    twin = Lot.objects.get(external_id="twin")
    measured(make, Lot.objects.select_related("item__unit").get(pk=lot.pk), gauge)
    made = out(make, gauge)
    assert [one.lot for one in doubtful(made)] == [lot] and twin.number == lot.number
    assert [(use.label, use.part) for use in uses_since(made) if use.kind == "lot"] == [(lot.number, lot.item.number)]


def test_they_are_held_in_one_act_and_a_second_click_holds_nothing_twice(make):
    gauge, lot = make.gauge(), lot_of()
    other = (
        Lot.objects.live().filter(item__unit__isnull=False).exclude(item=lot.item).select_related("item__unit").first()
    )
    made = hold(out(make, gauge), (lot, "5"), (other, "2"))
    holds = list(Hold.objects.filter(pk__in=made.holds.values("hold")).order_by("pk"))
    assert [(one.lot, one.quantity, one.state) for one in holds] == [
        (lot, Decimal(5), "REQUESTED"), (other, Decimal(2), "REQUESTED"),
    ]  # fmt: skip
    assert [one.ncr.part_number for one in holds] == [lot.item.number, other.item.number]
    assert gauge.asset in holds[0].ncr.title and made.number in holds[0].ncr.description
    assert Posting.objects.filter(purpose__in=[f"hold:{one.pk}:place" for one in holds]).count() == 2
    before = Nonconformance.objects.count()
    with pytest.raises(Conflict):
        hold(made, (lot, "5"))
    again = next(one for one in Lot.objects.live().filter(item=lot.item).select_related("item__unit") if one != lot)
    hold(made, (lot, "5"), (again, "1"))  # what is held already is left out
    assert Nonconformance.objects.count() == before + 1 and DoubtHold.objects.filter(calibration=made).count() == 3
    assert Calibration.objects.get(pk=made.pk).state == "IMPACT"


def test_what_cannot_be_held_is_refused_whole(make):
    made, lot = out(make, make.gauge()), lot_of()
    for wrong in ([], [(lot, "0")], [(lot, "1"), (lot, "2")]):
        with pytest.raises(Invalid) as refused:
            hold(made, *wrong)
        assert refused.value.field == "lots"
    with pytest.raises(Conflict):  # nothing is in doubt of a gauge that was right
        hold(make.calibration(state="APPROVED"), (lot, "1"))
    assert not DoubtHold.objects.exists()


def test_the_page_has_them_filled_in(make, client):
    gauge, lot = make.gauge(), lot_of()
    stored(lot, "25")
    measured(make, lot, gauge)
    made = out(make, gauge)
    client.force_login(person("engineer"))
    url = reverse("inspection:calibration-hold", args=[made.number])
    page = client.get(url)
    (row,) = page.context["formsets"]["lots"]
    assert (row.initial["lot"], row.initial["part"]) == (lot.number, lot.item.number)
    form = {
        "_key": str(uuid7()), "version": made.version, "defect_code": "DIM-OUT", "reason": "measured with a bad gauge",
        "lots-TOTAL_FORMS": "1", "lots-INITIAL_FORMS": "1", "lots-0-part": lot.item.number, "lots-0-lot": lot.number,
        "lots-0-quantity": row.initial["quantity"],
    }  # fmt: skip
    answer = client.post(url, {**form, "_key": str(uuid7()), "lots-0-lot": "NO-SUCH-LOT"})
    assert answer.status_code == 422 and not DoubtHold.objects.exists()
    assert client.post(url, form)["Location"] == made.get_absolute_url()
    held = DoubtHold.objects.get(calibration=made)
    assert held.hold.number in client.get(made.get_absolute_url()).content.decode()


class TestRecall:
    def told(self, gauge: Gauge, who: str) -> list[Notification]:
        rows = Notification.objects.filter(user=person(who), record_key=str(gauge.pk), event__startswith="gauge.")
        return list(rows.order_by("pk"))

    def due(self, make: Any, days: int, **more: Any) -> Gauge:
        return make.gauge(calibrated_date=TODAY - timedelta(days=300), due_date=TODAY + timedelta(days=days), **more)

    def test_keeper_and_manager_of_gauges_are_told_once_before_it_is_due(self, make):
        gauge = self.due(make, 10, keeper=person("inspector"), location="Cell 2")
        later = self.due(make, 10, keeper=person("inspector"), recall_days=9)
        remind()
        remind()
        (told,) = self.told(gauge, "inspector")
        assert told.event == "gauge.recalled"
        assert gauge.asset in sentence(told) and "Cell 2" in sentence(told)
        assert len(self.told(gauge, "engineer")) == 1 and not self.told(later, "inspector")

    def test_an_overdue_one_is_told_again_each_week_until_it_is_out_of_use(self, make, monkeypatch):
        gauge = self.due(make, -3, keeper=person("inspector"))
        remind()
        monkeypatch.setattr("inspection.alarms.now", lambda: now() + timedelta(days=7))
        remind()
        assert [one.event for one in self.told(gauge, "inspector")] == ["gauge.overdue"] * 2
        out_of_use = self.due(make, -3)
        actions.take_out(gauge=out_of_use, by=person("engineer"), reason="in the cupboard")
        remind()
        assert not self.told(out_of_use, "engineer")

    def test_the_keeper_must_be_able_to_read_it(self, make):
        with pytest.raises(Invalid) as refused:
            make.gauge(keeper=person("gongcheng"))
        assert refused.value.field == "keeper"


def test_what_is_in_doubt_and_cannot_be_held_is_named_with_its_reason(make, client):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made = out(make, gauge)
    client.force_login(person("engineer"))
    url = reverse("inspection:calibration-hold", args=[made.number])
    page = client.get(url).content.decode()
    assert "the ERP tells no stock of it" in page and lot.number in page
    held = make.hold(make.report())
    assert held.number in client.get(url).content.decode()


def left_with(lot: Lot, number: str = "", ref: str = "", shipped: Any = TODAY) -> Shipment:
    """The ERP's shipment of some of the lot, to a customer. `ref`: its key, where two are of one number."""
    number = number or f"CS-{uuid7().hex[-6:]}"
    ref = ref or number
    synced(
        "customers",
        [{"external_id": "C-7", "number": "C-7", "name": "Flugwerk Nord", "changed_at": None}],
        source=lot.source,
    )
    row = {"external_id": ref, "number": number, "customer_ref": "C-7", "shipped_date": shipped, "changed_at": None}
    synced("shipments", [row], source=lot.source)
    line = {
        "external_id": f"{ref}-1", "number": "1", "shipment_ref": ref, "lot_ref": lot.external_id, "quantity": Decimal(5),
        "item_ref": lot.item.external_id, "unit_ref": lot.item.unit.external_id, "changed_at": None,
    }  # fmt: skip
    synced("shipment-lines", [line], source=lot.source)
    return Shipment.objects.get(external_id=ref)


def told(made: Calibration, shipment: Shipment, **more: Any) -> Calibration:
    said = {"contact": "Ms Ode", "means": "mail", "told_date": TODAY, "text": "in doubt", **more}
    row = Calibration.objects.get(pk=made.pk)
    return actions.CALIBRATION_STEPS["notify"](calibration=row, by=person("engineer"), shipment=shipment.number, **said)


def judged(made: Calibration, impact: str) -> Calibration:
    who = person("manager")
    return actions.CALIBRATION_STEPS["judge"](
        calibration=made, by=who, impact=impact, reason="The error eats the tolerance.", signing=signing(who)
    )


def test_affected_product_that_left_is_judged_only_when_its_customer_was_told(make):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made, shipment = out(make, gauge), left_with(lot)
    assert [use.label for use in uses_since(made) if use.kind == "shipment"] == [str(shipment)]
    with pytest.raises(Invalid, match=shipment.number) as refused:
        judged(made, "affected")
    assert refused.value.field == "impact"
    client = Client()
    client.force_login(person("engineer"))
    url = reverse("inspection:calibration-notify", args=[made.number])
    form = client.get(url).content.decode()
    assert shipment.number in form and lot.number in form
    told = {
        "shipment": shipment.number,
        "contact": "Ms Ode",
        "means": "mail",
        "told_date": TODAY.isoformat(),
        "text": "in doubt",
    }
    page = client.post(url, {**told, "_key": str(uuid7()), "_version": made.version}, follow=True).content.decode()
    assert "Flugwerk Nord" in page and "Ms Ode" in page
    (kept,) = CustomerNotice.objects.filter(calibration=made)
    assert (kept.shipment, kept.customer_name, kept.by) == (shipment, "Flugwerk Nord", person("engineer"))
    done = judged(Calibration.objects.get(pk=made.pk), "affected")
    assert done.state == "APPROVED" and done.signed_content()["notices"][0]["contact"] == "Ms Ode"


@pytest.mark.parametrize(
    ("told", "field"),
    [({"shipment": "CS-0"}, "shipment"), ({"contact": " "}, "contact"), ({"text": ""}, "text"), ({"means": "pigeon"}, "means"),
     ({"told_date": TODAY + timedelta(days=1)}, "told_date")],
)  # fmt: skip
def test_a_notice_that_says_too_little_is_refused_with_its_field(make, told, field):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made, shipment = out(make, gauge), left_with(lot)
    whole = {
        "shipment": shipment.number,
        "contact": "Ms Ode",
        "means": "mail",
        "told_date": TODAY,
        "text": "in doubt",
        **told,
    }
    with pytest.raises(Invalid) as refused:
        actions.CALIBRATION_STEPS["notify"](calibration=made, by=person("engineer"), **whole)
    assert refused.value.field == field and not CustomerNotice.objects.exists()


def test_where_nothing_left_nobody_is_told_and_the_verdict_needs_no_notice(make):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made = out(make, gauge)
    with pytest.raises(Conflict, match="known to have left"):
        actions.CALIBRATION_STEPS["notify"](
            calibration=made,
            by=person("engineer"),
            shipment="CS-1",
            contact="x",
            means="mail",
            told_date=TODAY,
            text="x",
        )
    assert judged(made, "affected").impact == "affected"


def test_two_shipments_of_one_number_are_told_one_after_the_other(make):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made, first, second = out(make, gauge), left_with(lot, "CS-7", "a"), left_with(lot, "CS-7", "b")
    told(made, first)
    with pytest.raises(Invalid, match="CS-7"):
        judged(Calibration.objects.get(pk=made.pk), "affected")
    told(made, second)
    assert [one.shipment for one in CustomerNotice.objects.filter(calibration=made)] == [first, second]
    assert judged(Calibration.objects.get(pk=made.pk), "affected").state == "APPROVED"


def test_what_has_not_left_is_held_back_and_nobody_need_be_told(make):
    gauge, lot = make.gauge(), lot_of()
    measured(make, lot, gauge)
    made, waiting, gone = out(make, gauge), left_with(lot, "CS-8", shipped=None), left_with(lot, "CS-9")
    back = {"means": "held_back", "contact": "", "text": "Taken off the dock."}
    with pytest.raises(Invalid, match="CS-9 left on") as refused:
        told(made, gone, **back)
    assert refused.value.field == "means"
    told(made, waiting, **back)
    told(made, gone)
    page = Client()
    page.force_login(person("engineer"))
    assert "Not told: the shipment is held back" in page.get(made.get_absolute_url()).content.decode()
    assert (
        judged(Calibration.objects.get(pk=made.pk), "affected").signed_content()["notices"][0]["means"] == "held_back"
    )
