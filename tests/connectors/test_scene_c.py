"""Scene C (features.md §5): the ERP falls silent for an interval → alarm, banner, what we ask waits → it catches up → the
reconciliation finds one scrap that stands twice in the ERP → somebody resolves it and signs the sheet of the day."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from connectors import actions, outbox, sync
from connectors.actions import reconciling, silence
from connectors.models import DaySheet, Delivery, Difference, InterfaceState
from connectors.queries import banners
from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.masterdata.models import Item, Lot
from tests.connectors.test_reconcile import interface, reconcile, stock, there  # noqa: F401  # the ERP behind a socket
from tests.factories import Factory, person, signing
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db
PROVES = ("G12", "G13")


def deliver() -> None:
    while outbox.deliver_next():
        pass


def due_at_once(interface) -> None:  # noqa: F811
    """The clock has gone on: what waits for its next try is due, and the circuit is closed."""
    Delivery.objects.filter(state="WAITING").update(next_at=now() - dt.timedelta(seconds=1), lease_until=None)
    InterfaceState.objects.filter(interface=interface).update(open_until=None, failures_in_row=0)


def state() -> str:
    return str(Posting.objects.latest("pk").state)


def test_scene_c(interface, there):  # noqa: F811
    engineer = person("engineer")
    stock(there)
    sync.sync(interface=interface, full=True)
    lot = Lot.objects.get(source="erp", external_id="7")
    record = ncr.report(
        by=person("inspector"), part=lot.item, lot=lot, quantity=Decimal(10), description="Bore too large",
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
    )  # fmt: skip
    ncr.request_hold(ncr=record, by=engineer, reason="Contain the lot")
    deliver()
    assert state() == "POSTED" and len(there.documents) == 1
    silence.watch()

    away(interface, there, record, lot)
    scrap = back(interface, there, record)
    found = twice(interface, there, record, scrap)
    signed = sheet_of_the_day(interface, there, found)
    assert Posting.objects.get(pk=scrap.pk).state == "RECONCILED" and not Difference.objects.open().exists()
    assert signed.state == "REVIEWED" and signed.number.startswith("REC-")
    line = next(line for line in signed.lines if line["object"] == "postings")
    assert (line["resolution"], line["by"]) == ("corrected", str(engineer)) and line["reason"]


def away(interface, there, record, lot) -> None:  # noqa: F811
    """The ERP is away for an interval. The line goes on: the board decides to scrap, and the posting waits."""
    engineer = person("engineer")
    there.is_away = True
    record = ncr.start_review(ncr=Nonconformance.objects.get(pk=record.pk), by=engineer)
    record = ncr.disposition(ncr=record, lines=[ncr.Line("scrap", Decimal(10))], by=engineer)
    record = Factory().to_dispositioned(ncr.send_to_mrb(ncr=record, by=engineer))
    ncr.execute(ncr=record, by=engineer)
    deliver()
    assert state() == "SENT" and Delivery.objects.get(state="WAITING").problem
    run = sync.sync(interface=interface)
    assert run.was_cut_off and reconcile(interface).problem, "nothing is taken for agreement while nobody answers"
    long_ago = now() - dt.timedelta(hours=2)
    InterfaceState.objects.filter(interface=interface).update(succeeded_at=long_ago)
    assert silence.watch() == 1 and Entry.objects.filter(event="interface.silent").count() == 1
    assert any("silent" in banner.text for banner in banners.of(record, engineer))
    assert any("silent" in banner.text for banner in banners.of(lot, engineer))


def back(interface, there, record) -> Posting:  # noqa: F811
    """It comes back: what waited goes out, what changed meanwhile is read, the alarm ends."""
    there.is_away = False
    there.store.put("items", fake.item("90", changed_at=now()))
    due_at_once(interface)
    deliver()
    sync.sync(interface=interface)
    scrap = Posting.objects.latest("pk")
    assert scrap.state == "POSTED" and Item.objects.filter(source="erp", external_id="90").exists()
    assert silence.watch() == 1 and Entry.objects.filter(event="interface.recovered").count() == 1
    assert not any("silent" in banner.text for banner in banners.of(record, person("engineer")))
    return scrap


def twice(interface, there, record, scrap) -> Difference:  # noqa: F811
    """During the outage somebody over there had booked the same scrap by hand: it stands there twice."""
    there.book(scrap.reference, Decimal(10), "1", "7")
    reconcile(interface)
    found = Difference.objects.open().get(object="postings")
    assert (found.kind, found.record_number, found.key) == ("duplicate", record.number, scrap.reference)
    assert found.fields[1] == ["quantity", "10", "20"]
    return found


def sheet_of_the_day(interface, there, found) -> DaySheet:  # noqa: F811
    """Nobody signs for a difference that nobody takes care of, nor for a sheet that has counted again meanwhile."""
    owner, engineer = person("integration"), person("engineer")
    day = actions.daysheets.day_of(interface, now())
    sheet = actions.prepare(interface=interface, day=day, by=owner)
    with pytest.raises(Conflict, match="assigned to nobody"):
        actions.DAYSHEET_STEPS["sign"](daysheet=sheet, by=owner, signing=signing(owner))
    browser = Client()
    browser.force_login(owner)
    page = browser.get(sheet.get_absolute_url()).content.decode()
    head = page[page.index('id="record-head"') : page.index("</header>", page.index('id="record-head"'))]
    assert head.count("btn-primary") == 1 and "disabled" in head and "assigned to nobody" in head  # and not “Cancel”
    assert head.index("disabled") < head.index("Cancel")
    reconciling.assign(difference=found, to=engineer, by=owner)
    taken_back = there.documents.pop()
    reconciling.resolve(
        difference=found, resolution="corrected", reason=f"{taken_back.number} was taken back", by=engineer
    )
    old = sheet.version
    sheet = DaySheet.objects.get(pk=sheet.pk)
    assert (sheet.version > old, sheet.open_count, sheet.resolved_count) == (True, 0, 1)
    with pytest.raises(Conflict):
        actions.DAYSHEET_STEPS["sign"](daysheet=sheet, by=owner, signing=signing(owner), version=old)
    reconcile(interface)
    signed: DaySheet = actions.DAYSHEET_STEPS["sign"](
        daysheet=DaySheet.objects.get(pk=sheet.pk), by=owner, signing=signing(owner)
    )
    return signed
