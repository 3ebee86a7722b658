"""Measurement systems: computed by the server, concluded by another person, shown where a gauge is chosen."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions, pictures, queries
from inspection.models import MsaStudy
from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.records.bundle import report
from tests.factories import person, signing
from tests.factories.studies import ROWS

pytestmark = pytest.mark.django_db
PROVES = ("11.10(e)", "11.70")
STEPS = actions.MSASTUDY_STEPS
SHEET = """\
Berg; 1; 10,000; 10,001
Berg\t2\t10.05\t10.051
Berg; 3; 9.95; 9.951
Kolb; 1; 10.001; 10.002
Kolb; 2; 10.051; 10.052
Kolb; 3; 9.951; 9.952
"""


def test_a_sheet_is_pasted_computed_and_concluded_by_another_person(make, people, client):
    gauge = make.gauge()
    client.force_login(people["engineer"])
    given = {
        "kind_of_study": "crossed", "characteristic": "Bore", "performed_date": str(now().date()), "tolerance": "0,2", "rows": SHEET,
    }  # fmt: skip
    answer = client.post(reverse("inspection:msastudy-create", args=[gauge.number]), given)
    assert answer.status_code == 302, answer.content.decode()
    study = MsaStudy.objects.get()
    # Six cells whose two readings differ by 0.001: 6 × 5e-7 over 6 + 2 degrees of freedom, the interaction being pooled.
    parts = {name: rest for name, *rest in study.result["components"]}
    assert float(parts["repeatability"][0]) == pytest.approx(3.75e-7, rel=1e-4) and study.result["method"].endswith(
        "pooled"
    )
    assert (study.grade, study.is_of_tolerance, study.ndc) == ("good", True, study.ndc) and study.ndc > 5
    assert float(study.percent) == round(100 * 6 * float(parts["total_grr"][1]) / 0.2, 2)
    page = client.get(study.get_absolute_url()).content.decode()
    assert "Berg" in page and "10.051" in page and f"{study.percent}" in page
    with pytest.raises(Forbidden):
        STEPS["approve"](msastudy=study, by=people["engineer"], signing=signing(people["engineer"]), reason="fine")
    done = STEPS["approve"](
        msastudy=study, by=people["manager"], signing=signing(people["manager"]), reason="May be used for the bore."
    )
    assert done.state == "APPROVED" and queries.msa.newest([gauge.pk])[gauge.pk] == done
    assert "of tolerance" in client.get(gauge.get_absolute_url()).content.decode()


def test_what_is_known_of_a_gauge_stands_where_it_is_chosen(make, people, client):
    study = make.msastudy(state="APPROVED")
    other = make.gauge()
    one = {
        "balloon": "1",
        "name": "Bore",
        "kind": "variable",
        "nominal": Decimal(10),
        "lower": Decimal("9.9"),
        "upper": Decimal("10.1"),
        "unit": "mm",
    }
    lot = make.inspection(state="RELEASED", plan=make.lotplan(characteristics=[one]))
    client.force_login(people["inspector"])
    page = client.get(reverse("inspection:inspection-readings", args=[lot.number])).content.decode()
    assert f"{study.gauge.asset} · {study.told}" in page and f"{other.asset} · no MSA" in page


@pytest.mark.parametrize(
    ("kind", "rows", "more", "grade", "figure"),
    [
        ("type_one", [{"values": ["10", "10.001", "9.999", "10", "10.001", "9.999"]}], {"reference": "10"}, "good", "cg"),
        ("type_one", [{"values": ["10.1", "10.2", "9.9"]}], {"reference": "10"}, "poor", "cgk"),
        ("bias", [{"values": ["10.1", "10.2", "9.9"]}], {"reference": "10"}, "good", "bias"),
        ("bias", [{"values": ["10.10", "10.11", "10.12"]}], {"reference": "10"}, "poor", "bias"),
        (
            "linearity",
            [{"part": str(n), "reference": str(n), "values": [f"{1.1 * n:.2f}", f"{1.1 * n + 0.01:.2f}"]} for n in (2, 4, 6)],
            {}, "poor", "slope",
        ),
        ("ranges", ROWS, {}, "good", "r_bar"),
        ("nested", ROWS, {}, "good", None),
        (
            "agreement",
            [{"appraiser": a, "part": p, "reference": r, "values": [r, r]} for a in "AB" for p, r in (("1", "good"), ("2", "bad"))],
            {}, "good", "kappa · A",
        ),
        (
            "agreement",
            [{"appraiser": a, "part": p, "reference": r, "values": v} for a in "AB" for p, r, v in (
                ("1", "good", ["bad", "good"]), ("2", "bad", ["good", "bad"]),
            )],
            {}, "poor", "between",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_study_has_a_grade_and_its_figures(make, client, people, kind, rows, more, grade, figure):
    study = make.msastudy(kind=kind, rows=rows, **more)
    assert study.grade == grade
    assert figure is None or figure in dict(study.result["figures"])
    client.force_login(people["manager"])
    assert client.get(study.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rows": [{**ROWS[0], "values": ["10.0", "ten"]}]}, "Line 1: “ten”"),
        ({"rows": [*ROWS[:-1], {**ROWS[-1], "values": ["10.0", ""]}]}, "Line 6 has 1 to"),
        ({"rows": ROWS[:-1]}, "not balanced"),
        ({"rows": ROWS[:3]}, "2 operators or more"),
        ({"rows": [*ROWS, ROWS[0]]}, "Line 7: Berg has measured part 1"),
        ({"rows": []}, "1 to 200 lines"),
        ({"tolerance": "0"}, "wider than 0"),
        ({"tolerance": "wide"}, "“wide” is not a number"),
        ({"kind": "type_one", "rows": [{"values": ["1", "2"]}]}, "reference value"),
        (
            {"kind": "type_one", "rows": [{"values": ["1", "2"]}], "reference": "1", "tolerance": ""},
            "width of the tolerance",
        ),
        ({"performed_date": now().date() + timedelta(days=2)}, "after it was carried out"),
        ({"kind": "horoscope"}, "Choose the kind"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_place_and_nothing_is_kept(make, values, said):
    with pytest.raises(Invalid, match=said):
        make.msastudy(**values)
    assert not MsaStudy.objects.exists()


def test_the_same_study_again_is_one_and_a_retired_gauge_has_none(make, people):
    gauge, key = make.gauge(), make.gauge().uid
    given = {"gauge": gauge, "kind": "crossed", "characteristic": "Bore", "performed_date": now().date(), "rows": ROWS}
    assert actions.study(by=people["engineer"], uid=key, **given) == actions.study(
        by=people["engineer"], uid=key, **given
    )
    with pytest.raises(Conflict, match="studied no more"):
        make.msastudy(gauge=make.gauge(state="RETIRED"))


def test_the_database_holds_four_eyes(make, people):
    study = make.msastudy()
    with journal.act(journal.EVENTS["msastudy.approved"], by=people["engineer"]) as act:
        with pytest.raises(DatabaseError, match="msastudy_four_eyes"), transaction.atomic():
            MsaStudy.objects.filter(pk=study.pk).update(
                approved_by=people["engineer"], conclusion="fine", state="APPROVED"
            )
        act.record("msastudy")


def test_rest_records_and_computes(make, client, people):
    gauge = make.gauge()
    client.force_login(people["engineer"])
    body = {
        "gauge": gauge.number,
        "kind": "crossed",
        "characteristic": "Bore",
        "performed_date": str(now().date()),
        "rows": ROWS,
    }
    answer = client.post("/api/v1/msa-studies", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["grade"] == "good" and not told["is_of_tolerance"] and person("engineer")


def test_means_and_ranges_stand_by_part_and_appraiser_with_a_gap_between_two_people(make, client):
    made = make.msastudy()
    drawn = str(pictures.of_people(made))
    assert drawn.count("<polyline") == 4 and "Berg · 1: 10.0005" in drawn and "Kolb · 3: 9.9515" in drawn
    assert "(R)" not in drawn and drawn.count("<circle") == 12
    wild = [
        {**row, "values": ["9", "11"]} if row["appraiser"] == "Kolb" and row["part"] == "2" else row for row in ROWS
    ]
    assert "Kolb · 2: 2 (R)" in str(pictures.of_people(make.msastudy(rows=wild)))
    steady = [{"values": ["1", "1.01", "0.99", "1", "1.02"]}]
    assert pictures.of_people(make.msastudy(kind="type_one", rows=steady, reference="1")) is None
    client.force_login(person("engineer"))
    assert drawn in client.get(made.get_absolute_url()).content.decode()
    assert [title for title, _svg in report.PICTURES["inspection.msastudy"](made)] == ["By part and appraiser"]
