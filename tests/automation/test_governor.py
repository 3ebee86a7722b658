"""Nothing happens by itself that a rule does not allow: modes, grouping, brake, limits, approvals, trial, switch, precision."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from ncr.models import Hold, Nonconformance
from qms import journal
from qms.automation import actions, matching, queries
from qms.automation.actions import carrying
from qms.automation.choices import DEFAULT_KEYS
from qms.automation.models import Case, Pending, Rule, Signal, Stop
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata import queries as masterdata
from qms.masterdata.models import Lot
from suppliers import actions as suppliers
from suppliers.models import SupplierBlock
from tests.factories import person, signing

PROVES = ("18",)
pytestmark = pytest.mark.django_db
COUNT = iter(range(1, 1_000_000))


def home():
    return person("engineer").valid_grants[0].site


def signal(*, minutes=0, **given):
    values = {
        "kind": "test", "site": home(), "source": "mes-a", "source_event": f"e-{next(COUNT)}", "part": "RM-TI64-B25",
        "lot": "LOT-26-0001", "code": "DIM-OUT", "severity": "major", "quantity": Decimal(1), "unit": "m",
        "occurred_at": now() + dt.timedelta(minutes=minutes),
    }  # fmt: skip
    return Signal(**(values | given))


def told(*signals):
    count = actions.hear(signals=list(signals), by=journal.SYSTEM)
    actions.judge()
    return count


@pytest.fixture
def rule_of(make):
    def made(**values):
        return make.rule(state="ACTIVE", **values)

    return made


class TestLevels:
    def test_without_a_rule_nothing_comes_of_a_signal_but_it_is_kept(self, people):
        assert told(signal()) == 1
        assert (Signal.objects.count(), Case.objects.count(), Pending.objects.count()) == (1, 0, 0)

    @pytest.mark.parametrize(
        ("mode", "state", "ncrs"),
        [
            ("off", None, 0),
            ("shadow", "SHADOW", 0),
            ("suggest", "SUGGESTED", 0),
            ("approval", "WAITING", 0),
            ("auto", "ACTED", 1),
        ],
    )
    def test_the_mode_says_how_far_it_goes(self, rule_of, mode, state, ncrs):
        rule_of(mode=mode)
        before = Nonconformance.objects.count()
        told(signal())
        assert list(Case.objects.values_list("state", flat=True)) == ([state] if state else [])
        assert Nonconformance.objects.count() - before == ncrs

    @pytest.mark.parametrize("mode", ["suggest", "approval"])
    def test_a_supplier_block_is_only_proposed_and_takes_two_persons(self, make, rule_of, mode):
        rule_of(mode=mode, does="block")
        told(signal())
        case, manager = Case.objects.get(), person("manager")
        assert not SupplierBlock.objects.exists()
        supplier, lot = make.supplier(), Lot.objects.get(number="LOT-26-0001", source="tryton")
        make.receipt(supplier, lot)
        assert masterdata.supplier_of(lot) == supplier
        done = actions.CASE_STEPS["accept" if mode == "suggest" else "approve"](case=case, by=manager)
        block = SupplierBlock.objects.get()
        assert (block.supplier, block.state, block.ncr, block.created_by) == (supplier, "PROPOSED", done.ncr, manager)
        assert block.by_two and block.owner == case.rule.owner and case.rule.number in block.reason
        with pytest.raises(Forbidden, match="another person"):
            suppliers.block(supplierblock=block, by=manager, signing=signing(manager))
        told(signal(minutes=600))
        again = Case.objects.exclude(pk=case.pk).get()
        actions.CASE_STEPS["accept" if mode == "suggest" else "approve"](case=again, by=manager)
        assert SupplierBlock.objects.count() == 1, "one that is proposed is enough"

    def test_a_supplier_block_is_never_automatic(self, make):
        with pytest.raises(Invalid, match="never automatic"):
            make.rule(mode="auto", does="block")
        rule = make.rule(mode="suggest", does="block")
        with pytest.raises(IntegrityError, match="rule_block_by_people"), transaction.atomic():
            Rule.objects.filter(pk=rule.pk).update(mode="auto")

    def test_without_a_supplier_it_says_so(self, make, rule_of):
        rule_of(mode="suggest", does="block")
        told(signal(lot=""))
        with pytest.raises(Invalid, match="Whose lot"):
            actions.CASE_STEPS["accept"](case=Case.objects.get(), by=person("manager"))
        assert not SupplierBlock.objects.exists()

    def test_what_it_opens_says_by_which_rule_and_edition(self, rule_of):
        rule = rule_of(mode="auto")
        told(signal(value="12.7", limits="≤ 12.5", serial="S-1"))
        ncr = Case.objects.get().ncr
        assert rule.number in ncr.description and "edition 1" in ncr.description and "12.7" in ncr.description
        assert ncr.created_by.username == "automation"
        assert ncr.lot.number == "LOT-26-0001"

    def test_a_suggestion_is_carried_out_by_the_person_who_accepts_it(self, rule_of):
        rule_of(mode="suggest")
        told(signal())
        case = actions.accept(case=Case.objects.get(), by=person("engineer"))
        assert (case.state, case.ncr.created_by) == ("ACTED", person("engineer"))

    def test_approval_belongs_to_approvers(self, rule_of):
        rule_of(mode="approval")
        told(signal())
        with pytest.raises(Forbidden):
            actions.approve(case=Case.objects.get(), by=person("engineer"))
        assert actions.approve(case=Case.objects.get(), by=person("supervisor")).ncr

    def test_a_hold_is_asked_of_the_erp_for_what_another_system_reported(self, rule_of, make):
        rule_of(hears="ncr", does="hold", mode="auto", severity="")
        ncr = make.report()
        actions.judge()
        hold = Hold.objects.get(ncr=ncr)
        assert (hold.state, hold.created_by.username) == ("REQUESTED", "automation")
        assert ncr.postings().get().kind == "HOLD"
        actions.judge()
        assert Case.objects.get().hits == 1, "the same record is heard once"

    def test_what_cannot_be_done_is_left_to_a_person_and_says_why(self, rule_of):
        rule_of(mode="auto")
        told(signal(part="NO-SUCH-PART", lot=""))
        case = Case.objects.get()
        assert (case.state, case.why) == ("SUGGESTED", "refused")
        assert "NO-SUCH-PART" in case.told

    def test_a_law_of_the_database_stops_one_case_and_no_other(self, rule_of, monkeypatch):
        rule_of(mode="auto")
        carry = carrying.carry

        def broken(*, case, by):
            if case.lot == "L-1":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1/0")
            return carry(case=case, by=by)

        monkeypatch.setattr(carrying, "carry", broken)
        told(signal(lot="L-1"), signal(lot="L-2"))
        assert dict(Case.objects.values_list("lot", "state")) == {"L-1": "SUGGESTED", "L-2": "ACTED"}
        assert not Pending.objects.exists()

    def test_rights_of_the_account_end_at_the_site_of_the_rule(self, people):
        from qms.accounts import access
        from qms.accounts.models import Site

        agent, away = carrying.agent(home().pk), Site.objects.exclude(pk=home().pk).first()
        assert access.may(agent, "hold.request", Hold(site=home())) and not access.may(agent, "ncr.approve")
        assert not access.may(agent, "hold.request", Hold(site=away))
        assert not access.may(carrying.account(), "ncr.report"), "nothing without a rule"


class TestGrouping:
    def test_hits_that_belong_together_are_one_case_and_one_nonconformance(self, rule_of):
        rule_of(mode="auto")
        before = Nonconformance.objects.count()
        told(*[signal(minutes=n - 10, serial=f"S-{n}") for n in range(6)])
        told(signal(serial="S-9"))
        case = Case.objects.get()
        assert (case.hits, case.quantity, Nonconformance.objects.count() - before) == (7, 7, 1)

    def test_a_gap_as_long_as_the_window_begins_another(self, rule_of):
        rule_of(mode="shadow", window_minutes=60)
        told(signal(minutes=-200), signal(minutes=-141), signal(minutes=-81), signal(minutes=-10))
        assert sorted(Case.objects.values_list("hits", flat=True)) == [1, 1, 2]

    def test_another_lot_is_another_case(self, rule_of):
        rule_of(mode="shadow")
        told(signal(), signal(lot="LOT-26-0002"))
        assert Case.objects.count() == 2

    def test_the_same_message_again_changes_nothing(self, rule_of):
        rule_of(mode="shadow")
        told(signal(source_event="same"))
        assert told(signal(source_event="same")) == 0
        assert Case.objects.get().hits == 1

    def test_noise_below_the_least_count_lapses(self, rule_of):
        rule_of(mode="auto", least_hits=3)
        told(signal(minutes=-2), signal(minutes=-1))
        assert Case.objects.get().state == "GATHERING"
        actions.judge(now=now() + dt.timedelta(hours=2))
        assert Case.objects.get().state == "LAPSED"

    def test_set_up_pieces_are_never_heard(self, rule_of):
        rule_of(mode="auto")
        told(signal(is_trial=True))
        assert not Case.objects.exists()

    @pytest.mark.parametrize(
        ("rule", "heard"),
        [
            ({"part": "RM-*"}, True), ({"part": "X*"}, False), ({"watched": "DIM-?"}, False), ({"watched": "DIM-*"}, True),
            ({"severity": "critical"}, False), ({"severity": "minor"}, True), ({"source": "mes-b"}, False),
        ],
    )  # fmt: skip
    def test_a_rule_hears_what_it_names(self, rule, heard):
        empty = {
            "hears": "test",
            "source": "",
            "part": "",
            "family": "",
            "watched": "",
            "work_center": "",
            "severity": "",
        }
        hit = SimpleNamespace(
            kind="test", is_trial=False, source="mes-a", part="RM-TI64-B25", family="", code="DIM-OUT", work_center="", severity="major"
        )  # fmt: skip
        assert matching.matches(SimpleNamespace(**(empty | rule)), hit) is heard


class TestLimits:
    def test_a_burst_pauses_the_source_until_a_person_resumes_it(self, rule_of):
        rule_of(mode="auto", burst_per_hour=3, acts_per_hour=100)
        told(*[signal(lot=f"L-{n}") for n in range(5)])
        states = sorted(Case.objects.values_list("state", "why"))
        assert states.count(("ACTED", "")) == 3
        assert ("SUGGESTED", "burst") in states and ("SUGGESTED", "stopped") in states
        stop = Stop.objects.standing().get()
        assert (stop.source, stop.stopped_by.username) == ("mes-a", "automation")
        told(signal(source="mes-b", lot="L-8"))
        assert Case.objects.get(source="mes-b").state == "ACTED", "another source goes on"
        with pytest.raises(Forbidden):
            actions.resume(stop=stop, reason="cause was found", by=person("engineer"))
        actions.resume(stop=stop, reason="cause was found", by=person("manager"))
        assert not Stop.objects.standing().exists()

    def test_acts_and_quantity_of_an_hour_are_limited(self, rule_of):
        rule_of(mode="auto", acts_per_hour=2)
        told(*[signal(lot=f"L-{n}") for n in range(3)])
        assert sorted(Case.objects.values_list("state", "why")) == [("ACTED", ""), ("ACTED", ""), ("SUGGESTED", "cap")]

    def test_more_than_the_quantity_of_an_hour_is_left_to_a_person(self, rule_of):
        rule_of(mode="auto", quantity_per_hour=Decimal(5))
        told(signal(quantity=Decimal(6)))
        assert Case.objects.get().why == "cap"

    def test_a_limit_by_value_needs_a_known_cost(self, rule_of):
        rule_of(mode="auto", value_per_hour=Decimal(100))
        told(signal(part="NO-SUCH-PART"))
        assert Case.objects.get().why == "cost"

    def test_the_switch_stops_everything_at_once_and_keeps_what_is_told(self, rule_of):
        rule_of(mode="auto")
        actions.stop(site=home(), reason="gauge gone mad", by=person("engineer"))
        told(signal())
        assert (Case.objects.get().state, Case.objects.get().why) == ("SUGGESTED", "stopped")
        with pytest.raises(Conflict):
            actions.stop(site=home(), reason="once more", by=person("engineer"))
        with pytest.raises(Forbidden):
            actions.stop(site=home(), reason="not mine", by=person("auditor"))


class TestApproval:
    def test_nobody_approves_what_they_wrote(self, make):
        rule = make.rule(by="manager")
        actions.try_past(rule=rule, by=person("manager"))
        with pytest.raises(Forbidden):
            actions.RULE_STEPS["approve"](
                rule=Rule.objects.get(pk=rule.pk), by=person("manager"), signing=signing(person("manager"))
            )

    def test_only_what_was_tried_is_approved(self, make):
        rule = make.rule()
        with pytest.raises(Conflict):
            actions.RULE_STEPS["approve"](rule=rule, by=person("manager"), signing=signing(person("manager")))
        rule = actions.try_past(rule=rule, by=person("engineer"))
        rule = actions.edit(rule=rule, by=person("engineer"), least_hits=2)
        assert rule.tried == ""

    def test_a_hold_without_a_hand_needs_two_approvers(self, make):
        rule = make.rule(state="APPROVED", hears="ncr", does="hold", mode="auto")
        with pytest.raises(Conflict):
            actions.activate(rule=rule, by=person("manager"))
        with pytest.raises(Forbidden):
            actions.RULE_STEPS["approve-too"](rule=rule, by=person("manager"), signing=signing(person("manager")))
        second = person("supervisor")
        rule = actions.RULE_STEPS["approve-too"](rule=rule, by=second, signing=signing(second))
        assert actions.activate(rule=rule, by=person("manager")).state == "ACTIVE"

    @pytest.mark.parametrize(
        ("change", "law"),
        [
            ("approved_by_id = created_by_id", "rule_four_eyes"),
            ("approved_too_by_id = approved_by_id", "rule_six_eyes"),
            ("mode = 'off'", "rule_as_tried"),
            ("does = 'hold', mode = 'auto'", "rule_as_tried|rule_hold_two_approvals"),
        ],
    )
    def test_the_database_holds_it_too(self, rule_of, change, law):
        rule = rule_of(mode="suggest")
        act = journal.act(journal.EVENTS["rule.edited"], by=person("engineer"))
        with pytest.raises(IntegrityError, match=law), transaction.atomic(), act, connection.cursor() as cursor:
            cursor.execute(f"UPDATE automation_rule SET {change} WHERE id = %s", [rule.pk])

    def test_a_rule_ends_on_its_day(self, rule_of):
        rule = rule_of(mode="auto")
        actions.judge(now=now() + dt.timedelta(days=400))
        assert Rule.objects.get(pk=rule.pk).state == "RETIRED"

    def test_a_new_edition_takes_over(self, rule_of, make):
        first = rule_of(code="TORQUE")
        second = make.rule(state="ACTIVE", code="TORQUE")
        assert (Rule.objects.get(pk=first.pk).state, second.edition) == ("RETIRED", 2)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hears": "alert", "does": "hold"}, {"hears": "ncr", "does": "ncr"}, {"expires_on": dt.date(2020, 1, 1)},
            {"window_minutes": 0}, {"group_by": ["colour"]},
        ],
    )  # fmt: skip
    def test_a_rule_that_makes_no_sense_is_refused(self, make, wrong):
        with pytest.raises(Invalid):
            make.rule(**wrong)


class TestTrial:
    def test_a_trial_tells_what_would_have_come_and_does_nothing(self, make):
        signals = [signal(minutes=-600 + 200 * n, lot=f"L-{n}") for n in range(3)] + [signal(minutes=-195, lot="L-2")]
        actions.hear(signals=signals, by=journal.SYSTEM)
        rule = actions.try_past(rule=make.rule(mode="auto"), by=person("engineer"), days=2)
        trial = queries.last_trial(rule)
        assert (trial.signals, trial.cases, trial.acts, trial.bursts) == (4, 3, 3, 0)
        assert trial.largest[0]["hits"] == 2
        assert not Case.objects.exists()

    def test_trial_and_life_agree(self, make, rule_of):
        """The same signals, once over the past and once live, make the same cases and are stopped by the same limits."""
        signals = [signal(minutes=-50 + n, lot=f"L-{n % 7}") for n in range(30)]
        actions.hear(signals=signals, by=journal.SYSTEM)
        Pending.objects.all().delete()
        values = {"mode": "auto", "acts_per_hour": 4, "least_hits": 2}
        rule = make.rule(**values)
        replayed = matching.replay(rule, queries.past(rule, 2, now()), queries.cost_of)
        rule_of(code="LIVE", **values)
        Pending.objects.bulk_create([Pending(signal=row) for row in Signal.objects.all()])
        actions.judge()
        assert Case.objects.filter(raised_at__isnull=False).count() == len(replayed.raised) == 7
        assert Case.objects.filter(acted_at__isnull=False).count() == len(replayed.acted) == 4

    def test_the_brake_shows_in_a_trial(self, make):
        rows = [signal(minutes=-59 + n, lot=f"L-{n}") for n in range(20)]
        rule = SimpleNamespace(
            hears="test", source="", part="", family="", watched="", work_center="", severity="", group_by=DEFAULT_KEYS, mode="auto",
            window_minutes=60, least_hits=1, burst_per_hour=5, acts_per_hour=100, quantity_per_hour=None, value_per_hour=None,
        )  # fmt: skip
        result = matching.replay(rule, rows, lambda part: None)
        assert (len(result.acted), result.bursts) == (5, 1)


def test_a_rule_that_is_mostly_wrong_asks_for_review(rule_of, monkeypatch):
    monkeypatch.setattr(queries, "ENOUGH", 4)
    rule = rule_of(mode="shadow")
    told(*[signal(lot=f"L-{n}") for n in range(4)])
    cases = list(Case.objects.order_by("pk"))
    actions.confirm(case=cases[0], by=person("engineer"))
    for case in cases[1:]:
        actions.dismiss(case=case, by=person("engineer"), reason="sensor fault, parts are good")
    found = queries.precision(rule)
    assert (found.confirmed, found.dismissed, found.doubtful) == (1, 3, True)
    from qms.journal.models import Entry

    assert Entry.objects.filter(event="rule.doubted").count() == 1
