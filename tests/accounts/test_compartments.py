"""Export compartments on their pages: let in, shut out, a record put in and taken out; outside it nothing exists."""

import json

import pytest
from django.urls import reverse

from ncr import actions as ncr
from ncr.models import Hold, Nonconformance
from qms import journal
from qms.accounts import actions
from qms.accounts.models import Compartment
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused
from qms.office import queries as office
from qms.records import compartments
from qms.signatures import events as signing_events
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.10(g)", "11.10(j)", "G14")


@pytest.fixture
def itar():
    return actions.create_compartment(code="ITAR-P", name="Pump", by=person("security"), reason="contract 7")


@pytest.fixture
def inside(itar):
    """The quality manager may enter."""
    actions.open_compartment(compartment=itar, user=person("manager"), by=person("security"), reason="licence 12")
    return person("manager")


@pytest.fixture
def record(make):
    return make.contained()


def test_made_opened_and_closed_on_the_pages_each_with_its_reason(client, record):
    client.force_login(person("security"), "qms.accounts.backends.PasswordBackend")
    made = {"code": "EAR-9A", "name": "Valves", "reason": "order 4711"}
    assert client.post(reverse("office:compartment-create"), made).status_code == 302
    page = reverse("office:compartment", args=["EAR-9A"])
    assert "Nobody: its records are closed" in client.get(page).content.decode()
    admit = reverse("office:compartment-admit", args=["EAR-9A"])
    assert client.post(admit, {"person": "manager", "reason": "licence 12"}).status_code == 302
    assert person("manager").full_name in client.get(page).content.decode()
    end = reverse("office:compartment-end", args=["EAR-9A", "manager"])
    assert client.post(end, {"reason": "left the project"}).status_code == 302
    assert (
        client.post(reverse("office:compartment-retire", args=["EAR-9A"]), {"reason": "order closed"}).status_code
        == 302
    )
    told = Entry.objects.filter(event__startswith="compartment.").order_by("id").values_list("event", flat=True)
    assert list(told) == ["compartment.created", "compartment.granted", "compartment.removed", "compartment.retired"]


@pytest.mark.parametrize("username", ["admin", "manager", "auditor", "engineer"])
def test_the_right_is_one_of_its_own(client, itar, username):
    client.force_login(person(username), "qms.accounts.backends.PasswordBackend")
    for name in ("compartments", "compartment-create"):
        assert client.get(reverse(f"office:{name}")).status_code == 403
    assert (
        client.post(
            reverse("office:compartment-admit", args=["ITAR-P"]), {"person": username, "reason": "me"}
        ).status_code
        == 403
    )


def test_nobody_lets_themself_in(itar):
    with pytest.raises(Forbidden):
        actions.open_compartment(compartment=itar, user=person("security"), by=person("security"), reason="me")


def test_a_second_admission_and_a_second_end_are_refused(itar, inside):
    with pytest.raises(Conflict):
        actions.open_compartment(compartment=itar, user=inside, by=person("security"), reason="again")
    actions.close_compartment(compartment=itar, user=inside, by=person("security"), reason="over")
    with pytest.raises(Conflict):
        actions.close_compartment(compartment=itar, user=inside, by=person("security"), reason="over")


def test_a_record_goes_in_from_its_page_with_its_holds_and_is_gone_for_the_others(client, itar, inside, record):
    client.force_login(inside, "qms.accounts.backends.PasswordBackend")
    url = reverse("office:enclose", args=[record.number])
    page = client.get(f"/ncr/{record.number}").content.decode()
    assert url in page
    sent = {"compartment": "ITAR-P", "version": record.version, "reason": "drawing is controlled"}
    assert client.post(url, sent).status_code == 302
    assert "ITAR-P" in client.get(f"/ncr/{record.number}").content.decode()
    assert set(Hold.objects.filter(ncr=record).values_list("compartment__code", flat=True)) == {"ITAR-P"}
    for username in ("engineer", "inspector", "auditor", "supervisor"):
        client.force_login(person(username), "qms.accounts.backends.PasswordBackend")
        for path in (f"/ncr/{record.number}", f"/api/v1/ncrs/{record.number}", f"/r/{record.number}/history"):
            assert client.get(path).status_code in (403, 404), (username, path)
        assert record.number not in client.get("/ncr/?size=100").content.decode()
    client.force_login(person("auditor"), "qms.accounts.backends.PasswordBackend")
    assert record.number not in client.get("/trail/?size=100").content.decode()


@pytest.mark.parametrize(
    ("leader", "follower"), [("gauge", "calibration"), ("gauge", "msastudy"), ("inspection", "conformance")]
)
def test_every_kind_that_belongs_to_another_goes_in_with_it(make, itar, inside, leader, follower):
    if leader == "gauge":
        first = make.gauge()
        second = getattr(make, follower)(gauge=first)
    else:
        first = make.inspection(state="POSTED", plan=make.lotplan(kind="final", drawing="D-1"))
        second = make.conformance(inspection_of=first)
    first.refresh_from_db()
    compartments.enclose(record=first, compartment=itar, by=inside, reason="drawing is controlled")
    second.refresh_from_db()
    assert second.compartment == itar and second.number
    assert not type(second).objects.visible_to(person("engineer")).filter(pk=second.pk).exists()


