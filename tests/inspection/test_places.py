"""A balloon stands on the drawing: placed by click, kept through edits and editions, shown beside the readings."""

import pytest
from django.urls import reverse

from inspection import actions, queries
from inspection.models import InspectionPlan
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.models import Attachment
from tests.factories import person
from tests.factories.pictures import picture
from tests.factories.plans import BORE, BURR

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(make):
    """A draft with a sheet: (plan, picture)."""
    plan = make.inspectionplan(characteristics=[BORE, BURR])
    return plan, records.attach(record=plan, name="sheet 1.png", content=picture(), by=person("engineer"))


def place(client, plan, **points):
    """`points`: balloon with an n before it → "across,down"."""
    client.force_login(person("engineer"))
    data = {"_key": str(uuid7()), "version": InspectionPlan.objects.get(pk=plan.pk).version}
    for row in plan.characteristics.all():
        x, _comma, y = points.get(f"n{row.balloon}", ",").partition(",")
        data |= {f"x.{row.uid}": x, f"y.{row.uid}": y}
    return client.post(reverse("inspection:inspectionplan-place", args=[plan.number]), data)


def test_it_is_kept_in_thousandths_and_stays_when_the_line_is_edited(client, drawn):
    plan, sheet = drawn
    assert place(client, plan, n1="42.5,10").status_code == 302
    bore, burr = plan.characteristics.all()
    assert (bore.place, burr.place) == (f"{sheet.sha256}@425,100", "")
    page = client.get(reverse("inspection:inspectionplan-characterise", args=[plan.number])).content.decode()
    assert f'value="{bore.place}"' in page


def test_outside_the_picture_nothing_is_kept(client, drawn):
    plan, _picture = drawn
    answer = place(client, plan, n1="42,101")
    assert answer.status_code == 422 and "from 0 to 100" in answer.content.decode()
    assert [row.place for row in plan.characteristics.all()] == ["", ""]
    with pytest.raises(Invalid, match="a picture of the plan"):
        actions.characterise(
            inspectionplan=plan, by=person("engineer"), characteristics=[{**BORE, "place": "somewhere"}]
        )


def test_without_a_place_the_signed_content_is_what_it_was(drawn):
    plan, _picture = drawn
    assert all("place" not in one for one in plan.snapshot()["characteristics"])


def test_the_next_edition_and_the_readings_find_the_picture_of_the_first(client, make, drawn):
    plan, sheet = drawn
    place(client, plan, n1="50,50")
    plan = make.plan_step(make.plan_step(InspectionPlan.objects.get(pk=plan.pk), "submit"), "release")
    following = actions.draft(by=person("engineer"), site=plan.site, base=plan)
    assert set(queries.plans.pictures(following)) == {sheet.sha256}
    inspection = make.inspection(state="RELEASED", plan=plan)
    client.force_login(person("inspector"))
    page = client.get(reverse("inspection:inspection-readings", args=[inspection.number])).content.decode()
    assert 'data-x="500"' in page and reverse("office:preview", args=[sheet.uid, "large"]) in page
    assert Attachment.objects.filter(sha256=sheet.sha256).count() == 1
