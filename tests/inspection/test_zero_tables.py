"""A site's own C = 0 table: typed from its licensed book, signed with the plan, kept by each inspection."""

import json
import math
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions
from inspection.forms.zero import TableField, text_of
from inspection.models import InspectionPlan
from qms import journal
from qms.lib.errors import Invalid
from tests.factories import person

pytestmark = pytest.mark.django_db
TEXT = "Lots; 0.65; 1.0\n2-8; all; 5\n9-50\t20\t13\n51-; 32; 20"
ROWS = TableField().clean(TEXT)
C0 = {"scheme": "c0", "aql": Decimal("1.0"), "zero_table": ROWS}


def test_the_sample_is_that_of_the_row_and_says_where_it_comes_from(make):
    plan = make.lotplan(**C0, size=None)
    for quantity, n in ((1, 1), (8, 5), (9, 9), (50, 13), (51, 20), (100_000, 20)):
        lot = make.inspection(state="RELEASED", plan=plan, quantity=str(quantity))
        assert (lot.sample_size, lot.accept, lot.reject) == (n, 0, 1), quantity
    assert lot.sampling["source"] == "own C = 0 table" and lot.plan_content["zero_table"] == ROWS


def test_a_limiting_quality_is_found_with_nine_in_ten_and_a_table_goes_before_it(make):
    plan = make.lotplan(scheme="c0", aql=Decimal("1.0"), percent=Decimal(5), size=None)
    lot = make.inspection(state="RELEASED", plan=plan, quantity="500")
    # Hypergeometric: the smallest n with C(475, n) / C(500, n) of at most 0.10.
    n = lot.sample_size
    none = [math.comb(475, k) / math.comb(500, k) for k in (n - 1, n)]
    assert none[0] > 0.1 >= none[1] and "hypergeometric" in lot.sampling["source"] and "LQ 5 %" in plan.sampling_shown
    both = make.lotplan(**C0, percent=Decimal(5), size=None, operation="20")
    assert make.inspection(state="RELEASED", plan=both, quantity="500").sample_size == 20


def test_a_characteristic_of_its_own_rule_uses_the_table_where_it_has_its_aql(make):
    own = {"kind": "attribute", "sampling": "own", "scheme": "c0"}
    lines = [
        {"balloon": "1", "name": "Burr", "kind": "attribute"},
        {"balloon": "2", "name": "Crack", "aql": Decimal("0.65"), **own},
        {"balloon": "3", "name": "Dent", "aql": Decimal("4.0"), **own},
    ]
    lot = make.inspection(state="RELEASED", plan=make.lotplan(**C0, size=None, characteristics=lines), quantity="100")
    assert [one.sample_size for one in lot.characteristics.order_by("position")][:2] == [20, 32]
    assert "limiting quality" in lot.characteristics.get(balloon="3").sampling["source"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[1:], "begins at 9, and 1 is asked"),
        ([ROWS[0], ROWS[2]], "begins at 51, and 9 is asked"),
        *(
            ([{"from": 1, "to": None, "n": {"1.0": 5, aql: 5}}], "stands once")
            for aql in ("NaN", "Infinity", "-1", "1.00", "1E-9")
        ),
        (ROWS[:2], "without a gap"),
        ([{**ROWS[0], "to": None}, *ROWS[1:]], "without a gap"),
        ([{"from": 1, "to": None, "n": {"0.65": 5}}], "no column for AQL 1"),
        ([{"from": 1, "to": None, "n": {"1.0": 0}}], "below 1"),
        ([{"from": 1, "n": {"1.0": 5}}], "it needs from, to and n"),
        ([{"from": n, "to": n, "n": {"1.0": 1}} for n in range(1, 102)], "at most 100 rows"),
    ],
)
def test_a_table_that_leaves_a_lot_without_a_sample_is_refused_with_its_row(make, rows, said):
    with pytest.raises(Invalid, match=said) as refused:
        make.inspectionplan(**{**C0, "zero_table": rows})
    assert refused.value.field == "zero_table" and not InspectionPlan.objects.exists()


@pytest.mark.parametrize(
    "text", ["2-8; 5", "Lots; 1.0\n2-8", "Lots; 1.0\n8; 5", "Lots; x\n2-8; 5", "Lots; 1.0\n2-8; -5"]
)
def test_what_is_no_table_is_refused_in_the_form(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        TableField().clean(text)


def test_another_scheme_empties_it_and_the_database_keeps_it_so(make):
    assert make.inspectionplan(scheme="fixed", size=2, zero_table=ROWS, aql=None).zero_table == []
    plan = make.inspectionplan(**C0)
    event = journal.EVENTS["inspection_plan.edited"]
    with pytest.raises(DatabaseError), transaction.atomic(), journal.act(event, by=person("engineer")):
        InspectionPlan.objects.filter(pk=plan.pk).update(scheme="all", aql=None)


def test_by_page_by_interface_and_in_the_next_edition(make, client):
    plan = make.inspectionplan(released=True, **C0)
    client.force_login(person("engineer"))
    page = client.get(reverse("inspection:inspectionplan-create"), {"base": plan.number}).content.decode()
    assert "9-50; 20; 13" in page and text_of(ROWS).splitlines()[0].endswith("0.65; 1.0")
    assert "The site answers for this table" in client.get(plan.get_absolute_url()).content.decode()
    body = {"base": plan.number, "site": "AUG", "zero_table": [{"from": 1, "to": None, "n": {"1.0": "13"}}]}
    told = client.post(
        "/api/v1/inspection-plans", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": "z1"}
    )
    assert told.status_code == 201 and told.json()["zero_table"] == [{"from": 1, "to": None, "n": {"1.0": 13}}], (
        told.content
    )
    made = InspectionPlan.objects.get(number=told.json()["number"])
    assert (
        actions.INSPECTIONPLAN_STEPS["edit"](inspectionplan=made, by=person("engineer"), zero_table=[]).zero_table == []
    )
