"""Dead letters by cause, the search over both directions, and how a message was understood."""

import pytest
from django.urls import reverse

from connectors import actions, outbox, queries
from connectors.base import Permanent
from connectors.inbox import worklist
from connectors.models import Attempt, InboxMessage
from ncr.models import Nonconformance
from qms.commands.models import Posting
from qms.demo.cast import PASSWORD
from qms.lib.errors import SignatureRefused
from qms.signatures.models import Signature
from qms.signatures.snapshot import covers
from tests.connectors.interface_page import WHY, ask, events, lot, owner_user, url
from tests.connectors.mes import event, in_use, mes, mes_interface
from tests.factories import signing

__all__ = ["ask", "lot", "mes", "mes_interface"]
pytestmark = pytest.mark.django_db


# --- dead letters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dead(ask, erp_fake):
    """Three refused postings, two of one cause."""
    words = iter(["Lot 7 is on an inventory.", "Lot 8 is on an inventory.", "The period is closed."])

    def refuse(intent):
        raise Permanent("refused", next(words))

    erp_fake.on_post = refuse
    made = [ask() for _ in range(3)]
    while outbox.deliver_next():
        pass
    erp_fake.on_post = None
    return made


def test_dead_letters_are_grouped_by_cause(interface, dead):
    first, second = queries.causes(queries.letters(interface))
    assert (len(first.letters), len(second.letters)) == (2, 1) and "inventory" in first.text


def test_chosen_letters_are_tried_again_and_counted(owner, interface, dead):
    page = owner.get(url("interface"), {"tab": "letters"}).content.decode()
    assert dead[0].reference in page and "Discard the chosen" in page
    cause = queries.causes(queries.letters(interface))[0].key
    asked = owner.get(url("letters-retry"), {"cause": cause})
    assert "2 dead letters" in asked.content.decode()
    chosen = asked.context["form"].initial["letters"]
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": ""}).status_code == 422
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": WHY}).status_code == 302
    assert owner.post(url("letters-retry"), {"letters": chosen, "reason": WHY}).status_code == 409, (
        "no letters any more"
    )
    while outbox.deliver_next():
        pass
    states = {posting.reference: Posting.objects.get(pk=posting.pk).state for posting in dead}
    assert sorted(states.values()) == ["FAILED", "POSTED", "POSTED"]
    assert events("interface.retried")[0]["data"]["count"] == 2


def test_letters_are_discarded_with_a_reason(interface, dead, people):
    by = people["integration"]
    chosen = [f"out:{dead[2].reference}"]
    with pytest.raises(SignatureRefused):
        actions.discard(
            interface=interface, letters=chosen, by=by, reason=WHY, signing=signing(by, password="wrong-password")
        )
    assert Posting.objects.get(pk=dead[2].pk).state == "FAILED"
    assert actions.discard(interface=interface, letters=chosen, by=by, reason=WHY, signing=signing(by)) == 1
    made = Signature.objects.get(record_type="commands.posting")
    assert (made.signer, made.meaning) == (by, "waived") and covers(Posting.objects.get(pk=dead[2].pk), made)
    assert Posting.objects.get(pk=dead[2].pk).state == "CANCELLED" and len(queries.letters(interface)) == 2


def test_a_rejected_message_is_tried_again_or_discarded(mes, mes_interface, people, monkeypatch):
    from connectors import inbox
    from connectors.routes import defects
    from qms.lib.errors import Invalid

    def refuse(**rest):
        raise Invalid("The catalogue is closed.")

    with monkeypatch.context() as patch:
        patch.setattr(defects.ncr, "take_defect", refuse)
        assert mes.post(event()).status_code == mes.post(event()).status_code == 422
    first, second = InboxMessage.objects.order_by("pk")
    assert first.state == second.state == "REJECTED"
    [cause] = queries.causes(queries.letters(mes_interface))
    assert len(cause.letters) == 2 and "catalogue" in cause.text
    by = people["integration"]
    told = worklist.foretold_letters(by, mes_interface, [f"in:{first.uid}"])
    assert [one.state for one in told] == ["APPLIED"] and not Nonconformance.objects.exists(), "foretold, not done"
    actions.retry_letters(interface=mes_interface, letters=[f"in:{first.uid}"], by=by, reason=WHY)
    assert inbox.sweep() == 1
    actions.discard(interface=mes_interface, letters=[f"in:{second.uid}"], by=by, reason=WHY, signing=signing(by))
    second.refresh_from_db()
    assert covers(second, Signature.objects.get(record_type="connectors.inboxmessage"))
    assert list(InboxMessage.objects.order_by("pk").values_list("state", flat=True)) == ["APPLIED", "DISCARDED"]
    assert not queries.letters(mes_interface) and Nonconformance.objects.count() == 1


