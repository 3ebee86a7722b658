"""Bad input of every kind, in both languages: refused, parked or taken with a reservation; always a sentence and a next step."""

import re
import uuid

import pytest
from django.utils import translation

from connectors import inbox
from connectors.inbox import worklist
from connectors.models import Cause, InboxMessage
from ncr.models import Nonconformance, ProductionEvent
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.masterdata.models import Item, Lot, Revision
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_inbox_production import production
from tests.connectors.test_inbox_updates import later

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
CHINESE = re.compile("[\u4e00-\u9fff]")
LANGUAGES = ("en", "zh-hans")


def known_revisions():
    item = Item.objects.get(number="RM-TI64-B25")
    Revision.objects.create(number="C", item=item, source="erp", external_id="r", content="{}", content_hash="")


def lot_at_suzhou():
    Lot.objects.filter(number="LOT-26-0001").update(site=Site.objects.get(code="SUZ"))


# What is sent → the kind of the cause that a person finds on the work list.
WAITING = {
    "unknown part": (event(part="P-NEVER"), "item"),
    "unknown order": (event(order="WO-NEVER"), "order"),
    "unknown code": (event(nc_code="NEVER"), "defect_code"),
    "unknown site": (event(site="MARS"), "site"),
    "lot of another site": (event(), "lot"),
    "production on a lot of another site": (production(lot="LOT-26-0001"), "lot"),
    "update before create": (later("D-1", note="early"), "create"),
    "cancel before create": (later("D-1", kind="cancelled", note="early"), "create"),
    "a type of a later version": ({**event(), "type": "mes.tool.changed"}, "type"),
}
TAKEN = {
    "wrong revision": (event(part_revision="Z"), "revision"),
    "unknown unit": (event(quantity={"affected": 5, "unit": "Fass"}), "unit"),
    "unknown work center": (event(work_center="CNC-NEVER"), "work_center"),
}
REFUSED = {
    "negative": event(quantity={"affected": -5}),
    "zero": event(quantity={"affected": 0}),
    "one negative of two": event(quantity={"affected": 5, "inspected": -1}),
    "not a number": event(quantity={"affected": "5 m"}),
    "two quantities in one": event(quantity={"affected": [5, 6]}),
    "negative production": production(lot="L", quantity={"affected": -1}),
    "negative update": later("D-1", quantity={"affected": -1}),
    "an order that is no number": later("D-1", sequence="2.5"),
    "no defect named": later(""),
    "nothing named": production(),
}


def fresh(body):
    return {**body, "id": str(uuid.uuid4())}


def is_in(text, language):
    assert text and text.strip(), "nothing is said"
    assert bool(CHINESE.search(text)) == (language == "zh-hans"), text


def on_the_list(kind, language):
    cause = Cause.objects.get(kind=kind)
    with translation.override(language):
        is_in(worklist.sentence(cause.kind, cause.why), language)
        is_in(worklist.next_step(cause.kind), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WAITING)
def test_it_waits_for_a_person_or_for_what_is_missing(mes, name, language):
    lot_at_suzhou()
    body, kind = WAITING[name]
    answer = mes.post(fresh(body), **{"Accept-Language": language})
    assert answer.status_code == 202 and answer.json()["record"] is None
    is_in(answer.json()["problem"], language)
    on_the_list(kind, language)
    assert not Nonconformance.objects.exists() and not ProductionEvent.objects.exists(), "nothing half applied"
    assert inbox.retry_waiting() == 0 and InboxMessage.objects.get().state in ("NEEDS_MAPPING", "PARKED")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TAKEN)
def test_a_defect_is_taken_and_the_doubt_left_for_a_person(mes, name, language):
    known_revisions()
    body, kind = TAKEN[name]
    answer = mes.post(fresh({**body, "data": {**body["data"], "lot": ""}}), **{"Accept-Language": language})
    assert answer.status_code == 201 and Nonconformance.objects.get().number == answer.json()["record"]
    told = [note for note in answer.json()["notes"] if body["data"].get("work_center", "") in note]
    is_in(" ".join(told), language)
    on_the_list(kind, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_what_to_do(mes, name, language):
    answer = mes.post(fresh(REFUSED[name]), **{"Accept-Language": language})
    assert answer.status_code == 422
    for fault in answer.json()["errors"]:
        is_in(fault["detail"], language)
        is_in(fault["hint"], language)
    is_in(answer.json()["detail"], language)
    assert not InboxMessage.objects.exists() and not Nonconformance.objects.exists()


def test_a_cancellation_before_its_defect_is_applied_after_it(mes):
    sent = event(lot="")
    assert mes.post(later(sent, kind="cancelled", note="wrong gauge")).json()["status"] == "parked"
    assert mes.post(sent).status_code == 201
    assert Nonconformance.objects.get().state == "CANCELLED" and not Cause.objects.exists()


def test_an_unknown_work_center_is_mapped_for_later_messages(mes, client, people):
    """The record stands without it; once mapped, it has it, later ones too, and nothing is left on the list."""
    from qms.masterdata.models import WorkCenter

    center = WorkCenter.objects.live()[0]
    cause = {"kind": "work_center", "system": "mes-aug", "name": "MACHINE 7"}
    number = mes.post(event(work_center="MACHINE 7")).json()["record"]
    assert Nonconformance.objects.get(number=number).work_center is None
    client.force_login(people["engineer"])
    said = {f"cause_{key}": value for key, value in cause.items()}
    answer = client.post(
        "/interfaces/worklist/map",
        {**said, "local_value": center.number, "reason": "the plate on the machine"},
        follow=True,
    )
    assert answer.status_code == 200 and b"Later messages are understood" in answer.content
    assert not Cause.objects.exists()
    older = Nonconformance.objects.get(number=number)
    assert older.work_center.number == center.number
    assert Entry.objects.filter(event="ncr.work_center_filled", object_key=str(older.pk)).count() == 1
    number = mes.post(event(work_center="MACHINE 7")).json()["record"]
    assert Nonconformance.objects.get(number=number).work_center.number == center.number
