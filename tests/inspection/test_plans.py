"""Inspection plans: written by one, released by another, one per scope; a lot can rely on what it was begun with."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from inspection import actions, queries
from inspection.models import InspectionPlan, PlanCharacteristic
from qms import journal
from qms.accounts.models import Site
from qms.lib import canonical
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Customer, Item, Supplier
from tests.factories import person, signing
from tests.factories.buying import synced
from tests.factories.plans import BORE, BURR

PROVES = ("11.10(a)", "11.10(e)", "11.10(f)", "11.10(g)", "11.50", "11.70")
pytestmark = pytest.mark.django_db


def line(**values):
    return {"balloon": "9", "name": "Length", "kind": "variable", "upper": Decimal(5), "unit": "mm", **values}


def part(number="TB-4711"):
    return Item.objects.live().get(number=number)


def aug():
    return Site.objects.get(code="AUG")


class TestReleased:
    def test_a_released_plan_is_signed_by_another_than_its_author(self, make):
        plan = make.inspectionplan(released=True)
        assert (plan.state, plan.created_by, plan.released_by) == ("RELEASED", person("engineer"), person("manager"))
        assert plan.release.signer == person("manager") and plan.release.meaning == "approved"
        assert plan.sha256 == canonical.digest(plan.snapshot())

    def test_nobody_releases_what_they_wrote_or_edited(self, make):
        mine = make.inspectionplan(by="manager")
        actions.characterise(inspectionplan=mine, by=person("engineer"), characteristics=[BURR])
        plan = actions.INSPECTIONPLAN_STEPS["submit"](inspectionplan=mine, by=person("engineer"))
        with pytest.raises(Forbidden, match="somebody else"):
            actions.INSPECTIONPLAN_STEPS["release"](
                inspectionplan=plan, by=person("manager"), signing=signing(person("manager"))
            )

    def test_a_new_edition_supersedes_the_one_before_in_the_same_act(self, make):
        first = make.inspectionplan(released=True)
        second = actions.draft(by=person("engineer"), site=aug(), base=first)
        assert InspectionPlan.objects.get(pk=first.pk).state == "RELEASED"
        second = make.plan_step(make.plan_step(second, "submit"), "release")
        first.refresh_from_db()
        assert (first.state, second.state, second.edition, second.supersedes) == ("SUPERSEDED", "RELEASED", 2, first)
        assert second.family == first.family
        assert [row.origin for row in second.characteristics.all()] == [r.origin for r in first.characteristics.all()]

    def test_the_content_is_frozen_whoever_writes(self, make):
        plan = make.inspectionplan(released=True)
        row = plan.characteristics.first()
        tries = (
            lambda: InspectionPlan.objects.filter(pk=plan.pk).update(aql=Decimal("4.0")),
            lambda: PlanCharacteristic.objects.filter(pk=row.pk).update(upper=Decimal(13)),
            lambda: PlanCharacteristic.objects.filter(pk=row.pk).delete(),
            lambda: PlanCharacteristic.objects.create(plan=plan, position=9, balloon="9", name="x", kind="attribute"),
        )
        for write in tries:
            with (
                pytest.raises(DatabaseError, match=r"only (as|in) a draft"),
                transaction.atomic(),
                journal.act(journal.EVENTS["inspection_plan.edited"], by=person("engineer")) as act,
            ):
                write()
                act.record(plan)

    def test_a_plan_without_characteristics_cannot_be_submitted(self, make):
        plan = make.inspectionplan(characteristics=[])
        with pytest.raises(Conflict, match="no characteristics"):
            make.plan_step(plan, "submit")

    def test_one_draft_of_a_scope_at_a_time(self, make):
        plan = make.inspectionplan(operation="OP-ONE")
        with pytest.raises(Conflict, match=plan.number):
            make.inspectionplan(operation="OP-ONE")


class TestCharacteristics:
    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"lower": Decimal(6)}, "lower limit lies above"),
            ({"unit": "furlong"}, "not known"),
            ({"upper": None}, "lower or an upper limit"),
            ({"balloon": "no balloon at all"}, "letters, digits"),
            ({"kind": "attribute"}, "only what is measured"),
            ({"kind": "choice", "upper": None}, "two choices"),
            ({"kind": "computed"}, "has a formula"),
            ({"kind": "computed", "formula": "__import__('os')"}, "cannot be read"),
            ({"kind": "computed", "formula": "b1 + b77"}, "b77"),
            ({"sampling": "fixed"}, "how many pieces"),
            ({"sampling": "own", "scheme": "z14_single", "level": "II", "aql": Decimal(3)}, "no column"),
            ({"callout": {"symbol": "flatness", "tolerance": "0.05", "diameter": False, "modifier": "", "datums": [
                {"letter": "A", "modifier": ""}]}}, "no datum"),
            ({"uncertainty": Decimal(-1)}, "below zero"),
            ({"colour": "red"}, "colour"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_with_its_place_and_nothing_changes(self, make, wrong, why):
        plan = make.inspectionplan()
        before = plan.snapshot()
        with pytest.raises(Invalid, match=f"Line 2 .*{why}"):
            actions.characterise(inspectionplan=plan, by=person("engineer"), characteristics=[BORE, line(**wrong)])
        assert InspectionPlan.objects.get(pk=plan.pk).snapshot() == before

    def test_a_balloon_stands_once_in_a_plan(self, make):
        with pytest.raises(Invalid, match="stands twice"):
            make.inspectionplan(characteristics=[BORE, line(balloon="1")])

    def test_lines_change_places_and_keep_what_they_are(self, make):
        plan = make.inspectionplan()
        bore, burr = plan.characteristics.all()
        swapped = [{**BURR, "uid": burr.uid, "balloon": "1"}, {**BORE, "uid": bore.uid, "balloon": "2"}, line()]
        plan = actions.characterise(inspectionplan=plan, by=person("engineer"), characteristics=swapped)
        rows = list(plan.characteristics.all())
        assert [(row.balloon, row.name) for row in rows] == [("1", "Burr"), ("2", "Bore"), ("9", "Length")]
        assert [row.origin for row in rows[:2]] == [burr.origin, bore.origin]

    def test_a_line_of_another_plan_is_refused(self, make):
        other = make.inspectionplan().characteristics.first()
        with pytest.raises(Invalid, match="no characteristic"):
            actions.characterise(
                inspectionplan=make.inspectionplan(), by=person("engineer"), characteristics=[line(uid=other.uid)]
            )

    def test_the_unit_stands_as_it_is_spelt_here(self, make):
        plan = make.inspectionplan(characteristics=[line(unit="um"), line(balloon="10", unit="Nm")])
        assert [row.unit for row in plan.characteristics.all()] == ["µm", "N·m"]


class TestSampling:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"scheme": "z14_single", "level": ""}, "level"),
            ({"scheme": "z14_single", "level": "II", "aql": Decimal(3)}, "aql"),
            ({"scheme": "fixed", "aql": None}, "size"),
            ({"scheme": "percent", "percent": Decimal(0)}, "percent"),
            ({"scheme": "all", "switching": "iso"}, "switching"),
        ],
    )
    def test_a_rule_that_no_table_has_is_refused(self, make, wrong, field):
        plan = make.inspectionplan()
        with pytest.raises(Invalid) as refused:
            actions.INSPECTIONPLAN_STEPS["edit"](inspectionplan=plan, by=person("engineer"), **wrong)
        assert refused.value.field == field

    def test_what_a_scheme_does_not_use_is_emptied(self, make):
        plan = make.inspectionplan()
        plan = actions.INSPECTIONPLAN_STEPS["edit"](inspectionplan=plan, by=person("engineer"), scheme="fixed", size=5)
        assert (plan.level, plan.aql, plan.size, plan.sampling_shown) == ("", None, 5, "Fixed number · n = 5")


class TestApplicable:
    def asked(self, **more):
        return queries.plans.applicable(item=part(), kind="final", site=aug(), **more)

    def test_the_narrowest_released_plan_counts(self, make):
        supplier = Supplier.objects.live().first()
        scopes = {
            "any": {},
            "supplier": {"supplier": supplier},
            "operation": {"operation": "30"},
            "revision": {"revision": "C"},
            "revision and supplier": {"revision": "C", "supplier": supplier},
        }
        for title, scope in scopes.items():
            make.inspectionplan(released=True, kind="final", title=title, **{"operation": "", **scope})
        full = {"revision": "C", "operation": "30", "supplier": supplier}
        tells = [
            ({}, "any"),
            ({"revision": "D"}, "any"),
            ({"supplier": supplier}, "supplier"),
            ({"supplier": supplier, "operation": "30"}, "operation"),
            ({"revision": "C", "operation": "30"}, "revision"),
            (full, "revision and supplier"),
        ]
        assert [self.asked(**asked).title for asked, _ in tells] == [title for _, title in tells]

    def test_a_plan_for_the_customer_counts_for_that_one_alone_and_after_one_for_the_supplier(self, make):
        synced("customers", [{"external_id": n, "number": n, "name": n, "changed_at": None} for n in ("C-A", "C-B")])
        first, other = Customer.objects.filter(number__in=("C-A", "C-B")).order_by("number")
        supplier = Supplier.objects.live().first()
        for title, scope in {"any": {}, "customer": {"customer": first}, "supplier": {"supplier": supplier}}.items():
            make.inspectionplan(released=True, kind="final", title=title, operation="", **scope)
        assert self.asked(customer=first).title == "customer" and self.asked(customer=other).title == "any"
        assert self.asked(customer=first, supplier=supplier).title == "supplier"
        assert self.asked(customer=first).customer_name == "C-A"

    def test_drafts_and_ended_plans_and_other_kinds_do_not_count(self, make):
        for state in ("DRAFT", "IN_REVIEW", "WITHDRAWN", "CANCELLED"):
            make.inspectionplan(state=state, kind="final", operation=state)
            assert self.asked(operation=state) is None
        make.inspectionplan(released=True, kind="incoming", operation="")
        assert self.asked() is None

    def test_a_lot_of_unknown_revision_finds_no_plan_of_a_revision(self, make):
        make.inspectionplan(released=True, kind="final", operation="", revision="C")
        assert self.asked() is None and self.asked(revision="C") is not None


def test_what_a_lot_keeps_is_plain_and_of_one_digest(make):
    plan = make.inspectionplan(released=True)
    kept = queries.plans.frozen(plan)
    assert kept.sha256 == plan.sha256
    told = kept.content["characteristics"][0]
    assert (told["balloon"], told["lower"], told["upper"], told["unit"]) == ("1", "12", "12.018", "mm")
    assert (kept.content["aql"], kept.content["scheme"], kept.content["level"]) == ("1", "z14_single", "II")


def test_differences_between_editions_follow_the_line_and_not_its_balloon(make):
    first = make.inspectionplan(released=True)
    second = actions.draft(by=person("engineer"), site=aug(), base=first)
    bore, _burr = second.characteristics.all()
    wider = {**BORE, "uid": bore.uid, "balloon": "12", "upper": Decimal("12.02")}
    second = actions.characterise(inspectionplan=second, by=person("engineer"), characteristics=[wider, line()])
    found = queries.plans.differences(first, second)
    assert [(each.verdict, each.row.name) for each in found] == [
        ("changed", "Bore"), ("added", "Length"), ("removed", "Burr"),
    ]  # fmt: skip
    assert found[0].fields == (("balloon", "1", "12"), ("upper", "12.018", "12.02"))
    assert queries.plans.before(second) == first
