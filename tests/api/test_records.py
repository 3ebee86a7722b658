"""Records over REST: the same acts as the buttons, under the same rules."""

import pytest
from django.test import Client

from ncr.models import Hold, Nonconformance
from qms.demo.cast import PASSWORD

PROVES = ("11.10(f)",)

pytestmark = pytest.mark.django_db


def test_list_detail_history(caller, make):
    record = make.ncr(state="IN_REVIEW")
    engineer = caller("engineer")
    told = engineer.get("ncrs", state="IN_REVIEW", limit=1).json()
    assert [r["number"] for r in told["results"]] == [record.number] and told["next"] is None
    detail = engineer.get(f"ncrs/{record.number}")
    assert detail["ETag"] == f'"{record.version}"'
    assert (detail.json()["state"], detail.json()["affected_quantity"], detail.json()["defect_code"]) == (
        "IN_REVIEW",
        "10",
        "DIM-OUT",
    )
    steps = {s["name"]: s for s in detail.json()["steps"]}
    assert steps["disposition"]["allowed"] and not steps["send-to-mrb"]["allowed"] and steps["send-to-mrb"]["reason"]
    events = [line["event"] for line in engineer.get(f"ncrs/{record.number}/history").json()["results"]]
    assert events[0] == "ncr.review_started" and events[-1] == "ncr.reported"


