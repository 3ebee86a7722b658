"""A balloon stands on the drawing: placed by click, kept through edits and editions, shown beside the readings."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from inspection import actions, queries
from inspection.models import InspectionPlan
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records import pdf_pages, store
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


def drawing(*sizes):
    """A PDF of blank sheets, in points at 72 dpi."""
    sheets = [Image.new("RGB", size, "white") for size in sizes or [(842, 595)]]
    file = io.BytesIO()
    sheets[0].save(file, "PDF", save_all=True, append_images=sheets[1:])
    return file.getvalue()


class TestPages:
    """A drawing comes as a PDF: its page becomes a sheet."""

    @pytest.fixture
    def plan(self, make):
        made = make.inspectionplan(characteristics=[BORE, BURR])
        records.attach(record=made, name="D-4711 B.pdf", content=drawing((842, 595), (595, 842)), by=person("engineer"))
        return InspectionPlan.objects.get(pk=made.pk)

    def ask(self, client, plan, **told):
        client.force_login(person("engineer"))
        [file] = queries.plans.documents(plan)
        sent = {
            "_key": str(uuid7()),
            "version": InspectionPlan.objects.get(pk=plan.pk).version,
            "file": file,
            "page": "2",
            **told,
        }
        return client.post(reverse("inspection:inspectionplan-pdf", args=[plan.number]), sent)

    def test_it_is_attached_once_and_balloons_are_placed_on_it(self, client, plan):
        client.force_login(person("engineer"))
        url = reverse("inspection:inspectionplan-place", args=[plan.number])
        assert reverse("inspection:inspectionplan-pdf", args=[plan.number]) in client.get(url).content.decode()
        answer = self.ask(client, plan)
        [sheet] = queries.plans.pictures(plan).values()
        assert (sheet.name, sheet.media_type, sheet.by) == ("D-4711 B p2.png", "image/png", person("engineer"))
        assert answer["Location"] == f"{url}?picture={sheet.sha256}"
        with Image.open(io.BytesIO(store.original(sheet.sha256))) as picture:
            assert picture.size == (1653, 2339), "200 dpi"
        assert self.ask(client, plan).status_code == 302 and len(queries.plans.pictures(plan)) == 1
        place(client, plan, n1="50,50")
        assert plan.characteristics.first().place == f"{sheet.sha256}@500,500"

    def test_a_large_sheet_is_no_larger_than_can_be_shown(self, make):
        wide = pdf_pages.picture(drawing((3370, 2384)), page=1, name="A0.pdf")
        with Image.open(io.BytesIO(wide)) as picture:
            assert max(picture.size) == 5000

    def test_what_cannot_be_drawn_is_refused_with_what_to_do(self, client, plan):
        answer = self.ask(client, plan, page="3")
        assert answer.status_code == 422 and "has 2 pages" in answer.content.decode()
        for broken in (b"%PDF-1.7 nothing", drawing()[:200]):
            with pytest.raises(Invalid, match="damaged, or locked") as refused:
                pdf_pages.picture(broken, page=1, name="x.pdf")
            assert refused.value.hint
        with pytest.raises(Invalid, match="no such PDF"):
            actions.draw_page(inspectionplan=plan, by=person("engineer"), file="0" * 64, page=1)
        assert not queries.plans.pictures(plan)

    def test_one_that_takes_too_much_ends_its_own_process(self, plan, settings):
        settings.PRINT_MEMORY_MB = 20
        with pytest.raises(Invalid, match="too large"):
            pdf_pages.picture(drawing((3370, 2384)), page=1, name="A0.pdf")

    def test_a_released_plan_gets_no_more_sheets(self, make):
        plan = make.lotplan()
        with pytest.raises(Conflict):
            actions.draw_page(inspectionplan=plan, by=person("engineer"), file="0" * 64, page=1)
