"""The validation tables tell the truth: every test that they name exists, every id stands once, and what is open only becomes less."""

import re

from qms.docs import validation

PROVES = ("G20", "G24", "11.10(a)")
# Rows of the clause table that are not shown, or not wholly. Only ever shorten this list.
OPEN_CLAUSES = {
    "13485 4.2.4", "13485 8.5.2", "AS9102C",
}  # fmt: skip
OPEN_REQUIREMENTS = 0
TESTED = 0.80


def test_every_named_test_exists():
    rows = [*validation.clauses(), *validation.requirements().values()]
    named = {name for row in rows for name in row.get("tests", [])}
    assert sorted(name for name in named if not validation.exists(name)) == []
    assert len(named) > 150


def test_open_clauses_only_become_less():
    rows = validation.clauses()
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["id"] for row in rows if validation.is_open(row)} == OPEN_CLAUSES
    assert all(row["of"] and row["behaviour"] for row in rows)


def test_every_clause_that_a_test_names_has_a_row():
    from qms.docs import traceability

    known = {row["id"] for row in validation.clauses()}
    named = {name for name in traceability.proofs() if not re.fullmatch(r"G[0-9]+|v5\.0\.0-[0-9.]+|[0-9]+", name)}
    assert named <= known


def test_requirements_are_cited_once_and_answered():
    rows = validation.requirements()
    assert all(re.fullmatch(r"([1-9]|1[0-6])\.[1-9][0-9]*\.[1-9][0-9]*", name) for name in rows)
    for name, row in rows.items():
        assert row["control"] and validation.kind(row), name
        assert set(row) <= {"control", *validation.KINDS}, name
        assert not (row.get("absent") and row.get("tests")), name


def test_most_are_tested_and_what_is_open_is_counted():
    kinds = [validation.kind(row) for row in validation.requirements().values()]
    applicable = [kind for kind in kinds if kind != "absent"]
    answered = [kind for kind in applicable if kind != "duty"]
    assert answered.count("tests") / len(answered) >= TESTED
    assert applicable.count("open") == OPEN_REQUIREMENTS


def test_every_feature_has_a_risk_and_tests_that_exist():
    rows = validation.features()
    assert len({row["name"] for row in rows}) == len(rows) >= 15
    for row in rows:
        assert row["risk"] in validation.RISKS and row["use"] and row["tests"], row["name"]
        assert [name for name in row["tests"] if not validation.exists(name)] == [], row["name"]
        assert row["risk"] != "high" or len(row["tests"]) >= 2
        for one in row.get("unscripted", ()):
            assert set(one) == {"date", "who", "tried", "found", "conclusion"} and all(one.values())
