"""One event, one NCR: what the MES sends, what it is answered, what is kept."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox, mapping
from connectors.models import InboxMessage, Quarantined
from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.actions import digest
from qms.accounts.models import ServiceToken
from qms.demo.cast import issue_tokens
from qms.journal.models import Entry
from qms.masterdata import events as mirror_events
from qms.masterdata.models import Crosswalk
from tests.connectors.mes import Mes, event, in_use, mes, mes_interface

PROVES = ("G19",)

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def test_an_event_becomes_one_ncr(mes):
    sent = event(note="Bore 0.2 too large", operator="OP-7", order="")
    answer = mes.post(sent)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    ncr = Nonconformance.objects.get()
    assert told["record"] == ncr.number and told["status"] == "created" and told["url"].endswith(f"/r/{ncr.number}")
    assert (ncr.state, ncr.severity, ncr.affected_quantity, ncr.unit) == ("OPEN", "major", Decimal(5), "m")
    assert ncr.part_number == "RM-TI64-B25" and ncr.lot.number == ncr.lot_number == "LOT-26-0001"
    assert ncr.description == "Bore 0.2 too large" and ncr.detected_by == "OP-7"
    assert ncr.title == "Dimension out of tolerance: RM-TI64-B25"
    assert ncr.occurred_at.isoformat() == "2026-05-04T06:15:00+00:00"
    row = InboxMessage.objects.get()
    assert (row.state, row.record_number, bytes(row.body)) == ("APPLIED", ncr.number, json.dumps(sent).encode())
    assert "Authorization" not in row.headers and row.interface.code == "mes-aug" and row.site.code == "AUG"


def test_the_trail_says_who_and_from_where(mes):
    mes.post(event())
    ncr = Nonconformance.objects.get()
    act, row = Entry.objects.filter(object_type="ncr.nonconformance", object_key=str(ncr.pk)).order_by("kind")
    said = json.loads(act.payload)
    assert (act.event, said["source"], said["who"]["name"]) == ("ncr.reported", "mes:mes-aug", "Service mes")
    assert act.act_id == row.act_id and json.loads(row.payload)["new"]["number"] == ncr.number


def test_statements_of_the_hot_path(mes):
    """Token, raw row, names and act, NCR, journal line with closing: five, and BEGIN and COMMIT around the last three."""
    mes.post(event())
    with CaptureQueriesContext(connection) as asked:
        assert mes.post(event()).status_code == 201
    said = [q["sql"].split()[0] for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(said) == 5, said


def test_the_same_event_again(mes):
    sent = event()
    first, again = mes.post(sent), mes.post(sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["status"] == "duplicate" and again.json()["record"] == first.json()["record"]
    assert Nonconformance.objects.count() == 1


def test_the_same_id_with_another_body(mes):
    sent = event()
    assert mes.post(sent).status_code == 201
    answer = mes.post({**sent, "data": {**sent["data"], "lot": "OTHER"}})
    assert answer.status_code == 422 and answer.json()["code"] == "id_reused"
    assert answer.json()["errors"][0]["pointer"] == "/id"
    kept = Quarantined.objects.get()
    assert kept.message_id == sent["id"] and b"OTHER" in bytes(kept.body)
    assert InboxMessage.objects.count() == Nonconformance.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "word"),
    [({"part": "P-UNKNOWN"}, "P-UNKNOWN"), ({"order": "WO-NONE"}, "WO-NONE"), ({"nc_code": "X-9"}, "X-9")],
)
def test_an_unknown_name_waits_for_a_person(mes, data, word):
    answer = mes.post(event(**data))
    told = answer.json()
    assert answer.status_code == 202 and told["status"] == "needs_mapping" and told["record"] is None
    assert word in told["problem"]
    row = InboxMessage.objects.get()
    assert row.state == "NEEDS_MAPPING" and word in row.problem and not Nonconformance.objects.exists()


def test_it_is_applied_once_the_name_is_mapped(mes):
    sent = event(nc_code="BOHRUNG_ZU_GROSS", part="4711-TI")
    assert mes.post(sent).status_code == 202
    assert mes.post(sent).status_code == 202
    map_name("defect_code", "BOHRUNG_ZU_GROSS", "DIM-OUT")
    assert inbox.retry_waiting() == 0
    map_name("item", "4711-TI", "RM-TI64-B25")
    assert inbox.retry_waiting() == 1 and inbox.retry_waiting() == 0
    ncr = Nonconformance.objects.get()
    assert (ncr.defect_code.code, ncr.part_number) == ("DIM-OUT", "RM-TI64-B25")
    again = mes.post(sent)
    assert again.status_code == 200 and again.json()["record"] == ncr.number
    act = Entry.objects.get(object_type="ncr.nonconformance", object_key=str(ncr.pk), kind="act")
    assert json.loads(act.payload)["who"]["name"] == "Service mes"


def map_name(kind, foreign, local):
    with journal.act(mirror_events.MAPPED, by=journal.SYSTEM) as act:
        row = Crosswalk.objects.create(source="mes-aug", kind=kind, foreign_value=foreign, local_value=local)
        act.record(row, mirror_events.Mapped(kind, "mes-aug", foreign, local))


def test_a_lot_that_the_erp_does_not_know_is_kept_as_text(mes):
    told = mes.post(event(lot="L-77")).json()
    ncr = Nonconformance.objects.get()
    assert ncr.lot is None and ncr.lot_number == "L-77" and "L-77" in told["notes"][-1]


def test_units_by_crosswalk_and_by_factor(mes):
    map_name("unit", "Meter", "m")
    mes.post(event(quantity={"affected": 3, "unit": "Meter"}))
    ncr = Nonconformance.objects.get()
    assert (ncr.unit, ncr.base_unit.number, ncr.unit_factor) == ("Meter", "m", 1)
    told = mes.post(event(quantity={"affected": 3, "unit": "Fass"})).json()
    other = Nonconformance.objects.get(number=told["record"])
    assert other.unit == "Fass" and other.base_unit is None and "Fass" in told["notes"][-1]


def test_part_by_its_order(mes):
    assert mes.post(event(part="", lot="", order="WO-26-0001", quantity={"affected": 1})).status_code == 201
    ncr = Nonconformance.objects.get()
    assert (ncr.part_number, ncr.order_number, ncr.unit) == ("TB-4711", "WO-26-0001", "u")


def test_late_and_naive_times_are_flagged_not_refused(mes):
    late = mes.post(event(detected_at="2026-01-05T10:00:00+01:00")).json()
    naive = mes.post(event(detected_at="2026-07-01T10:00:00")).json()
    ambiguous = mes.post(event(detected_at="2025-10-26T02:30:00")).json()
    ahead = mes.post(event(detected_at="2199-01-01T00:00:00Z")).json()
    assert all(a["status"] == "created" and a["notes"] for a in (late, naive, ambiguous, ahead))
    assert "Europe/Berlin" in naive["notes"][0] and "clock change" in ambiguous["notes"][0]
    found = Nonconformance.objects.get(number=naive["record"])
    assert found.occurred_at.isoformat() == "2026-07-01T08:00:00+00:00"


def test_a_site_of_somebody_else(mes):
    answer = mes.post(event(site="SUZ"))
    assert answer.status_code == 403 and answer.json()["errors"][0]["pointer"] == "/data/site"
    assert mes.post(event(site="AUG")).status_code == 201
    unknown = mes.post(event(site="PLANT-9"))
    assert unknown.status_code == 202 and "PLANT-9" in unknown.json()["problem"]


def test_a_type_that_is_not_applied_yet_is_kept(mes):
    answer = mes.post({**event(), "type": "mes.tool.changed"})
    assert answer.status_code == 202 and answer.json()["status"] == "parked"
    assert InboxMessage.objects.get().state == "PARKED" and inbox.retry_waiting() == 0


def test_a_paused_interface_parks_and_goes_on(mes, mes_interface):
    with journal.act(mirror_events.MAPPED, by=journal.SYSTEM) as act:
        type(mes_interface).objects.filter(pk=mes_interface.pk).update(mode="observe")
        act.record(mes_interface, mirror_events.Mapped("mode", "mes-aug", "", ""))
    assert mes.post(event()).json()["status"] == "parked"
    with journal.act(mirror_events.MAPPED, by=journal.SYSTEM) as act:
        type(mes_interface).objects.filter(pk=mes_interface.pk).update(mode="live")
        act.record(mes_interface, mirror_events.Mapped("mode", "mes-aug", "", ""))
    assert inbox.retry_waiting() == 1


def test_two_senders_have_their_ids_to_themselves(mes):
    one, other = event(), event()
    other["id"], other["source"] = one["id"], "line-2"
    assert mes.post(one).status_code == mes.post(other).status_code == 201
    assert Nonconformance.objects.count() == 2
    assert {m.source for m in InboxMessage.objects.all()} == {"mes-aug", "mes-aug|line-2"}


def test_receipt_link_and_time(mes):
    sent = event()
    number = mes.post(sent).json()["record"]
    told = mes.get(f"receipts/mes-aug/{sent['id']}").json()
    assert (told["status"], told["record"], told["id"]) == ("APPLIED", number, sent["id"])
    assert mes.get("receipts/mes-aug/none").status_code == 404
    links = mes.get("links", {"source": "mes-aug", "id": [sent["id"], "none"]}).json()["results"]
    assert (links[0]["record"], links[0]["status"], links[0]["containment"]) == (number, "OPEN", "none")
    assert links[0]["changed_at"] and links[1] == {"source": "mes-aug", "id": "none", "is_known": False, "record": None}
    assert mes.get("links", {"source": "mes-aug"}).status_code == 422
    assert mes.get("time").json()["utc"].endswith("Z")


def test_slashes_in_the_source(mes):
    sent = {**event(), "source": "urn:plant/line/3"}
    number = mes.post(sent).json()["record"]
    assert mes.get(f"receipts/urn:plant/line/3/{sent['id']}").json()["record"] == number


def test_a_vendors_body_by_mapping_version(mes, mes_interface):
    rules = {
        "fields": [
            {"to": "nc_code", "from": "/Fehler/Code", "values": {"17": "DIM-OUT"}, "only": True},
            {"to": "part", "from": ["/Teil", "/Material"]},
            {"to": "quantity.affected", "from": "/Menge", "as": "decimal", "comma": True},
            {"to": "severity", "value": "critical"},
            {"to": "note", "from": ["/Text1", "/Text2"], "join": " / "},
        ]
    }
    assert mapping.check(rules) == []
    version = in_use(mes_interface, rules)
    body = {"Fehler": {"Code": 17}, "Material": "RM-TI64-B25", "Menge": "2,5", "Text1": "Bohrung", "Text2": "zu groß"}
    sent = {**event(), "data": body}
    assert mes.post(sent).status_code == 201
    ncr = Nonconformance.objects.get()
    assert (ncr.affected_quantity, ncr.severity, ncr.description) == (Decimal("2.5"), "critical", "Bohrung / zu groß")
    assert mes.get(f"receipts/mes-aug/{sent['id']}").json()["mapping"] == version.edition == 1
    wrong = mes.post({**event(), "data": {**body, "Menge": "viel", "Fehler": {"Code": 99}}})
    assert wrong.status_code == 422
    assert {"/data/Menge", "/data/Fehler/Code"} <= {f["pointer"] for f in wrong.json()["errors"]}


def test_tokens(mes, people):
    sent = json.dumps(event())
    for header in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}):
        answer = mes.client.post("/api/v1/mes/events", sent, content_type="application/json", headers=header)
        assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"
    reader = Mes(issue_tokens()["readonly"])
    assert reader.post(event()).status_code == 403
    token = ServiceToken.objects.get(user__username="svc-mes", revoked_at=None, digest=digest(mes.token))
    accounts.revoke_token(token=token, by=journal.SYSTEM, reason="lost in the shop")
    assert mes.post(event()).status_code == 401
    assert not Nonconformance.objects.exists()
