"""Computed characteristics: by the server, from readings of the same piece, in units that fit."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inspection import actions
from inspection.actions import Cell
from qms.lib.errors import Conflict, Invalid
from tests.factories import person

PROVES = ("11.10(a)", "11.10(f)")
pytestmark = pytest.mark.django_db


def line(balloon, **values):
    return {"balloon": balloon, "name": f"D{balloon}", "upper": Decimal(30), "unit": "mm", **values}


MEAN = line("3", kind="computed", formula="(b1 + b2) / 2", lower=Decimal(12), upper=Decimal("12.05"))


def read(inspection, *cells):
    return actions.record_readings(inspection=inspection, by=person("inspector"), cells=cells)


def begun(make, *lines):
    return make.inspection(state="RELEASED", plan=make.lotplan(characteristics=list(lines)))


def values(inspection, balloon="3"):
    rows = inspection.readings().filter(characteristic__balloon=balloon).order_by("sample", "attempt")
    return [(one.sample, one.attempt, one.value, one.verdict) for one in rows]


def test_the_server_computes_each_piece_exactly_and_anew_when_it_is_read_again(make):
    made = begun(make, line("1"), line("2", unit="in"), MEAN)
    read(made, Cell("1", 1, "12.02"), Cell("1", 2, "13"))
    assert values(made) == []  # an operand is missing: no value and no verdict
    made = read(made, Cell("2", 1, "0.473"), Cell("2", 2, "0.473"))
    assert values(made) == [(1, 1, Decimal("12.0171"), "passed"), (2, 1, Decimal("12.5071"), "failed")]
    made = read(made, Cell("1", 2, "12,02", reason="chip under the anvil"))
    assert values(made)[1:] == [(2, 1, Decimal("12.5071"), "failed"), (2, 2, Decimal("12.0171"), "passed")]
    anew = made.current_readings().get(characteristic__balloon="3", sample=2)
    assert anew.reason == "Computed anew from 1: 12,02, 2: 0.473."
    assert actions.complete(inspection=made, by=person("engineer")).verdict == "accepted"


def test_nobody_types_what_is_computed_and_what_has_no_result_is_refused_whole(make):
    made = begun(
        make, line("1"), line("2"), line("3", kind="computed", formula="b1 / (b1 - b2)", unit="", upper=Decimal(9))
    )
    with pytest.raises(Invalid, match="is computed: b1 / "):
        read(made, Cell("3", 1, "2"))
    with pytest.raises(Invalid, match="cannot be computed from 1: 5, 2: 5"):
        read(made, Cell("1", 1, "5"), Cell("2", 1, "5"))
    assert not made.readings().exists()


@pytest.mark.parametrize(
    ("lines", "wrong", "why"),
    [
        ([line("1"), line("2", unit="N")], {"formula": "b1 + b2"}, "adds or compares mm and N"),
        ([line("1"), line("2")], {"formula": "b1 * b2"}, r"gives mm\^2, but the characteristic has the unit mm"),
        ([line("1"), line("2")], {"formula": "sqrt(b1 * b2)", "unit": "kg"}, "gives mm, but"),
        ([line("1"), line("2", unit="in")], {"formula": "b1 * b2", "unit": "mm²"}, "counts with in, mm"),
        ([line("1"), line("2", sampling="fixed", sample_size=1)], {}, "2 is measured on other pieces"),
        ([line("1"), line("2", kind="computed", formula="b3")], {}, "not with computed ones"),
        ([line("1"), line("4")], {}, "b2, which is no measured"),
    ],
)
def test_a_formula_that_mixes_units_pieces_or_circles_is_refused_in_the_plan(make, lines, wrong, why):
    with pytest.raises(Invalid, match=why):
        make.inspectionplan(characteristics=[*lines, {**MEAN, **wrong}])


def test_the_grid_shows_it_and_brings_it_with_the_saved_cell(make, client, django_assert_max_num_queries):
    made = begun(make, line("1"), line("2"), MEAN)
    made = read(made, Cell("2", 1, "12.04"))
    client.force_login(person("inspector"))
    url = reverse("inspection:inspection-readings", args=[made.number])
    first, mean = made.characteristics.get(balloon="1"), made.characteristics.get(balloon="3")
    assert f'name="c.{mean.uid}.1"' not in client.get(url).content.decode()
    name = f"c.{first.uid}.1"
    with django_assert_max_num_queries(23):  # 18 without a formula
        answer = client.post(url, {"cell": name, name: "12.02"}, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-swap-oob="true"' in answer and ">12.03</output>" in answer
    with pytest.raises(Conflict):
        read(made, Cell("1", 1, "12"))
