"""The definer functions take canonical JSON and a complete envelope only, also from somebody who holds the application's login."""

import json
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qms.lib import canonical
from tests.databases import direct

PROVES = ("11.10(e)", "G1", "v5.0.0-16.4.2")
WHO = '{"id":"7","name":"Somebody","on_behalf":"","role":""}'
OPEN = "SELECT set_config('qms.act', gen_random_uuid()::text, false), set_config('qms.actor', %s, false), set_config('qms.who', %s, false)"
RECORD = "SELECT * FROM qms_record_act(%s, 1, %s, %s, 'label', NULL, %s)"
MANY = "SELECT * FROM qms_record_acts(%s, 1, %s, %s::json)"

WRONG = [
    "", "x", "null", "1", '"text"', "[]", '[{"a":1}]', "{", '{"a":1}}', '{"a":1},"event":"ncr.closed"', '{"a":1,"a":2}', "{'a':1}",
    '{"b":1,"a":2}', '{"a":{"d":1,"c":2}}', '{"a":[{"d":1,"c":2}]}', '{ "a":1}', '{"a": 1}', '{"a":1 }', '{"a":1,\n"b":2}', '{"a":[1, 2]}',
    '{"a":"x, y", "b":1}', '{"a":1.5}', '{"a":1e3}', '{"a":-1.5}', '{"a":[1.0]}', '{"a":-0}', '{"a":12345678901234567}', '{"a":NaN}',
    '{"a":"\\u0041"}', '{"a":"\\/"}', '{"a":"\\u000A"}', '{"a":"\\u000a"}', '{"B":1,"A":2}', '{"a":1,"B":2}',
]  # fmt: skip
RIGHT = [
    "{}", '{"a":1}', '{"A":1,"a":2}', '{"a":"1.5 mm, x: y"}', '{"a":[1,-2,9007199254740991],"b":{"c":null,"d":true}}',
    '{"a":"line\\nline"}',
    '{"a":"\\u001f"}', '{"a":"a \\"quoted\\" word, [1, 2] { \\"b\\": 1.5 }"}', '{"a":"\\\\u0041"}', '{"a":"公差 1.5"}', '{"a":[],"b":[[]]}',
    '{"a":"-0 1e5"}', '{"a":"x\\\\"}',
]  # fmt: skip


@pytest.fixture
def app(db: Any) -> Any:
    with direct("app") as connection:
        connection.execute("BEGIN")
        connection.execute(OPEN, ["7", WHO])
        yield connection
        connection.execute("ROLLBACK")


def refused(app: Any, sql: str, values: list[Any]) -> bool:
    try:
        with app.transaction():
            app.execute(sql, values)
    except psycopg.Error as error:
        return error.sqlstate in ("QM001", "22P02", "22023", "22P05", "22030")
    return False


@pytest.mark.parametrize("data", WRONG)
def test_what_is_not_canonical_is_no_entry(app, data):
    assert refused(app, RECORD, ["x.y", "ncr.nonconformance", "1", data])
    assert refused(
        app, MANY, ["x.y", "ncr.nonconformance", json.dumps([{"key": "1", "label": "l", "site": None, "data": data}])]
    )


@pytest.mark.parametrize("data", RIGHT)
def test_what_is_canonical_is_one(app, data):
    assert not refused(app, RECORD, ["x.y", "ncr.nonconformance", "1", data])
    assert not refused(
        app, MANY, ["x.y", "ncr.nonconformance", json.dumps([{"key": "1", "label": "l", "site": None, "data": data}])]
    )


@pytest.mark.parametrize(
    ("event", "kind", "key"),
    [("", "a", "1"), ("no dots", "a", "1"), ("x.y", "", "1"), ("x.y", "a", ""), ("x.y'", "a", "1")],
)
def test_an_entry_names_event_kind_and_record(app, event, kind, key):
    assert refused(app, RECORD, [event, kind, key, "{}"])


WHOS = [
    "",
    "{}",
    "null",
    "[]",
    '{"id":"7"}',
    '{"id":"8","name":"Another"}',
    '{"id":"7","name":""}',
    WHO + ',"event":"forged"',
    '{"id":"7","name":"a","name":"b"}',
]


@pytest.mark.parametrize("who", WHOS)
def test_an_entry_says_who_acts(app, who):
    app.execute(OPEN, ["7", who])
    assert refused(app, RECORD, ["x.y", "a", "1", "{}"])


def test_nobody_is_no_actor(app):
    app.execute(OPEN, ["", WHO.replace('"7"', '""')])
    assert refused(app, RECORD, ["x.y", "a", "1", "{}"])


def test_a_row_says_who_acts_too(app):
    app.execute(OPEN, ["7", '{"id":"7"}'])
    assert refused(app, "UPDATE accounts_site SET name = name || ' ' WHERE code = 'AUG'", [])
    app.execute(OPEN, ["7", WHO])
    assert not refused(app, "UPDATE accounts_site SET name = name || ' ' WHERE code = 'AUG'", [])


VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=list(__import__("hypothesis").HealthCheck)
)
@given(
    value=st.dictionaries(st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=8), VALUES, max_size=5)
)
def test_all_that_our_writer_writes_is_taken(app, value):
    text = canonical.dumps(value)
    [taken] = app.execute("SELECT qms_is_canonical(%s)", [text]).fetchone()
    assert taken, text