def test_taking_it_out_shows_it_again(itar, inside, record):
    compartments.enclose(record=record, compartment=itar, by=inside, reason="drawing is controlled")
    assert not Nonconformance.objects.visible_to(person("engineer")).filter(pk=record.pk).exists()
    held = Nonconformance.objects.get(pk=record.pk)
    compartments.enclose(record=held, compartment=None, by=person("manager"), reason="drawing was released")
    assert Nonconformance.objects.visible_to(person("engineer")).filter(pk=record.pk).exists()


def test_nobody_puts_a_record_where_they_cannot_follow(itar, record):
    with pytest.raises(Invalid):
        compartments.enclose(record=record, compartment=itar, by=person("manager"), reason="drawing is controlled")


def test_the_choice_names_only_what_one_may_enter(client, itar, record):
    client.force_login(person("manager"), "qms.accounts.backends.PasswordBackend")
    assert "ITAR-P" not in client.get(reverse("office:enclose", args=[record.number])).content.decode()


def test_whoever_stands_outside_takes_nothing_out(client, itar, inside, record):
    compartments.enclose(record=record, compartment=itar, by=inside, reason="drawing is controlled")
    actions.close_compartment(compartment=itar, user=inside, by=person("security"), reason="over")
    closed, outside = Nonconformance.objects.get(pk=record.pk), person("manager")
    with pytest.raises(Forbidden):
        compartments.enclose(record=closed, compartment=None, by=outside, reason="let me see it")
    client.force_login(outside, "qms.accounts.backends.PasswordBackend")
    assert client.post(reverse("office:enclose", args=[record.number]), {"reason": "let me see it"}).status_code == 404


def test_nothing_goes_into_a_retired_one(itar, inside, record):
    actions.retire_compartment(compartment=Compartment.objects.get(pk=itar.pk), by=person("security"), reason="over")
    with pytest.raises(Invalid):
        compartments.enclose(record=record, compartment=itar, by=inside, reason="drawing is controlled")


def test_a_hold_shares_the_compartment_of_its_record(itar, inside, record):
    hold = Hold.objects.filter(ncr=record).first()
    with pytest.raises(Invalid, match="shares"):
        compartments.enclose(record=hold, compartment=itar, by=inside, reason="drawing is controlled")


def test_a_stale_page_changes_nothing(itar, inside, record):
    with pytest.raises(Conflict):
        compartments.enclose(
            record=record, compartment=itar, by=inside, reason="drawing is controlled", version=record.version - 1
        )


def test_only_a_quality_manager_does_it(itar, record):
    actions.open_compartment(compartment=itar, user=person("engineer"), by=journal.SYSTEM)
    with pytest.raises(Forbidden):
        compartments.enclose(record=record, compartment=itar, by=person("engineer"), reason="drawing is controlled")


def test_reading_what_is_inside_is_an_act_and_reading_the_rest_is_not(client, itar, inside, record):
    client.force_login(inside, backend="qms.accounts.backends.PasswordBackend")
    read = Entry.objects.filter(event="record.read")
    api = f"/api/v1/ncrs/{record.number}"
    pages = (record.get_absolute_url(), api, f"{api}/history")
    assert [client.get(page).status_code for page in pages] == [200, 200, 200] and not read.exists()
    compartments.enclose(record=record, compartment=itar, by=inside, reason="drawing under licence")
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    found = [json.loads(entry.payload)["data"] for entry in read.order_by("id")]
    assert [one["way"] for one in found] == ["page", "api", "api"]
    assert {(one["number"], one["compartment"]) for one in found} == {(record.number, itar.code)}
    assert set(read.values_list("actor_id", flat=True)) == {str(inside.pk)}


def test_a_signing_that_was_refused_before_is_closed_with_its_record(make, itar, inside):
    record, who = make.ncr(state="VERIFICATION", held=False), person("supervisor")
    with pytest.raises(SignatureRefused):
        ncr.close(ncr=record, by=who, signing=signing(who, password="wrong"))
    stepped = signing_events.SteppedUp(record.number, "verified", "https://idp.invalid", "x", "", "", "")
    with journal.act(signing_events.STEPPED_UP, by=who) as act:  # of a signing at an identity provider: known by number
        act.record(f"record:{record.number}", stepped)

    def seen(name):
        rows = office.entries(person(name)).filter(event__in=("signature.refused", "signature.stepped_up"))
        return sum(record.number in row.payload for row in rows)

    assert (seen("auditor"), seen("manager")) == (2, 2)
    compartments.enclose(record=Nonconformance.objects.get(pk=record.pk), compartment=itar, by=inside, reason="licence")
    assert (seen("auditor"), seen("manager")) == (0, 2)