def test_pages_by_cursor(caller, make):
    numbers = {make.ncr().number for _n in range(5)}
    engineer, seen, cursor = caller("engineer"), [], ""
    while cursor is not None:
        page = engineer.get("ncrs", limit=2, order="-number", **({"cursor": cursor} if cursor else {})).json()
        seen += [r["number"] for r in page["results"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5 and set(seen) == numbers


@pytest.mark.parametrize(
    "params", [{"limit": 501}, {"limit": "x"}, {"colour": "red"}, {"cursor": "%%%"}, {"state": "NONSENSE"}]
)
def test_a_question_without_meaning_is_refused(caller, params):
    answer = caller("engineer").get("ncrs", **params)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"


def test_creation_is_idempotent(caller):
    body = {"part": "RM-TI64-B25", "quantity": "2.5", "defect_code": "DIM-OUT", "lot": "LOT-26-0001"}
    inspector = caller("inspector")
    first = inspector.post("ncrs", body, **{"Idempotency-Key": "k-1"})
    again = inspector.post("ncrs", body, **{"Idempotency-Key": "k-1"})
    assert first.status_code == 201 and first["Location"].endswith(first.json()["number"]) and first["ETag"]
    assert again.status_code == 201 and again.json() == first.json() and again["Idempotent-Replayed"] == "true"
    other = inspector.post("ncrs", {**body, "quantity": "3"}, **{"Idempotency-Key": "k-1"})
    assert other.status_code == 422 and other.json()["code"] == "key_reused"
    assert Nonconformance.objects.count() == 1


def test_a_refusal_frees_the_key(caller):
    body = {"part": "NONE", "quantity": "1", "defect_code": "DIM-OUT"}
    inspector = caller("inspector")
    refused = inspector.post("ncrs", body, **{"Idempotency-Key": "k-2"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/part"
    assert inspector.post("ncrs", {**body, "part": "RM-TI64-B25"}, **{"Idempotency-Key": "k-2"}).status_code == 201


def test_unknown_fields_are_refused(caller):
    body = {"part": "RM-TI64-B25", "quantity": "1", "defect_code": "DIM-OUT", "colour": "red"}
    answer = caller("inspector").post("ncrs", body)
    assert answer.status_code == 422 and [e["pointer"] for e in answer.json()["errors"]] == ["/colour"]


def test_every_wrong_field_has_a_pointer(caller, make):
    record = make.ncr(state="IN_REVIEW")
    body = {"lines": [{"kind": "melt", "quantity": "x"}, {"kind": "scrap"}]}
    answer = caller("engineer").post(f"ncrs/{record.number}/disposition", body, **{"If-Match": f'"{record.version}"'})
    assert {e["pointer"] for e in answer.json()["errors"]} == {
        "/lines/0/kind",
        "/lines/0/quantity",
        "/lines/1/quantity",
    }


def test_a_step_by_rest(caller, make):
    record = make.ncr()
    engineer = caller("engineer")
    answer = engineer.post(f"ncrs/{record.number}/start-review", **{"If-Match": f'"{record.version}"'})
    assert answer.status_code == 200 and answer.json()["state"] == "IN_REVIEW"
    lines = [{"kind": "scrap", "quantity": "4"}, {"kind": "use_as_is", "quantity": 6}]
    answer = engineer.post(f"ncrs/{record.number}/disposition", {"lines": lines}, **{"If-Match": answer["ETag"]})
    assert answer.status_code == 200 and [x["quantity"] for x in answer.json()["lines"]] == ["4", "6"]


def test_a_stale_write_says_who_changed_what(caller, make):
    record = make.ncr()
    caller("engineer").post(f"ncrs/{record.number}/start-review", **{"If-Match": f'"{record.version}"'})
    late = caller("manager").post(
        f"ncrs/{record.number}/edit",
        {"title": "other", "reason": "typing error", "cause": "TYPING"},
        **{"If-Match": f'"{record.version}"'},
    )
    told = late.json()
    assert late.status_code == 409 and told["code"] == "stale"
    assert {"Quentin Adler"} == {c["who"] for c in told["changes"]} and {"In review"} <= {
        c["new"] for c in told["changes"]
    }


@pytest.mark.parametrize(("header", "status"), [({}, 428), ({"If-Match": "*"}, 428), ({"If-Match": "abc"}, 400)])
def test_a_step_needs_the_version_that_was_seen(caller, make, header, status):
    record = make.ncr()
    assert caller("engineer").post(f"ncrs/{record.number}/start-review", **header).status_code == status


def test_what_one_may_not_see_is_not_there(caller, make):
    record = make.ncr()
    elsewhere = caller("gongcheng")
    assert elsewhere.get(f"ncrs/{record.number}").status_code == 404
    assert elsewhere.get("ncrs").json()["results"] == []
    assert elsewhere.post(f"ncrs/{record.number}/start-review", **{"If-Match": '"1"'}).status_code == 404
    assert caller("admin").get("ncrs").status_code == 403


def test_rights_and_csrf(caller, make, people):
    record = make.ncr()
    assert caller("operator").post(f"ncrs/{record.number}/start-review", **{"If-Match": '"1"'}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["engineer"], "qms.accounts.backends.PasswordBackend")
    answer = strict.post(f"/api/v1/ncrs/{record.number}/start-review", {}, content_type="application/json")
    assert answer.status_code == 403 and answer["Content-Type"] == "application/problem+json"
    nobody = Client().get("/api/v1/ncrs")
    assert nobody.status_code == 401 and nobody["WWW-Authenticate"].startswith("Bearer")


def test_signing_by_rest(caller, make):
    record = make.ncr(state="IN_MRB")
    sign = {"signature": {"username": "mrb1", "password": PASSWORD}}
    path, version = f"ncrs/{record.number}/approve", {"If-Match": f'"{record.version}"'}
    board = caller("mrb1")
    assert board.post(path, {}, **version).json()["errors"][0]["pointer"] == "/signature"
    wrong = board.post(path, {"signature": {"username": "mrb1", "password": "wrong"}}, **version)
    assert wrong.status_code == 403 and wrong.json()["code"] == "signature_refused"
    assert board.post(path, sign, **version).status_code == 200
    assert "approve the disposition" in record.approvals.get().signature.sentence


def test_holds(caller, make):
    record = make.ncr()
    engineer = caller("engineer")
    body = {"reason": "stop use until review", "quantity": "3"}
    answer = engineer.post(f"ncrs/{record.number}/hold", body, **{"If-Match": f'"{record.version}"'})
    hold = Hold.objects.get()
    assert (
        answer.status_code == 200 and answer.json()["made"] == hold.number and answer.json()["holds"] == [hold.number]
    )
    assert engineer.get(f"holds/{hold.number}").json()["ncr"] == record.number
    assert [r["number"] for r in engineer.get("holds").json()["results"]] == [hold.number]


def test_history_tells_versions_compares_two_and_knows_the_past(caller, make):
    record = make.ncr(state="IN_REVIEW")
    engineer = caller("engineer")
    told = engineer.get(f"ncrs/{record.number}/history").json()
    assert [v["version"] for v in told["versions"]] == list(range(record.version, 0, -1))
    assert told["versions"][-1]["actor"]["name"] == "Ines Falk" and "then" not in told
    compared = engineer.get(f"ncrs/{record.number}/history", **{"from": 1, "to": record.version}).json()["changes"]
    states = next(c for c in compared if c["field"] == "Status" and not c["part"])
    assert states["old"] == "Open" and states["change"] == "changed"
    assert any(c["part"] == "Hold" and c["change"] == "added" for c in compared)
    then = engineer.get(f"ncrs/{record.number}/history", version=1).json()
    assert then["then"]["fields"]["Status"] == "Open" and [v["version"] for v in then["versions"]] == [1]
    assert [line["event"] for line in then["results"]][-1] == "ncr.reported"
    assert "ncr.review_started" not in {line["event"] for line in then["results"]}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": 1}, 422),
        ({"from": "x", "to": 1}, 422),
        ({"version": 99}, 404),
        ({"at": "2026-11-20T14:00"}, 422),
        ({"at": "2020-01-01T00:00:00Z"}, 404),
        ({"colour": "red"}, 422),
    ],
)
def test_history_refuses_what_it_cannot_answer(caller, make, params, status):
    answer = caller("engineer").get(f"ncrs/{make.ncr().number}/history", **params)
    assert answer.status_code == status and answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "Bore"}, "/reason"),
        ({"title": "Bore", "reason": "measured again"}, "/cause"),
        ({"title": "Bore", "reason": "measured again", "cause": "NONE-SUCH"}, "/cause"),
        ({"title": "Bore", "reason": "n/a", "cause": "TYPING"}, "/reason"),
    ],
)
def test_a_correction_without_its_reason_is_refused_with_the_field(caller, make, body, field):
    record = make.ncr()
    answer = caller("engineer").post(f"ncrs/{record.number}/edit", body, **{"If-Match": f'"{record.version}"'})
    assert answer.status_code == 422, answer.json()
    assert field in {error["pointer"] for error in answer.json()["errors"]}, answer.json()
