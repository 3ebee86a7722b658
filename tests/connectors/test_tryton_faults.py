"""Bad lines, bad servers, and the ways in which Tryton says no. Against a fake server; no ERP needed."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.adapters.tryton import Tryton
from connectors.base import Call, ConnectorError, Exchange, Permanent, Reply, Temporary
from connectors.http import Trace, run
from connectors.messages import PlaceRole, PostingIntent, PostingKind
from tests.fakes.server import Answer, as_json, closed_port, serve

REST = {"database": "plant", "rest_key": "the-key", "company": 1}
RPC = {"database": "plant", "user": "qms", "password": "the-password"}
QUICK = (0.5, 0.3)


def ask() -> Exchange[Reply]:
    reply = yield Call("GET", "/thing")
    return reply


def failing(exchange: Any, *answers: Any, **options: Any) -> ConnectorError:
    with serve(*answers) as fake, pytest.raises(ConnectorError) as caught:
        run(exchange, base_url=fake.base_url, timeout=QUICK, **options)
    return caught.value


# ---------------------------------------------------------------- the line


def test_server_that_is_down() -> None:
    with pytest.raises(Temporary) as caught:
        run(ask(), base_url=f"http://127.0.0.1:{closed_port()}", timeout=QUICK)
    assert caught.value.code == "unreachable" and not caught.value.permanent


def test_server_that_is_slow() -> None:
    assert failing(ask(), Answer(wait=5)).code == "unreachable"


def test_body_that_breaks_off() -> None:
    assert failing(ask(), Answer(body=b"x" * 1000, cut=10)).code == "unreachable"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_try_later(status: int) -> None:
    problem = failing(ask(), Answer(status, headers={"Retry-After": "7"}))
    assert isinstance(problem, Temporary) and problem.retry_after == 7.0


def test_retry_after_as_a_date_and_as_nonsense() -> None:
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 90 < (failing(ask(), Answer(503, headers={"Retry-After": soon})).retry_after or 0) <= 100
    assert failing(ask(), Answer(503, headers={"Retry-After": "tomorrow"})).retry_after is None
    assert failing(ask(), Answer(503, headers={"Retry-After": "99999999"})).retry_after == 3600.0


def test_redirect_is_not_followed() -> None:
    problem = failing(ask(), Answer(302, headers={"Location": "http://127.0.0.1:1/"}))
    assert problem.code == "redirected" and problem.permanent


def test_answer_that_is_too_large_plain_or_compressed() -> None:
    assert failing(ask(), Answer(body=b"x" * 5000), max_bytes=1000).code == "too_large"
    packed = Answer(body=gzip.compress(b"x" * 500_000), headers={"Content-Encoding": "gzip"})
    assert failing(ask(), packed, max_bytes=10_000).code == "too_large"


@pytest.mark.parametrize("body", [b'{"a": 1}', gzip.compress(b'{"a": 1}')], ids=["plain", "gzip"])
@pytest.mark.parametrize("label", [{}, {"Content-Encoding": "gzip"}], ids=["no label", "gzip label"])
def test_compression_is_told_by_the_body_not_by_the_label(body: bytes, label: dict[str, str]) -> None:
    with serve(Answer(body=body, headers=label)) as fake:
        assert run(ask(), base_url=fake.base_url).body == b'{"a": 1}'
    assert "gzip" in fake.seen[0].headers["accept-encoding"]


def test_compressed_answer_cut_short() -> None:
    packed = gzip.compress(json.dumps(list(range(1000))).encode())
    assert failing(ask(), Answer(body=packed[:-20])).code == "garbled_answer"


def test_bad_addresses() -> None:
    for address in ("file:///etc/passwd", "ftp://127.0.0.1", "plant.test"):
        with pytest.raises(Permanent):
            run(ask(), base_url=address)

    def outside() -> Exchange[Reply]:
        reply = yield Call("GET", "//elsewhere.test/")
        return reply

    assert failing(outside(), Answer()).code == "bad_path"


def test_netrc_and_proxy_of_the_machine_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password eve\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    with serve(Answer()) as fake:
        run(ask(), base_url=fake.base_url, headers={"Authorization": "Bearer mine"})
    assert fake.seen[0].headers["authorization"] == "Bearer mine"


def test_exchange_may_recover_from_a_failure() -> None:
    def careful() -> Exchange[str]:
        try:
            yield Call("GET", "/thing")
        except Temporary:
            reply = yield Call("GET", "/other")
            return reply.body.decode()
        return "unexpected"

    with serve(Answer(500), Answer(body=b"second")) as fake:
        assert run(careful(), base_url=fake.base_url) == "second"


def test_recorder_sees_every_call_and_no_secret() -> None:
    traces: list[Trace] = []
    login = as_json({"id": 1, "result": [3, "the-token", None]}, **{"Set-Cookie": "the-cookie"})
    refused = as_json({"id": 1, "error": ["UserError", ["No", "not today", None]]})
    context = as_json({"id": 1, "result": {"company": 1}})
    problem = failing(Tryton().pull("units", None, RPC), login, context, refused, recorder=traces.append)
    assert problem.code == "refused"
    assert [trace.status for trace in traces] == [200, 200, 200]
    kept = repr(traces)
    for secret in ("the-password", "the-token", "the-cookie", "Session "):
        assert secret not in kept
    assert "search_read" in kept
    traces.clear()
    failing(ask(), Answer(503), recorder=traces.append)
    assert traces[0].status == 503 and "server_error" in traces[0].problem


# ---------------------------------------------------------------- how Tryton says no


def rpc(*answers: Any) -> list[Answer]:
    """Signed in, then these results."""
    return [as_json({"id": 1, "result": [3, "t", None]}), as_json({"id": 1, "result": {"company": 1}}), *answers]


@pytest.mark.parametrize(
    ("error", "code", "permanent"),
    [
        (["UserError", ["Not so", "The reason.", None]], "refused", True),
        (["UserWarning", ["name", "Are you sure?", ""]], "needs_person", True),
        (["ConcurrencyException", "modified meanwhile"], "changed_meanwhile", False),
        (["'nope'", ""], "fault", True),
        (["'res.user'", ""], "starting", False),
    ],
)
def test_error_with_http_200(error: Any, code: str, permanent: bool) -> None:
    problem = failing(Tryton().pull("units", None, RPC), *rpc(as_json({"id": 1, "error": error})))
    assert (problem.code, problem.permanent) == (code, permanent)


@pytest.mark.parametrize(
    ("answer", "code", "permanent"),
    [
        (as_json({"status": 400, "message": "Not so", "description": "The reason."}, 400), "refused", True),
        (as_json({"status": 400, "message": "", "description": ""}, 400), "needs_person", True),
        (as_json({}, 401), "not_signed_in", True),
        (as_json({}, 403), "not_allowed", True),
        (as_json({}, 404), "not_found", True),
        (as_json({}, 409), "changed_meanwhile", False),
        (as_json({}, 418), "unexpected", True),
        (Answer(body=b"<html>maintenance</html>", headers={"Content-Type": "text/html"}), "garbled_answer", False),
    ],
)
def test_error_over_rest(answer: Answer, code: str, permanent: bool) -> None:
    problem = failing(Tryton().pull("units", None, REST), answer)
    assert (problem.code, problem.permanent) == (code, permanent)


def test_wrong_password_is_tried_once() -> None:
    with serve(as_json({}, 401)) as fake, pytest.raises(Permanent) as caught:
        run(Tryton().pull("units", None, RPC), base_url=fake.base_url)
    assert caught.value.code == "not_signed_in"
    assert len(fake.seen) == 1, "more tries would lock the account"


def test_ended_session_is_renewed_once_and_not_again() -> None:
    adapter = Tryton()
    quiet = as_json({"id": 1, "result": []})
    with serve(*rpc(quiet)) as fake:
        run(adapter.pull("units", None, RPC), base_url=fake.base_url)
    out, signed_in = as_json({}, 401), rpc()
    problem = failing(adapter.pull("units", None, RPC), out, *signed_in, out)
    assert problem.code == "not_signed_in"


# ---------------------------------------------------------------- a button that does nothing

INTENT = PostingIntent(
    kind=PostingKind.HOLD,
    reference="NCR26000001-01",
    item_id="25",
    lot_id="66",
    quantity=Decimal("10"),
    unit_id="1",
    from_role=PlaceRole.STORAGE,
    to_role=PlaceRole.QUARANTINE,
    planned_date=dt.date(2026, 11, 20),
)
PLACES = [{"id": 3, "code": "STO"}, {"id": 10, "code": "QUA"}, {"id": 11, "code": "SCRAP"}]
ACTION = {"type": "ir.action.wizard", "wiz_name": "quality.inspect", "id": 77}


def shipment(state: str, quantity: Any = 10.0) -> dict[str, Any]:
    move = {"id": 1, "product": 25, "lot": 66, "quantity": quantity, "unit": 1, "from_location": 3, "to_location": 10,
            "state": state}  # fmt: skip
    return {"id": 2, "number": "2", "reference": INTENT.reference, "state": state, "moves": [move]}


def over_rpc(*results: Any) -> list[Answer]:
    return rpc(*(as_json({"id": 1, "result": result}) for result in results))


def test_button_that_returns_an_action_over_rpc() -> None:
    rows = {**shipment("draft"), "moves.": shipment("draft")["moves"]}
    assert failing(Tryton().post(INTENT, RPC), *over_rpc(PLACES, [rows], ACTION)).code == "needs_person"


@pytest.mark.parametrize("answer", [ACTION, None, [1]])
def test_button_that_returns_an_action_over_rest(answer: Any) -> None:
    problem = failing(Tryton().post(INTENT, REST), as_json(PLACES), as_json([shipment("draft")]), as_json(answer))
    assert problem.code == "needs_person"


@pytest.mark.parametrize("state", ["draft", "assigned"])
def test_button_that_changes_nothing(state: str) -> None:
    same = as_json([shipment(state)])
    answers = [as_json(PLACES), same, as_json({"id": 2}), same]
    assert failing(Tryton().post(INTENT, REST), *answers).code == "needs_person"


def test_state_that_nobody_knows() -> None:
    problem = failing(Tryton().post(INTENT, REST), as_json(PLACES), as_json([shipment("frozen")]))
    assert problem.code == "unexpected_state"


def test_document_that_differs_after_posting() -> None:
    """Done, but of 7 pieces: somebody changed it between our look and the posting."""
    answers = [PLACES, [shipment("assigned")], {"id": 2}, [shipment("done", 7.0)]]
    problem = failing(Tryton().post(INTENT, REST), *map(as_json, answers))
    assert problem.code == "differs" and problem.permanent


def test_assignment_may_split_the_move() -> None:
    done = shipment("done", 4.0)
    done["moves"].append({**done["moves"][0], "id": 5, "quantity": 6.0})
    with serve(as_json(PLACES), as_json([done])) as fake:
        assert run(Tryton().post(INTENT, REST), base_url=fake.base_url).read_back["quantity"] == "10.0"


# ---------------------------------------------------------------- rows and settings

UNIT = {"id": 1, "symbol": "u", "name": "Unit", "category": {"id": 1, "name": "Units"}, "factor": 1.0, "rounding": 1.0,
        "digits": 0, "active": True, "write_date": None}  # fmt: skip
MADE = {"__class__": "datetime", "year": 2026, "month": 11, "day": 20, "hour": 9, "minute": 30, "second": 1,
        "microsecond": 250}  # fmt: skip


def test_a_bad_row_does_not_stop_the_rows_behind_it() -> None:
    rows = [{**UNIT, "id": 1, "create_date": MADE, "factor": "many"}, {**UNIT, "id": 2, "create_date": MADE}]
    rows.append({key: value for key, value in UNIT.items() if key != "digits"} | {"id": 3, "create_date": MADE})
    with serve(as_json([]), as_json(rows)) as fake:
        page = run(Tryton().pull("units", None, REST), base_url=fake.base_url)
    assert [record.external_id for record in page.records] == ["2"]
    assert [bad.external_id for bad in page.bad] == ["1", "3"]
    assert "digits" in page.bad[1].problem and page.bad[0].raw["factor"] == "many"


def test_dates_are_read_in_the_time_zone_of_the_server() -> None:
    answers = (as_json([]), as_json([{**UNIT, "create_date": MADE}]))
    with serve(*answers) as fake:
        page = run(Tryton().pull("units", None, {**REST, "timezone": "Asia/Shanghai"}), base_url=fake.base_url)
    assert page.records[0].changed_at == dt.datetime(2026, 11, 20, 1, 30, 1, 250, tzinfo=dt.UTC)


def test_numbers_never_pass_through_binary_fractions() -> None:
    text = json.dumps([{**UNIT, "create_date": MADE}]).replace('"factor": 1.0', '"factor": 0.1000000000000000055')
    with serve(as_json([]), Answer(body=text.encode())) as fake:
        page = run(Tryton().pull("units", None, REST), base_url=fake.base_url)
    record = page.records[0]
    assert str(record.factor) == record.raw["factor"] == "0.1000000000000000055"


@pytest.mark.parametrize(
    ("exchange", "code"),
    [
        (lambda: Tryton().pull("units", None, {"database": "plant"}), "settings"),
        (lambda: Tryton().pull("units", None, {**REST, "timezone": "Mars/Base"}), "settings"),
        (lambda: Tryton().pull("cakes", None, REST), "unknown_object"),
        (lambda: Tryton().pull("units", "{}x", REST), "bad_cursor"),
        (lambda: Tryton().pull("units", '{"other": 1}', REST), "bad_cursor"),
    ],
)
def test_settings_and_cursors_that_are_wrong(exchange: Any, code: str) -> None:
    assert failing(exchange(), as_json([])).code == code


def test_company_has_to_be_clear() -> None:
    settings = {"database": "plant", "rest_key": "k"}
    assert failing(Tryton().pull("units", None, settings), as_json([{"id": 1}, {"id": 2}])).code == "company_unclear"


def test_session_of_the_caller_is_used_and_left_open() -> None:
    session = requests.Session()
    with serve(Answer(body=b"one")) as fake:
        assert run(ask(), base_url=fake.base_url, session=session).body == b"one"
        assert run(ask(), base_url=fake.base_url, session=session).body == b"one"
    session.close()