def test_somebody_takes_care_of_a_cause(owner, interface, dead, people):
    cause = queries.causes_of(interface)[0]
    page = owner.get(url("interface"), {"tab": "letters"}).content.decode()
    assert "Nobody takes care of it yet." in page
    address = reverse("connectors:letters-assign", args=[interface.code, cause.key])
    assert owner.get(address).status_code == 200
    assert owner.post(address, {"to": people["operator"].pk}).status_code == 422, "who may not operate it"
    assert owner.post(address, {"to": people["integration"].pk}).status_code == 302
    assert queries.causes_of(interface)[0].assigned_to == people["integration"]
    assert "takes care of it." in owner.get(url("interface"), {"tab": "letters"}).content.decode()
    assert events("interface.letters_assigned")[0]["data"]["count"] == 2
    gone = reverse("connectors:letters-assign", args=[interface.code, "000000000000"])
    assert owner.post(gone, {"to": people["integration"].pk}).status_code == 409


def test_the_page_asks_for_a_signature_before_letters_go(owner, interface, dead):
    chosen = f"out:{dead[0].reference}"
    asked = owner.post(url("letters-discard"), {"letters": chosen, "reason": WHY})
    assert "and you answer for that" in asked.content.decode() and len(queries.letters(interface)) == 3
    sent = {"letters": chosen, "reason": WHY, "_sign": "1", "_username": "integration", "_password": PASSWORD}
    assert owner.post(url("letters-discard"), sent).status_code == 302 and len(queries.letters(interface)) == 2


def test_too_many_at_once_are_refused(interface, people):
    from qms.lib.errors import Invalid

    with pytest.raises(Invalid):
        actions.retry_letters(
            interface=interface, letters=[f"in:{n}" for n in range(201)], by=people["integration"], reason=WHY
        )
    with pytest.raises(Invalid):
        actions.retry_letters(interface=interface, letters=[], by=people["integration"], reason=WHY)


# --- search, detail ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["LOT-26-0001", "record", "message", "RM-TI64-B25"])
def test_a_message_is_found_by_lot_record_id_and_part(owner, mes, what):
    sent = event()
    number = mes.post(sent).json()["record"]
    mes.post(event(lot="OTHER", part="TB-9"))
    text = {"record": number, "message": sent["id"]}.get(what, what)
    found = queries.passages(owner_user(owner), text=text)
    assert number in [passage.key for passage in found], what
    page = owner.get(reverse("connectors:find"), {"q": text}).content.decode()
    assert number in page


def test_a_message_that_waits_is_found_by_what_stands_in_it(owner, mes):
    mes.post(event(nc_code="KRATZER", lot="L-4711"))
    [found] = queries.passages(owner_user(owner), text="l-4711")
    assert found.state == "NEEDS_MAPPING" and found.direction == "in"


def test_a_posting_is_found_by_lot_reference_and_document(owner, ask):
    posting = ask()
    outbox.deliver_next()
    posting.refresh_from_db()
    for text in (posting.reference, posting.document_number, posting.lot.number, posting.record_number):
        found = queries.passages(owner_user(owner), text=text)
        assert [passage.url for passage in found if passage.direction == "out"], text


def test_nothing_of_another_site_is_found(client, people, mes, ask):
    number = mes.post(event()).json()["record"]
    posting = ask()
    assert queries.passages(people["operator"], text=number) == []
    assert queries.passages(people["operator"], text=posting.reference) == []
    assert client.get(reverse("connectors:find")).status_code == 302


def test_the_detail_tells_how_each_field_was_understood(owner, mes, mes_interface):
    rules = {"fields": [
        {"to": "nc_code", "from": "/Fault/Code", "values": {"17": "DIM-OUT"}},
        {"to": "quantity.affected", "from": "/Qty", "as": "decimal", "comma": True},
        {"to": "part", "from": "/Part"},
    ]}  # fmt: skip
    in_use(mes_interface, rules)
    sent = event()
    sent["data"] = {"Fault": {"Code": 17}, "Qty": "2,5", "Part": "RM-TI64-B25"}
    assert mes.post(sent).status_code == 201
    message = InboxMessage.objects.get()
    told = {step.target: step for step in queries.steps(message)}
    assert (told["nc_code"].given, told["nc_code"].result) == ("17", "DIM-OUT")
    assert (told["quantity.affected"].source, told["quantity.affected"].result) == ("/data/Qty", "2.5")
    page = owner.get(reverse("connectors:message", args=[message.uid])).content.decode()
    assert "How it was understood" in page and "/data/Fault/Code" in page and message.record_number in page
    assert "edition 1" in owner.get(url("interface", "mes-aug"), {"tab": "mapping"}).content.decode()


def test_a_message_without_a_mapping_is_taken_as_it_is(owner, mes):
    mes.post(event())
    told = {step.target: step for step in queries.steps(InboxMessage.objects.get())}
    assert told["quantity.affected"].result == "5" and told["nc_code"].rule == ""


def test_attempts_count_as_failures_of_the_day(interface, dead):
    assert queries.card(interface).failures == Attempt.objects.count() == 3


def test_postings_are_listed_and_exported(owner, ask):
    posting = ask()
    page = owner.get(reverse("connectors:sent")).content.decode()
    assert posting.reference in page and posting.record_number in page
    found = b"".join(owner.get(reverse("connectors:sent"), {"format": "csv"}).streaming_content).decode()
    assert posting.reference in found
    assert posting.reference not in owner.get(reverse("connectors:sent"), {"state": "DEAD"}).content.decode()
