from decimal import Decimal

import pytest

from connectors import mapping


def test_first_filled_source_counts_and_paths_nest():
    rules = {"fields": [{"to": "lot", "from": ["/a/0/b", "/c~1d"]}, {"to": "q.unit", "from": "/u", "default": "pcs"}]}
    assert mapping.apply(rules, {"a": [{"b": ""}], "c/d": " L1 "}).fields == {"lot": "L1", "q": {"unit": "pcs"}}


@pytest.mark.parametrize("body", [None, [], "x", 5, {"a": None}, {"a": {"b": []}}])
def test_no_body_makes_it_raise(body):
    rules = {"fields": [{"to": "x", "from": "/a/b/c", "as": "decimal"}, {"to": "y", "from": "/a", "as": "integer"}]}
    mapping.apply(rules, body)


def test_numbers_and_tables():
    rules = {
        "fields": [
            {"to": "n", "from": "/n", "as": "decimal", "comma": True},
            {"to": "i", "from": "/i", "as": "integer"},
            {"to": "s", "from": "/s", "values": {"1": "major"}, "only": True},
            {"to": "l", "from": "/l", "as": "list"},
        ]
    }
    good = mapping.apply(rules, {"n": "1,50", "i": "7", "s": 1, "l": "A"})
    assert good.fields == {"n": Decimal("1.50"), "i": 7, "s": "major", "l": ["A"]} and not good.troubles
    bad = mapping.apply(rules, {"n": "many", "i": "Infinity", "s": 9})
    assert {(t.pointer, t.code) for t in bad.troubles} == {
        ("/n", "not_a_number"),
        ("/i", "not_a_number"),
        ("/s", "not_in_table"),
    }


@pytest.mark.parametrize(
    "rules",
    [
        None,
        {},
        {"fields": []},
        {"fields": [{"from": "/x"}]},
        {"fields": [{"to": "x"}]},
        {"fields": [{"to": "x", "from": "/x", "value": 1}]},
        {"fields": [{"to": "x", "from": "x"}]},
        {"fields": [{"to": "x", "from": "/x", "as": "date"}]},
        {"fields": [{"to": "x", "from": "/x", "python": "import os"}]},
    ],
)
def test_rules_that_cannot_be_a_version(rules):
    assert mapping.check(rules)
