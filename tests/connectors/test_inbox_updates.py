"""What the MES says later of a defect: changes, cancellations, late and out of order; a person's word stands."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors import inbox
from connectors.models import Cause, InboxMessage
from ncr import actions as ncr_actions
from ncr.models import Nonconformance
from ncr.queries import for_links
from qms.journal import queries as trail
from qms.masterdata.models import Operation
from qms.records import actions as records
from qms.records.models import Comment
from tests.connectors.mes import Mes, event, mes, mes_interface
from tests.connectors.test_batch import told

PROVES = ("G19",)
__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db


def later(of, kind="updated", time="2026-05-04T09:00:00+02:00", **data):
    said = {"defect_id": of if isinstance(of, str) else of["id"], **data}
    return {
        "specversion": "1.0", "id": str(uuid.uuid4()), "source": "mes-aug", "type": f"mes.defect.{kind}", "time": time,
        "data": said,
    }  # fmt: skip


def logged(mes, **data):
    sent = event(**data)
    return sent, Nonconformance.objects.get(number=mes.post(sent).json()["record"])


def test_an_update_changes_what_the_mes_masters(mes):
    sent, ncr = logged(mes)
    operation = Operation.objects.all()[0]
    more = {"operation": operation.number, "operator": "OP-9"}
    answer = mes.post(later(sent, quantity={"affected": 7}, severity="critical", note="Seven now", **more))
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["record"]) == ("updated", ncr.number)
    now = Nonconformance.objects.get()
    assert (now.affected_quantity, now.undecided_quantity, now.severity) == (Decimal(7), Decimal(7), "critical")
    assert (now.description, now.detected_by, now.operation) == ("Seven now", "OP-9", operation)
    assert now.version == ncr.version + 1 and now.state == "OPEN"
    line = trail.timeline(now)[0]
    assert (line.event, line.actor_name, line.reason) == ("ncr.edited", "Service mes", "MES update")
    assert "mes-aug" in line.source and len(line.changes) >= 5
    row = InboxMessage.objects.get(message_type="mes.defect.updated")
    assert (row.state, row.record_number) == ("APPLIED", ncr.number)
    again = mes.post(later(sent))
    assert again.status_code == 200 and Nonconformance.objects.get().version == now.version, "nothing is different"


def test_the_same_update_again_is_a_duplicate(mes):
    sent, _ncr = logged(mes)
    news = later(sent, severity="minor")
    assert [mes.post(news).json()["status"] for _ in range(2)] == ["updated", "duplicate"]


def test_the_messs_own_name_of_the_defect_and_the_subject(mes):
    _sent, ncr = logged(mes, defect_id="NC-991")
    assert ncr.source_event == "NC-991"
    assert mes.post(later("NC-991", severity="minor")).json()["record"] == ncr.number
    news = later("", note="by subject")
    assert mes.post({**news, "subject": "NC-991"}).json()["record"] == ncr.number
    nameless = mes.post({**news, "id": "x"})
    assert nameless.status_code == 422 and nameless.json()["errors"][0]["pointer"] == "/data/defect_id"


@pytest.mark.parametrize("way", ["sequence", "time"])
def test_older_never_overwrites_newer(mes, way):
    def said(number, hour):
        return {"sequence": number} if way == "sequence" else {"time": f"2026-05-04T{hour}:00:00+02:00"}

    sent, _ncr = logged(mes, **({"sequence": 1} if way == "sequence" else {}))
    assert mes.post(later(sent, note="third", **said(3, 12))).json()["status"] == "updated"
    late = mes.post(later(sent, note="second", **said("2", 11)))
    assert late.json()["status"] == "updated" and "Older" in late.json()["notes"][0]
    assert Nonconformance.objects.get().description == "third"
    assert "Older" in InboxMessage.objects.order_by("-pk")[0].problem
    assert mes.post(later(sent, kind="cancelled", **said(1, 10))).status_code == 200
    assert Nonconformance.objects.get().state == "OPEN"
    mes.post(later(sent, note="fourth", **said(4, 13)))
    assert Nonconformance.objects.get().description == "fourth"


def test_an_update_before_its_defect_waits_for_it(mes):
    sent = event(lot="")
    early = mes.post(later(sent, note="known later", quantity={"affected": 9}))
    assert (early.status_code, early.json()["status"]) == (202, "parked") and sent["id"] in early.json()["problem"]
    assert Cause.objects.get().kind == "create" and inbox.sweep() == 0
    answer = mes.post(sent)
    assert answer.status_code == 201
    ncr = Nonconformance.objects.get()
    assert (ncr.description, ncr.affected_quantity) == ("known later", Decimal(9))
    assert not Cause.objects.exists() and set(InboxMessage.objects.values_list("state", flat=True)) == {"APPLIED"}


def test_the_sweep_finds_an_update_that_crossed_its_defect(mes, monkeypatch):
    sent = event()
    mes.post(later(sent, note="crossed"))
    monkeypatch.setattr("connectors.inbox.arrival.apply_awaiting", lambda born: 0)
    mes.post(sent)
    assert Nonconformance.objects.get().description == ""
    assert inbox.sweep() == 1 and inbox.sweep() == 0
    assert Nonconformance.objects.get().description == "crossed"


def test_in_a_batch_in_whatever_order(mes):
    one, two = event(), event()
    answers = told(mes, [later(one, note="one"), one, two, later(two, kind="cancelled"), later("none", note="x")])
    assert [a["status"] for a in answers] == ["updated", "created", "created", "updated", "parked"]
    assert Nonconformance.objects.get(source_event=one["id"]).description == "one"
    assert Nonconformance.objects.get(source_event=two["id"]).state == "CANCELLED"
    told(mes, [{**event(), "id": "none"}])
    assert Nonconformance.objects.get(source_event="none").description == "x"


def test_a_persons_word_stands(mes, people):
    sent, ncr = logged(mes, note="first")
    ncr_actions.edit(cause="INFO", ncr=ncr, by=people["engineer"], reason="counted again", affected_quantity=Decimal(6))
    answer = mes.post(later(sent, quantity={"affected": 8}, note="second"))
    now = Nonconformance.objects.get()
    assert (now.affected_quantity, now.description) == (Decimal(6), "second")
    assert answer.status_code == 200 and "8" in answer.json()["notes"][-1]
    comment = Comment.objects.get()
    assert "8" in comment.text and comment.by.username == "svc-mes"
    assert (Cause.objects.get().kind, Cause.objects.get().name) == ("decision", ncr.number)


def test_identity_is_never_changed_by_a_message(mes):
    sent, ncr = logged(mes)
    mes.post(later(sent, part="TB-4711", lot="OTHER", nc_code="SURF", note="and this"))
    now = Nonconformance.objects.get()
    assert (now.part_number, now.lot_number, now.description) == (ncr.part_number, ncr.lot_number, "and this")
    assert all(word in Comment.objects.get().text for word in ("TB-4711", "OTHER"))
    assert Cause.objects.get().kind == "decision"


def test_after_the_review_a_change_is_a_question(mes):
    sent, found = logged(mes)
    with_state(found, "IN_MRB")
    before = Nonconformance.objects.get()
    answer = mes.post(later(sent, quantity={"affected": 50}))
    now = Nonconformance.objects.get()
    assert answer.status_code == 200 and (now.affected_quantity, now.version) == (
        before.affected_quantity,
        before.version,
    )
    assert "50" in Comment.objects.get().text and Cause.objects.get().kind == "decision"


def with_state(ncr, wanted):
    """By the real acts."""
    from qms.accounts.models import User

    engineer = User.objects.get(username="engineer")
    ncr_actions.start_review(ncr=ncr, by=engineer)
    line = ncr_actions.Line("scrap", ncr.affected_quantity)
    ncr_actions.disposition(ncr=ncr, lines=[line], by=engineer)
    if wanted == "IN_MRB":
        ncr_actions.send_to_mrb(ncr=ncr, by=engineer)


def test_less_than_is_decided_is_a_question(mes):
    sent, ncr = logged(mes)
    with_state(ncr, "IN_REVIEW")
    mes.post(later(sent, quantity={"affected": 1}, severity="minor"))
    now = Nonconformance.objects.get()
    assert (now.affected_quantity, now.severity) == (Decimal(5), "minor") and "1" in Comment.objects.get().text


def test_a_quantity_in_another_unit_is_not_taken_over(mes):
    sent, _ncr = logged(mes)
    answer = mes.post(later(sent, quantity={"affected": 7, "unit": "kg"}))
    assert "kg" in answer.json()["notes"][0] and Nonconformance.objects.get().affected_quantity == Decimal(5)


def test_cancelled_when_nobody_has_touched_it(mes):
    sent, _ncr = logged(mes)
    answer = mes.post(later(sent, kind="cancelled", note="wrong gauge"))
    assert (answer.status_code, answer.json()["status"]) == (200, "updated")
    line = trail.timeline(Nonconformance.objects.get())[0]
    assert (line.event, line.reason) == ("ncr.cancelled", "Cancelled by the MES: wrong gauge")
    again = mes.post(later(sent, kind="cancelled", time="2026-05-04T10:00:00+02:00"))
    assert again.status_code == 200 and not Comment.objects.exists()


@pytest.mark.parametrize("touched", ["comment", "edit", "review"])
def test_cancelled_after_somebody_worked_on_it_is_a_question(mes, people, touched):
    sent, ncr = logged(mes)
    engineer = people["engineer"]
    if touched == "comment":
        records.comment(record=ncr, text="I look at it", by=engineer)
    elif touched == "edit":
        ncr_actions.edit(cause="INFO", ncr=ncr, by=engineer, reason="seen by me", requirement="as drawn")
    else:
        ncr_actions.start_review(ncr=ncr, by=engineer)
    assert mes.post(later(sent, kind="cancelled", note="wrong gauge")).status_code == 200
    assert Nonconformance.objects.get().state == ("IN_REVIEW" if touched == "review" else "OPEN")
    assert "wrong gauge" in Comment.objects.order_by("-pk")[0].text and Cause.objects.get().kind == "decision"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"quantity": {"affected": -3}}, "/data/quantity/affected"),
        ({"quantity": {"affected": "1,5"}}, "/data/quantity/affected"),
        ({"sequence": "new"}, "/data/sequence"),
        ({"sequence": -1}, "/data/sequence"),
        ({"note": 5}, "/data/note"),
    ],
)
def test_bad_updates_are_refused_with_a_pointer(mes, data, pointer):
    sent, _ncr = logged(mes)
    answer = mes.post(later(sent, **data))
    assert answer.status_code == 422 and [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert not InboxMessage.objects.filter(message_type="mes.defect.updated").exists()


def test_a_defect_of_another_site_is_as_unknown_as_none(mes, people):
    """Neither changed nor told of: the same answer as for a defect that never was."""
    from qms.accounts.models import Site

    sent, _ncr = logged(mes)
    user = InboxMessage.objects.get().sender
    token = Mes(other_token(user, Site.objects.get(code="SUZ")))
    foreign = token.post(later(sent, note="from afar", site="SUZ"))
    never = token.post(later("never-logged", note="from afar", site="SUZ"))
    assert foreign.status_code == never.status_code == 202
    assert foreign.json()["problem"].replace(sent["id"], "") == never.json()["problem"].replace("never-logged", "")
    assert inbox.sweep() == 0 and Nonconformance.objects.get().description == ""


def other_token(user, site):
    from qms import journal
    from qms.accounts import actions as accounts

    _row, plain = accounts.issue_token(user=user, scopes=["mes"], sites=[site], source="mes-aug", by=journal.SYSTEM)
    return plain


def test_the_hot_path_has_not_grown(mes):
    mes.post(event())
    with CaptureQueriesContext(connection) as asked:
        assert mes.post(event(defect_id="D-77")).status_code == 201
    assert len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]) == 5


def test_receipts_and_links_of_later_messages(mes):
    sent, ncr = logged(mes, defect_id="NC-5")
    news, early = later("NC-5", severity="minor"), later("NC-6", note="early")
    mes.post(news)
    mes.post(early)
    receipt = mes.get(f"receipts/mes-aug/{news['id']}").json()
    assert (receipt["status"], receipt["records"]) == ("APPLIED", [ncr.number]) and receipt["causes"] == []
    waiting = mes.get(f"receipts/mes-aug/{early['id']}").json()
    assert (waiting["status"], waiting["records"]) == ("PARKED", []) and "NC-6" in waiting["problem"]
    assert waiting["causes"] == [{"kind": "create", "name": "NC-6", "why": "unknown"}]
    ids = [sent["id"], news["id"], "NC-5", early["id"], "NC-6"]
    links = mes.get("links", {"source": "mes-aug", "id": ids}).json()["results"]
    assert [link["record"] for link in links] == [ncr.number] * 3 + [None, None]
    assert [link["is_known"] for link in links] == [True, True, True, True, False]
    for name in ("status", "disposition", "containment", "url", "version", "changed_at"):
        assert name in links[1]


def test_links_ask_once_for_all(make):
    """Also whether a hold was broken: as many questions for six records with an active hold as for one."""
    names = [make.contained().number for _ in range(6)]
    counts = []
    for some in (names[:1], names):
        with CaptureQueriesContext(connection) as asked:
            rows = for_links(Nonconformance.objects.filter(number__in=some))
            told_ = [(row.containment, row.current_lines()) for row in rows]
        counts.append(len(asked.captured_queries))
        assert len(told_) == len(some) and {str(c) for c, _lines in told_} == {"confirmed"}
    assert counts[0] == counts[1] <= 5, counts
