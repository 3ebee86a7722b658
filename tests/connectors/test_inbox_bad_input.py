"""Whatever is sent: an answer below 500 that says what is wrong and what to do, and the bytes are kept."""

import json
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import inbox
from connectors.inbox import worklist
from connectors.models import Cause, InboxMessage, Quarantined
from ncr.models import Nonconformance
from qms.accounts.models import Site
from qms.masterdata.models import Item, Lot, Revision
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_batch import told
from tests.sizes import size

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def without(name: str) -> dict[str, Any]:
    body = event()
    body.pop(name, None)
    body.get("data", {}).pop(name, None)
    return body


def raw(**data: Any) -> str:
    return json.dumps(event(**data))


DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
BROKEN = {
    "blank": (b"  ", 400, ""),
    "not json": (b"defect!", 400, ""),
    "cut off": (raw().encode()[:-20], 400, ""),
    "not utf-8": (raw(note="x").encode().replace(b'"x"', b'"\xff\xfe"'), 400, ""),
    "utf-16": (raw().encode("utf-16"), 400, ""),
    "deep nesting": (DEEP, 400, ""),
    "nested below the parser's limit": (
        json.dumps(event(custom=json.loads('{"a":' * 200 + "1" + "}" * 200))).encode(),
        400,
        None,
    ),
    "duplicate key": (raw().replace('"lot":', '"part": "OTHER", "lot":').encode(), 400, ""),
    "duplicate key that no database keeps": (b'{"a\\u0000\\ud800": 1, "a\\u0000\\ud800": 2}', 400, ""),
    "NaN": (raw().replace('"affected": 5', '"affected": NaN').encode(), 400, ""),
    "NUL": (raw(lot="A\x00B").encode(), 400, "/data/lot"),
    "lone surrogate": (raw().replace("LOT-26-0001", "\\ud800").encode(), 400, "/data/lot"),
    "too many digits": (raw().replace('"affected": 5', f'"affected": {"9" * 5000}').encode(), 400, ""),
    "array": (b"[]", 422, ""),
    "string": (b'"x"', 422, ""),
    "null": (b"null", 422, ""),
    "no id": (without("id"), 422, "/id"),
    "no source": (without("source"), 422, "/source"),
    "no type": (without("type"), 422, "/type"),
    "no data": (without("data"), 422, "/data"),
    "empty id": ({**event(), "id": ""}, 422, "/id"),
    "long id": ({**event(), "id": "x" * 300}, 422, "/id"),
    "number as id": ({**event(), "id": 5}, 422, "/id"),
    "old CloudEvents": ({**event(), "specversion": "0.3"}, 422, "/specversion"),
    "bad time": ({**event(), "time": "yesterday"}, 422, "/time"),
    "no code": (without("nc_code"), 422, "/data/nc_code"),
    "no quantity": (without("quantity"), 422, "/data/quantity"),
    "no part and no order": (without("part"), 422, "/data/part"),
    "code is a number": (event(nc_code=5), 422, "/data/nc_code"),
    "quantity is text": (event(quantity={"affected": "five"}), 422, "/data/quantity/affected"),
    "quantity is true": (event(quantity={"affected": True}), 422, "/data/quantity/affected"),
    "quantity is a list": (event(quantity=[5]), 422, "/data/quantity"),
    "zero": (event(quantity={"affected": 0}), 422, "/data/quantity/affected"),
    "negative": (event(quantity={"affected": -1}), 422, "/data/quantity/affected"),
    "huge": (event(quantity={"affected": 10**20}), 422, "/data/quantity/affected"),
    "huge exponent": (
        raw().replace('"affected": 5', '"affected": 1e999999999').encode(),
        422,
        "/data/quantity/affected",
    ),
    "tiny exponent": (
        raw().replace('"affected": 5', '"affected": 1e-999999999').encode(),
        422,
        "/data/quantity/affected",
    ),
    "too precise": (event(quantity={"affected": "1.1234567"}), 422, "/data/quantity/affected"),
    "Infinity as text": (event(quantity={"affected": "Infinity"}), 422, "/data/quantity/affected"),
    "long lot": (event(lot="L" * 500), 422, "/data/lot"),
    "list as part": (event(part=["A"]), 422, "/data/part"),
    "bad detected_at": (event(detected_at="2026-13-40T99:00:00Z"), 422, "/data/detected_at"),
    "year 1": (event(detected_at="0001-01-01T00:00:00+14:00"), 422, "/data/detected_at"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_taken_is_explained_and_kept(mes, name):
    body, status, pointer = BROKEN[name]
    answer = mes.post(body)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["detail"] and told["title"] and told["status"] == status
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in told["errors"]}
    assert all(fault["detail"] and fault["hint"] for fault in told["errors"])
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert [bytes(q.body) for q in Quarantined.objects.all()] == [sent]
    assert not InboxMessage.objects.exists() and not Nonconformance.objects.exists()


def test_the_corrected_event_is_taken_under_the_same_id(mes):
    wrong = event(quantity={"affected": -1})
    assert mes.post(wrong).status_code == 422
    wrong["data"]["quantity"]["affected"] = 1
    assert mes.post(wrong).status_code == 201


def test_every_fault_is_named_at_once(mes):
    told = mes.post(event(nc_code=5, lot=7, quantity={"affected": "x"})).json()
    assert {f["pointer"] for f in told["errors"]} == {"/data/nc_code", "/data/lot", "/data/quantity/affected"}


def test_problems_speak_the_callers_language(mes):
    told = mes.post(event(quantity={"affected": 0}), **{"Accept-Language": "zh-CN"}).json()
    assert told["status"] == 422  # texts: the catalogue is compiled elsewhere


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=gb18030", ""])
def test_other_content_types_are_refused_and_kept(mes, kind):
    answer = mes.post(event(), kind)
    assert answer.status_code == 415 and answer.json()["hint"]
    assert Quarantined.objects.count() == 1 and not Nonconformance.objects.exists()


def test_a_body_beyond_the_limit(mes):
    answer = mes.post(event(note="x" * 1_100_000))
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"


def test_numbers_are_exact(mes):
    body = raw().replace('"affected": 5', '"affected": 0.100001').encode()
    assert mes.post(body).status_code == 201
    assert str(Nonconformance.objects.get().affected_quantity) == "0.100001"


def test_null_is_nothing_and_unknown_fields_do_no_harm(mes):
    answer = mes.post(event(lot=None, order=None, severity=None, robot={"arm": 3}, detected_at=None))
    assert answer.status_code == 201, answer.content
    assert b'"robot"' in bytes(InboxMessage.objects.get().body)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_methods(mes, method):
    answer = getattr(mes.client, method)("/api/v1/mes/events", headers={"Authorization": f"Bearer {mes.token}"})
    assert answer.status_code == 405 and answer["Content-Type"] == "application/problem+json"


TEXT = st.text(max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.decimals().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [*event()["data"], "order", "site", "detected_at", "severity", "operation", "work_center", "note", "serials"]
)
FRAME = st.sampled_from([*event()])


@settings(max_examples=size(1500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(FIELDS, VALUE, max_size=4), frame=st.dictionaries(FRAME, VALUE, max_size=2))
def test_never_a_mistake_of_ours(mes, data, frame):
    body = event(**data)
    answer = mes.post({**body, **frame})
    assert answer.status_code in (200, 201, 202, 400, 403, 422), answer.content
    assert InboxMessage.objects.filter(state="NEW").count() == 0, "something was not anticipated"


@settings(max_examples=size(1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_never_a_mistake_of_ours_for_any_bytes(mes, body):
    assert mes.post(body or b" ").status_code in (400, 422)


def test_a_revision_that_the_erp_does_not_know(mes):
    """Taken with a note, and left for a person; where the ERP keeps no revisions nothing is said."""
    item = Item.objects.get(number="RM-TI64-B25")
    quiet = mes.post(event(part_revision="Z")).json()
    assert quiet["notes"] == [note for note in quiet["notes"] if "revision" not in note] and not Cause.objects.exists()
    for number in ("B", "C"):
        row = {"source": "erp", "external_id": f"rev-{number}", "content": "{}", "content_hash": ""}
        Revision.objects.create(number=number, item=item, **row)
    assert not any("revision" in note for note in mes.post(event(part_revision="C")).json()["notes"])
    answer = mes.post(event(part_revision="D")).json()
    said = " ".join(answer["notes"])
    assert "B, C" in said and "“D”" in said and answer["status"] == "created"
    assert Nonconformance.objects.get(number=answer["record"]).part_revision == "D"
    assert (Cause.objects.get().kind, Cause.objects.get().name) == ("revision", "RM-TI64-B25 D")


SUZHOU_ONLY = "The lot “LOT-26-0001” belongs to another site."


@pytest.fixture
def moved():
    """The lot belongs to Suzhou, and to no other site."""
    rows = Lot.objects.filter(number="LOT-26-0001", item__number="RM-TI64-B25")
    rows.update(site=Site.objects.get(code="SUZ"))
    return rows


def test_a_lot_of_another_site_waits_for_a_person(mes, moved):
    """Never taken as mere text; once the ERP has moved it, or the sender named the right site, it is applied."""
    answer = mes.post(event(lot="LOT-26-0001"))
    assert (answer.status_code, answer.json()["status"]) == (202, "needs_mapping")
    assert answer.json()["problem"].startswith(SUZHOU_ONLY) and "Correct" in answer.json()["problem"]
    assert not Nonconformance.objects.exists()
    cause = Cause.objects.get()
    assert (cause.kind, cause.name, cause.why) == ("lot", "LOT-26-0001", "elsewhere")
    with translation.override("zh-hans"):
        texts = [worklist.sentence(cause.kind, cause.why), worklist.next_step(cause.kind)]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in texts), texts
    assert inbox.retry_waiting() == 0
    moved.update(site=Site.objects.get(code="AUG"))
    assert inbox.retry_waiting() == 1 and Nonconformance.objects.get().lot.number == "LOT-26-0001"
    assert not Cause.objects.exists()


def test_a_lot_of_another_site_in_a_batch(mes, moved):
    answers = told(mes, [event(lot="LOT-26-0001"), event(lot=""), event(lot="LOT-26-0001")])
    assert [a["status"] for a in answers] == ["needs_mapping", "created", "needs_mapping"]
    assert answers[0]["problem"].startswith(SUZHOU_ONLY) and Cause.objects.count() == 2


def test_the_same_number_at_both_sites_is_ours(mes):
    """Lot numbers are not unique: a namesake elsewhere changes nothing."""
    ours = Lot.objects.get(number="LOT-26-0001", item__number="RM-TI64-B25")
    Lot.objects.filter(pk=ours.pk).update(site=Site.objects.get(code="AUG"))
    Lot.objects.create(
        source="other", external_id="9", number=ours.number, item=ours.item, site=Site.objects.get(code="SUZ"),
        content="{}", content_hash="",
    )  # fmt: skip
    answer = mes.post(event(lot="LOT-26-0001"))
    assert answer.status_code == 201 and Nonconformance.objects.get().lot == ours


def test_a_lot_that_nobody_knows_is_text(mes):
    answer = mes.post(event(lot="LOT-NEVER-1")).json()
    assert "LOT-NEVER-1" in answer["notes"][-1] and Nonconformance.objects.get().lot is None


@pytest.mark.parametrize("quantity", [{"affected": 5, "inspected": -1}, {"affected": -5, "inspected": 3}])
def test_mixed_quantities(mes, quantity):
    answer = mes.post(event(quantity=quantity))
    name = "inspected" if quantity["inspected"] < 0 else "affected"
    assert answer.status_code == 422 and [e["pointer"] for e in answer.json()["errors"]] == [f"/data/quantity/{name}"]
