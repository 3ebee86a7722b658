"""Part quantities released while the rest of the lot is inspected: numbered, signed, and never more than the lot."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from inspection import actions
from inspection.models import UsageLine
from qms import journal
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Lot
from tests.factories import person, signing

PROVES = ("11.10(e)", "11.10(f)", "11.10(g)", "11.50", "11.70")
pytestmark = pytest.mark.django_db


def part(made, quantity, *, by="engineer", reason="line 3 stands still; sorted 100 %"):
    who = person(by)
    return actions.release_part(
        inspection=made, by=who, quantity=Decimal(quantity), reason=reason, signing=signing(who)
    )


def lying(make):
    """Ten pieces in quarantine, as the ERP has confirmed."""
    lot = Lot.objects.live().get(number="LOT-26-0101")
    plan = make.lotplan(item=lot.item.number, stock_mode="quarantine")
    made = make.inspection(state="RELEASED", plan=plan, lot=lot)
    return posted(made)


def posted(made):
    """The ERP answers every open posting of the inspection."""
    for one in Posting.objects.of(made).unfinished():
        sent = commands.mark_sent(posting=one)
        commands.mark_posted(posting=sent, document_number=f"T-{one.pk}", document_id=str(one.pk), read_back="{}")
    return type(made).objects.get(pk=made.pk)


def test_each_tranche_is_posted_by_itself_and_the_decision_is_about_the_rest(make, client):
    made = part(part(lying(make), 3), 2)
    moves = Posting.objects.of(made).filter(kind="RELEASE").order_by("pk")
    assert [(one.quantity, one.purpose) for one in moves] == [(3, "usage:1:1"), (2, "usage:2:1")]
    assert made.left_quantity == 5
    client.force_login(person("engineer"))
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Still to be decided about" in page and "Tranche 2" in page
    made = actions.complete(inspection=make.read(made), by=person("engineer"))
    with pytest.raises(Invalid, match="but 5 .* are to be decided about"):
        make.usage(made, unrestricted=10)
    made = make.usage(posted(made), unrestricted=5)
    assert [(line.tranche, line.quantity) for line in made.usage.order_by("line")] == [(1, 3), (2, 2), (None, 5)]
    assert posted(made).state == "POSTED"


def test_what_is_refused_or_all_of_it_is_no_part(make):
    made = make.inspection(state="RELEASED")
    for wrong in (10, 0):
        with pytest.raises(Invalid, match="are left"):
            part(made, wrong)
    with pytest.raises(Forbidden):
        part(made, 1, by="operator")
    with pytest.raises(Invalid, match="signature"):
        actions.release_part(inspection=made, by=person("engineer"), quantity=Decimal(1), reason="urgent", signing=None)
    made = part(made, 4)
    with pytest.raises(Conflict, match="decide about the rest"):
        actions.cancel(inspection=made, by=person("engineer"), reason="the wrong plan")
    with pytest.raises(Conflict, match="refuses the lot"):
        part(make.read(made, bad=1), 1)


def test_the_database_keeps_tranches_below_the_lot_and_signed(make):
    made = part(make.inspection(state="RELEASED"), 4)
    [held] = made.usage.all()
    for values, rule in (
        ({"quantity": 6, "tranche": None}, "tranches of a lot stay below"),
        ({"quantity": 1, "tranche": 2, "by": person("engineer"), "reason": "x"}, "usage_tranche_is_signed"),
        (
            {"quantity": 1, "tranche": 2, "by": person("engineer"), "reason": "x", "at": held.at, "kind": "blocked"},
            "signed",
        ),
    ):
        with (
            pytest.raises(DatabaseError, match=rule),
            transaction.atomic(),
            journal.act(journal.EVENTS["inspection.part_released"], by=person("engineer")),
        ):
            UsageLine.objects.create(**{"inspection": made, "line": 2, "kind": "unrestricted", **values})
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_it_is_signed_on_its_page(make, client):
    made = make.inspection(state="RELEASED")
    client.force_login(person("engineer"))
    url = reverse("inspection:inspection-release-part", args=[made.number])
    assert 'name="quantity"' in client.get(url).content.decode()
    answer = client.post(url, {"quantity": "3", "reason": "line 3 stands still", "version": made.version})
    assert "before its inspection is complete: line 3 stands still" in answer.content.decode()
    assert not made.usage.exists()
