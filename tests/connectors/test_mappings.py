"""A mapping is drafted, tested, approved by somebody else, used, and taken back; the database holds what was tested."""

import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from connectors import actions, proving, queries
from connectors.models import InboxMessage
from ncr.models import Nonconformance
from qms import journal
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.records import actions as records
from tests.factories import person, signing

from .mes import event, mes, mes_interface

__all__ = ["mes", "mes_interface"]
PROVES = ("89",)
pytestmark = pytest.mark.django_db

TYPE = "mes.defect.logged"
RULES = {
    "fields": [
        {"to": "nc_code", "from": "/Fehler/Code", "values": {"17": "DIM-OUT"}, "only": True},
        {"to": "part", "from": ["/Teil", "/Material"]},
        {"to": "quantity.affected", "from": "/Gramm", "as": "decimal", "factor": "0.001", "when": "has(data.Gramm)"},
        {"to": "quantity.affected", "from": "/Menge", "as": "decimal", "comma": True, "when": "has(data.Menge)"},
        {"to": "severity", "value": "major"},
        {"to": "severity", "value": "critical", "when": "data.Klasse == 'A'"},
        {"to": "work_center", "cel": "data.Linie + '-' + data.Zelle"},
    ]
}
SENT = {"Fehler": {"Code": 17}, "Material": "RM-TI64-B25", "Menge": "2,5", "Klasse": "A", "Linie": "L1", "Zelle": "4"}
MADE = {
    "nc_code": "DIM-OUT",
    "part": "RM-TI64-B25",
    "quantity.affected": "2.5",
    "severity": "critical",
    "work_center": "L1-4",
}
VECTORS = [
    {"name": "good", "message": json.dumps(SENT), "expect": MADE},
    {"name": "unknown code", "message": json.dumps({**SENT, "Fehler": {"Code": 99}}), "fault": True},
]


@pytest.fixture
def draft(mes_interface, people):
    return actions.draft(
        by=people["integration"],
        interface=mes_interface,
        message_type=TYPE,
        note="new cell",
        rules=RULES,
        vectors=VECTORS,
    )


def approved(mapping):
    tested = actions.MAPPING_STEPS["test"](mapping=mapping, by=person("integration"))
    manager = person("manager")
    return actions.MAPPING_STEPS["approve"](mapping=tested, by=manager, signing=signing(manager))


def activated(mapping):
    return actions.MAPPING_STEPS["activate"](mapping=approved(mapping), by=person("integration"))


def test_from_the_draft_to_the_message_that_it_reads(draft, mes):
    assert (draft.number[:4], draft.edition, draft.state) == ("MAP-", 1, "DRAFT")
    sent = {**event(), "data": SENT}
    assert mes.post(sent).status_code == 422, "a draft reads nothing"
    used = activated(draft)
    assert used.state == "ACTIVE" and used.approved_by == person("manager")
    sent = {**event(), "data": SENT}
    assert mes.post(sent).status_code == 201
    ncr = Nonconformance.objects.get()
    assert (str(ncr.affected_quantity.normalize()), ncr.severity) == ("2.5", "critical")
    assert InboxMessage.objects.get(message_id=sent["id"]).mapping == used
    assert mes.get(f"receipts/mes-aug/{sent['id']}").json()["mapping"] == 1


def test_a_unit_is_converted_exactly(draft):
    grams = {name: value for name, value in SENT.items() if name != "Menge"} | {"Gramm": "0.1"}
    assert proving.result(TYPE, RULES, grams).fields["quantity.affected"] == "0.0001"


def test_tests_that_fail_block_with_the_first_reason(draft):
    wrong = [{**VECTORS[0], "expect": {**MADE, "severity": "minor"}}, VECTORS[1]]
    edited = actions.MAPPING_STEPS["edit"](mapping=draft, by=person("integration"), rules=RULES, vectors=wrong)
    with pytest.raises(Conflict, match="severity: minor was expected, critical was made"):
        actions.MAPPING_STEPS["test"](mapping=edited, by=person("integration"))
    unseen = [{**VECTORS[0], "expect": {k: v for k, v in MADE.items() if k != "work_center"}}]
    edited = actions.MAPPING_STEPS["edit"](mapping=edited, by=person("integration"), rules=RULES, vectors=unseen)
    with pytest.raises(Conflict, match="work_center: – was expected, L1-4 was made"):
        actions.MAPPING_STEPS["test"](mapping=edited, by=person("integration"))
    bare = actions.MAPPING_STEPS["edit"](mapping=edited, by=person("integration"), rules=RULES, vectors=[])
    with pytest.raises(Conflict, match="no test yet"):
        actions.MAPPING_STEPS["test"](mapping=bare, by=person("integration"))


