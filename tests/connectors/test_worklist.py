"""What waits for a person, by cause: answered once, applied for all; skipped by signature; sites stand apart."""

from decimal import Decimal

import pytest
from django.urls import reverse

from connectors import inbox, queries, tasks
from connectors.inbox import worklist
from connectors.models import Cause, InboxMessage, Retry
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import User
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import Forbidden, Invalid, Missing, NotNow, SignatureRefused
from qms.masterdata.models import Crosswalk
from qms.signatures.models import Signature
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_batch import told
from tests.connectors.test_inbox_updates import later
from tests.factories import signing

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
PART = {"kind": "item", "system": "mes-aug", "name": "4711-TI"}
UNIT = {"kind": "unit", "system": "mes-aug", "name": "Fass"}
REASON = "the drawing says so"


@pytest.fixture
def engineer(people):
    return people["engineer"]


@pytest.fixture
def page(client, engineer):
    client.force_login(engineer)
    return client


def params(cause):
    return {f"cause_{name}": value for name, value in cause.items()}


def found(user):
    return {(g.kind, g.name): g.count for g in worklist.groups(user)}


def test_messages_of_one_cause_are_one_line(mes, engineer):
    told(
        mes, [event(part="4711-TI") for _ in range(37)] + [event(part="4711-TI", nc_code="X-9"), event(site="PLANT-9")]
    )
    mes.post(event(order="WO-NONE"))
    mes.post(later("never", note="x"))
    mes.post({**event(), "type": "mes.tool.changed"})
    assert found(engineer) == {
        ("item", "4711-TI"): 38, ("defect_code", "X-9"): 1, ("site", "PLANT-9"): 1, ("order", "WO-NONE"): 1,
        ("create", "never"): 1, ("type", "mes.tool.changed"): 1,
    }  # fmt: skip
    first = worklist.groups(engineer)[0]
    assert first.since <= first.last and "4711-TI" in first.sentence and first.what_to_do
    tasks_ = queries.open_causes(engineer)
    assert len(tasks_) == 4 and tasks_[0].url == reverse("connectors:worklist") and "38" in tasks_[0].title


def test_resolved_once_for_all(mes, engineer):
    told(mes, [event(part="4711-TI") for _ in range(30)] + [event(part="4711-TI", nc_code="X-9")])
    retry = worklist.resolve(**PART, answer="RM-TI64-B25", reason=REASON, by=engineer)
    assert retry.total == 31 and Nonconformance.objects.count() == 0, "the worker does it"
    worklist.carry_on(retry.uid)
    retry.refresh_from_db()
    assert (retry.applied, retry.waiting, retry.done) == (30, 1, 31) and retry.finished_at
    assert Nonconformance.objects.count() == 30 and found(engineer) == {("defect_code", "X-9"): 1}
    row = Crosswalk.objects.get()
    act = Entry.objects.get(kind="act", object_type="masterdata.crosswalk", object_key=str(row.pk))
    assert REASON in act.payload and row.local_value == "RM-TI64-B25"
    worklist.carry_on(retry.uid)
    assert Nonconformance.objects.count() == 30
    assert mes.post(event(part="4711-TI")).status_code == 201, "later ones need no answer"


def test_a_retry_goes_on_where_a_worker_died(mes, engineer, monkeypatch):
    told(mes, [event(part="4711-TI") for _ in range(12)])
    retry = worklist.resolve(**PART, answer="RM-TI64-B25", reason=REASON, by=engineer)
    monkeypatch.setattr(worklist, "STEP", 5)
    apply_stored, calls = worklist.apply_stored, []

    def dying(key):
        calls.append(key)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return apply_stored(key)

    monkeypatch.setattr(worklist, "apply_stored", dying)
    with pytest.raises(KeyboardInterrupt):
        worklist.carry_on(retry.uid)
    worklist.carry_on()
    assert Retry.objects.get().finished_at is None, "the dead worker's lease still runs"
    Retry.objects.update(beat_at=retry.asked_at - worklist.LEASE * 2)
    tasks.sweep_inbox()
    assert Retry.objects.get().finished_at and Nonconformance.objects.count() == 12


def test_what_cannot_be_answered(mes, engineer, people):
    mes.post(event(part="4711-TI"))
    with pytest.raises(Invalid):
        worklist.resolve(**PART, answer="NO-SUCH-PART", reason=REASON, by=engineer)
    with pytest.raises(Invalid):
        worklist.resolve(**PART, answer="RM-TI64-B25", reason="", by=engineer)
    with pytest.raises(Missing):
        worklist.resolve(**{**PART, "name": "other"}, answer="RM-TI64-B25", reason=REASON, by=engineer)
    with pytest.raises(Missing):
        worklist.resolve(**PART, answer="RM-TI64-B25", reason=REASON, by=people["gongcheng"])
    with pytest.raises((Forbidden, Missing)):
        worklist.plan(**PART, by=people["operator"])
    assert not Crosswalk.objects.exists() and not Retry.objects.exists()


def test_another_sites_causes_do_not_exist(mes, people):
    mes.post(event(part="4711-TI"))
    assert worklist.groups(people["gongcheng"]) == [] and queries.waiting_causes(people["operator"]) == []


def test_skipped_by_signature(mes, engineer):
    answers = told(mes, [event(part="4711-TI"), event(part="4711-TI")])
    assert {a["status"] for a in answers} == {"needs_mapping"}
    given = {"signing": signing(engineer)}
    with pytest.raises(SignatureRefused):
        worklist.skip(**PART, by=engineer, reason=REASON, signing=signing(engineer, password="wrong"))
    with pytest.raises(Invalid):
        worklist.skip(**PART, by=engineer, reason="n/a", **given)
    assert worklist.skip(**PART, by=engineer, reason=REASON, **given) == 2
    assert {(m.state, m.problem) for m in InboxMessage.objects.all()} == {("SKIPPED", REASON)}
    signed = Signature.objects.filter(meaning="waived")
    message = InboxMessage.objects.first()
    assert (
        signed.count() == 2
        and REASON in signed[0].sentence
        and message.message_id in {s.sentence.split(" ")[4] for s in signed}
    )
    assert found(engineer) == {} and inbox.retry_waiting() == 0


def test_a_unit_is_corrected_only_when_asked(mes, engineer):
    told(mes, [event(quantity={"affected": n, "unit": "Fass"}) for n in (1, 2, 3)])
    single = mes.post(event(quantity={"affected": 4, "unit": "Fass"})).json()["record"]
    assert found(engineer) == {("unit", "Fass"): 4}
    worklist.resolve(**UNIT, answer="m", reason=REASON, by=engineer)
    assert set(Nonconformance.objects.values_list("base_unit", flat=True)) == {None}, "never silently"
    group = worklist.groups(engineer)[0]
    assert (group.answer, group.is_mappable, len(worklist.concerned(engineer, group))) == ("m", False, 4)
    ended = Nonconformance.objects.get(number=single)
    from ncr import actions as ncr

    ncr.cancel(ncr=ended, by=engineer, reason="not a defect")
    corrected = worklist.correct_units(system="mes-aug", name="Fass", by=engineer, reason=REASON)
    assert len(corrected.done) == 3 and [number for number, _why in corrected.refused] == [single]
    row = Nonconformance.objects.get(number=corrected.done[0])
    assert (row.base_unit.number, row.unit_factor, row.unit) == ("m", 1, "Fass") and row.affected_quantity == Decimal(1)
    assert found(engineer) == {("unit", "Fass"): 1}
    assert worklist.settle_left(**UNIT, by=engineer, reason="it is cancelled") == 1 and found(engineer) == {}


def test_a_unit_that_cannot_be_converted_says_so(mes, engineer):
    mes.post(event(quantity={"affected": 1, "unit": "Fass"}))
    worklist.resolve(**UNIT, answer="u", reason=REASON, by=engineer)
    corrected = worklist.correct_units(system="mes-aug", name="Fass", by=engineer, reason=REASON)
    assert not corrected.done and "u" in corrected.refused[0][1]


def test_a_decision_is_settled_with_its_reason(mes, engineer):
    sent = event()
    number = mes.post(sent).json()["record"]
    mes.post(later(sent, part="TB-4711"))
    cause = {"kind": "decision", "system": "mes-aug", "name": number}
    with pytest.raises(Invalid):
        worklist.resolve(**cause, answer="x", reason=REASON, by=engineer)
    assert worklist.settle_left(**cause, by=engineer, reason="the part is right here") == 1
    assert not Cause.objects.exists()
    entry = Entry.objects.filter(event="message.settled").get()
    assert entry.object_type == "ncr.nonconformance" and "the part is right here" in entry.payload


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_page_teaches_when_nothing_waits(page):
    answer = page.get(reverse("connectors:worklist"))
    assert answer.status_code == 200 and b"Nothing waits for a person" in answer.content


def test_from_the_line_to_the_result(mes, page, monkeypatch):
    told(mes, [event(part="4711-TI") for _ in range(3)])
    monkeypatch.setattr(tasks, "ring_retry", lambda uid: worklist.carry_on(uid))
    listed = page.get(reverse("connectors:worklist")).content.decode()
    assert "4711-TI" in listed and reverse("connectors:worklist-map") in listed
    form = page.get(reverse("connectors:worklist-map"), params(PART)).content.decode()
    assert 'value="4711-TI"' in form and "lookup" in form
    wrong = page.post(reverse("connectors:worklist-map"), {**params(PART), "local_value": "NONE", "reason": REASON})
    assert wrong.status_code == 422 and b"NONE" in wrong.content
    data = {**params(PART), "local_value": "RM-TI64-B25", "reason": REASON}
    answer = page.post(reverse("connectors:worklist-map"), data, follow=True)
    shown = answer.content.decode()
    assert answer.status_code == 200 and "3 of 3" in shown and Nonconformance.objects.count() == 3
    assert "every 1s" not in shown, "nothing is asked for again when it is done"


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [("defect_code", "X-9", {"nc_code": "X-9"}), ("site", "P-9", {"site": "P-9"}),
     ("unit", "Fass", {"quantity": {"affected": 1, "unit": "Fass"}})],
)  # fmt: skip
def test_every_kind_of_name_has_its_choices(mes, page, kind, name, data):
    mes.post(event(**data))
    shown = page.get(reverse("connectors:worklist-map"), params({"kind": kind, "system": "mes-aug", "name": name}))
    choice = {"defect_code": b"DIM-OUT", "site": b"AUG", "unit": b"<option"}[kind]
    assert shown.status_code == 200 and choice in shown.content