def test_nobody_approves_what_they_wrote_and_the_database_holds_it(draft):
    author = person("integration")
    tested = actions.MAPPING_STEPS["test"](mapping=draft, by=author)
    with pytest.raises(Forbidden, match="wrote this mapping"):
        actions.MAPPING_STEPS["approve"](mapping=tested, by=author, signing=signing(author))
    with pytest.raises(DatabaseError, match="mapping_four_eyes|whoever acts"), transaction.atomic():
        records.step(
            record=tested,
            name="approve",
            by=person("manager"),
            signing=signing(person("manager")),
            change=lambda row: setattr(row, "approved_by", author) or ("approved_by",),
        )


@pytest.mark.parametrize("column", ["rules", "vectors"])
def test_nothing_is_changed_behind_its_test(draft, column):
    mapping = approved(draft)
    with (
        pytest.raises(IntegrityError, match="mapping_as_tested"),
        transaction.atomic(),
        journal.act(journal.EVENTS["mapping.edited"], by=person("integration")),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE connectors_mapping SET {column} = %s WHERE id = %s", [json.dumps({"fields": []}), mapping.pk]
        )


def test_an_edit_takes_the_test_away(draft):
    tested = actions.MAPPING_STEPS["test"](mapping=draft, by=person("integration"))
    edited = actions.MAPPING_STEPS["edit"](mapping=tested, by=person("integration"), rules=RULES, vectors=VECTORS)
    assert (edited.state, edited.tested) == ("DRAFT", "")
    sent_back = actions.MAPPING_STEPS["return"](mapping=approved(edited), by=person("manager"), reason="the unit is kg")
    assert (sent_back.state, sent_back.approved_by) == ("DRAFT", None)


def test_one_edition_reads_and_an_older_one_comes_back_by_one_step(draft, mes, mes_interface):
    first = activated(draft)
    rules = {"fields": [*RULES["fields"], {"to": "note", "value": "second"}]}
    vectors = [{**VECTORS[0], "expect": {**MADE, "note": "second"}}]
    second = actions.draft(
        by=person("integration"),
        interface=mes_interface,
        message_type=TYPE,
        note="notes",
        base=first,
        rules=rules,
        vectors=vectors,
    )
    assert (second.edition, second.base) == (2, first)
    activated(second)
    first.refresh_from_db()
    assert first.state == "RETIRED"
    back = actions.MAPPING_STEPS["roll-back"](mapping=first, by=person("integration"), reason="the notes are wrong")
    second.refresh_from_db()
    assert (back.state, second.state) == ("ACTIVE", "RETIRED")
    assert mes.post({**event(), "data": SENT}).status_code == 201
    assert Nonconformance.objects.get().description == ""


def test_old_messages_show_what_an_edition_would_change(draft, mes, mes_interface):
    activated(draft)
    for quantity in ("1", "2", "x"):
        mes.post({**event(), "data": {**SENT, "Menge": quantity}})
    second = actions.draft(
        by=person("integration"),
        interface=mes_interface,
        message_type=TYPE,
        note="no severity",
        base=draft,
        rules={"fields": [row for row in RULES["fields"] if row["to"] != "severity"]},
    )
    found = queries.impact(second)
    assert (found.compared, found.same, found.changed, found.worse) == (2, 0, 2, 0)
    assert found.examples[0].differences[0].field == "severity"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"to": "part"}, 'one of "from", "value" and "cel"'),
        ({"to": "part", "cel": "data.x +"}, "cel"),
        ({"to": "part", "cel": "data.l.map(x, x)"}, "map"),
        ({"to": "part", "from": "/x", "when": ""}, "when"),
        ({"to": "part", "from": "/x", "factor": "2"}, "factor"),
        ({"to": "part", "from": "/x", "as": "decimal", "factor": "-2"}, "factor"),
        ({"to": "part", "from": "/x", "values": ["a"]}, "values"),
    ],
)
def test_rules_that_cannot_be_read_are_refused_with_their_number(draft, row, why):
    with pytest.raises(Invalid, match="Rule 1") as refused:
        actions.MAPPING_STEPS["edit"](mapping=draft, by=person("integration"), rules={"fields": [row]}, vectors=[])
    assert why in str(refused.value)


def test_an_expression_without_a_value_is_a_fault_with_its_reason():
    made = proving.result(TYPE, RULES, {**SENT, "Linie": 7})
    assert "work_center" not in made.fields and "expression" in made.faults[0]


def test_only_those_with_the_right_and_the_site_may_write(draft, mes_interface):
    for who in ("engineer", "auditor", "operator"):
        with pytest.raises(Forbidden):
            actions.draft(by=person(who), interface=mes_interface, message_type=TYPE, note="x")
        with pytest.raises(Forbidden):
            actions.MAPPING_STEPS["edit"](mapping=draft, by=person(who), rules=RULES, vectors=VECTORS)