def test_the_worker_is_away(mes, page, monkeypatch):
    mes.post(event(part="4711-TI"))

    def away(uid):
        raise NotNow("The worker cannot be reached at the moment.")

    monkeypatch.setattr(tasks, "ring_retry", away)
    shown = page.post(reverse("connectors:worklist-again"), params(PART), follow=True)
    assert b"as soon as it is back" in shown.content and Retry.objects.get().finished_at is None
    tasks.sweep_inbox()
    assert Retry.objects.get().waiting == 1


def test_units_and_skip_pages(mes, page):
    mes.post(event(quantity={"affected": 1, "unit": "Fass"}))
    answer = page.post(
        reverse("connectors:worklist-map"), {**params(UNIT), "local_value": "m", "reason": REASON}, follow=True
    )
    number = Nonconformance.objects.get().number
    assert number.encode() in answer.content and Nonconformance.objects.get().base_unit is None
    page.post(reverse("connectors:worklist-units"), {**params(UNIT), "reason": REASON})
    assert Nonconformance.objects.get().base_unit.number == "m"
    mes.post(event(part="4711-TI"))
    skipped = {**params(PART), "reason": REASON}
    dialog = page.post(reverse("connectors:worklist-skip"), skipped)
    assert dialog.status_code == 200 and not InboxMessage.objects.filter(state="SKIPPED").exists()
    skipped |= {"_sign": "1", "_username": "engineer", "_password": PASSWORD, "expected": "2"}
    assert page.post(reverse("connectors:worklist-skip"), skipped).status_code == 409, "not the set that was shown"
    skipped |= {"expected": "1"}
    assert page.post(reverse("connectors:worklist-skip"), skipped).status_code == 302
    assert InboxMessage.objects.filter(state="SKIPPED").count() == 1
    assert page.get(reverse("connectors:worklist-skip")).status_code == 302, "no cause is named"
    assert page.get(reverse("connectors:worklist-skip"), params(PART)).status_code == 404


def test_reading_and_rights(mes, client, people):
    mes.post(event(part="4711-TI"))
    client.force_login(people["auditor"])
    shown = client.get(reverse("connectors:worklist"))
    assert shown.status_code == 200 and b"4711-TI" in shown.content
    assert reverse("connectors:worklist-map").encode() not in shown.content
    assert client.get(reverse("connectors:worklist-map"), params(PART)).status_code == 403
    client.force_login(people["operator"])
    assert client.get(reverse("connectors:worklist")).status_code == 403


def test_in_chinese(mes, page):
    mes.post(event(part="4711-TI"))
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        User.objects.filter(username="engineer").update(language="zh-hans")
        act.record("test")
    shown = page.get(reverse("connectors:worklist")).content.decode()
    assert "4711-TI" in shown and "工作清单" in shown


def test_a_dry_run_says_what_would_happen_and_changes_nothing(mes, engineer, page):
    told(mes, [event(part="4711-TI") for _ in range(3)] + [event(part="4711-TI", nc_code="X-9")])
    before = Entry.objects.count()
    assert {one.state for one in worklist.foretell(**PART, by=engineer)} == {"NEEDS_MAPPING"}
    assert Entry.objects.count() == before
    worklist.resolve(**PART, answer="RM-TI64-B25", reason=REASON, by=engineer)
    foretold = worklist.foretell(**PART, by=engineer)
    assert sorted(one.state for one in foretold) == ["APPLIED"] * 3 + ["NEEDS_MAPPING"]
    assert Nonconformance.objects.count() == 0 and InboxMessage.objects.filter(state="NEEDS_MAPPING").count() == 4
    url = reverse("connectors:worklist-again")
    assert "dry=1" in page.get(url, params(PART)).content.decode()
    shown = page.get(url, {**params(PART), "dry": "1"}).content.decode()
    assert shown.count("/interfaces/messages/") == 4 and Nonconformance.objects.count() == 0


def test_a_message_leads_to_the_mapping_that_misreads_it(mes, client, people):
    from tests.factories import Factory

    mes.post(event(part="the-first"))
    mes.post(event(part="the-second"))
    older = InboxMessage.objects.order_by("pk")[0]
    client.force_login(people["integration"])
    url = reverse("connectors:message", args=[older.uid])
    assert reverse("connectors:mapping-create") in client.get(url).content.decode()
    draft = Factory().mapping(interface=older.interface)
    edit = reverse("connectors:mapping-edit", args=[draft.number])
    assert f"{edit}?message={older.uid}" in client.get(url).content.decode()
    assert "the-first" in client.get(edit, {"message": str(older.uid)}).content.decode()
    assert "the-second" in client.get(edit).content.decode()
