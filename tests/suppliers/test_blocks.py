"""A supplier block: proposed, signed, asked of the ERP where it knows such a thing, watched everywhere, lifted by signature."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from ncr.models import Nonconformance
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.commands import targets
from qms.commands.models import Posting
from qms.insight import worklist
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Item
from qms.office.models import Notification
from qms.office.notifications import rules
from qms.signatures import actions as signatures
from suppliers import actions
from suppliers.models import BlockedOrder, SupplierBlock
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("18",)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the ERP behind every source keeps to."""
    told = {"supplier_block": "enforced"}
    monkeypatch.setattr(targets, "LEVELS", [lambda source, name: told.get(name, "none")])
    return told


def blocked(make: Any, **values: Any) -> SupplierBlock:
    manager = person("manager")
    made = make.supplierblock(**values)
    return actions.block(supplierblock=made, by=manager, signing=signing(manager))


def two_persons() -> None:
    signatures.set_rule(
        site=Site.objects.get(code="AUG"), refuses_fresh_role=False, refuses_fresh_access=False,
        supplier_block_by_two=True, by=person("admin"), reason="our rule",
    )  # fmt: skip


def test_the_erp_is_asked_where_it_enforces_the_block_and_asked_to_lift_it(make: Any, answers: dict[str, str]) -> None:
    row = blocked(make)
    asked = Posting.objects.of(row).get()
    assert (row.state, row.level) == ("ACTIVE", "enforced")
    assert (asked.kind, asked.target, asked.supplier, asked.item) == ("BLOCK", "tryton", row.supplier, None)
    assert asked.reference == f"{row.number.replace('-', '')}-01" and len(asked.reference) <= 16
    lifted = make_lifted(row)
    assert lifted.state == "LIFTED"
    assert [p.kind for p in Posting.objects.of(row).order_by("pk")] == ["BLOCK", "UNBLOCK"]


def make_lifted(row: SupplierBlock) -> SupplierBlock:
    asked = actions.ask_lift(supplierblock=row, by=person("supplierq"), reason="the audit was passed")
    return actions.lift(supplierblock=asked, by=person("manager"), signing=signing(person("manager")))


@pytest.mark.parametrize("level", ["advisory", "none"])
def test_the_page_says_how_far_the_erp_goes(make: Any, answers: dict[str, str], client: Any, level: str) -> None:
    answers["supplier_block"] = level
    row = blocked(make)
    client.force_login(person("supplierq"))
    page = client.get(row.get_absolute_url()).content.decode()
    assert ("only warns" in page) == (level == "advisory")
    assert ("watched instead" in page) == (level == "none")
    assert Posting.objects.of(row).exists() == (level == "advisory")
    shown = client.get(reverse("masterdata:detail", args=["suppliers", row.supplier_id])).content.decode()
    panel = client.get(reverse("suppliers:panel", args=[row.supplier_id])).content.decode()
    assert f"by {row.number}" in shown and row.number in panel and row.reason in panel


def test_a_block_of_one_part_is_only_watched(make: Any, answers: dict[str, str]) -> None:
    item, other = Item.objects.live().filter(source="tryton").order_by("pk")[:2]
    row = blocked(make, item=item)
    assert row.level == "none" and not Posting.objects.of(row).exists()
    make.purchase_order(row.supplier, item=other)
    assert not row.orders.exists()
    seen = make.purchase_order(row.supplier, item=item)
    assert [one.order for one in row.orders.all()] == [seen]


def test_a_new_order_is_told_to_the_owner_once_and_answered(make: Any, answers: dict[str, str], client: Any) -> None:
    made = make.supplierblock()
    old = make.purchase_order(made.supplier)
    row = actions.block(supplierblock=made, by=person("manager"), signing=signing(person("manager")))
    order = make.purchase_order(row.supplier)
    make.purchase_order(make.supplier("Another"))
    make.purchase_order(row.supplier, date=now().date() - timedelta(days=30))  # read late, ordered long before
    for _ in range(2):
        actions.watch(source="tryton")
    assert [one.order for one in row.orders.all()] == [order] != [old]
    assert Entry.objects.filter(event="supplier_block.order_seen").count() == 1
    rules.take(list(Entry.objects.filter(event="supplier_block.order_seen")))
    owner = person("supplierq")
    assert Notification.objects.filter(user=owner, event="supplier_block.order_seen").count() == 1
    mine = [task for task in worklist.of(owner).tasks if task.label == row.number]
    assert len(mine) == 1 and order.number in str(mine[0].asked)
    client.force_login(owner)
    url = reverse("suppliers:supplierblock-answer", args=[row.number])
    assert order.number in client.get(url).content.decode()
    row.refresh_from_db()
    said = {"order": order.number, "answer": "cancelled there", "version": str(row.version)}
    assert client.post(url, said).status_code == 302
    assert row.orders.get().answered_by == owner and not [t for t in worklist.of(owner).tasks if t.label == row.number]
    with pytest.raises(Conflict):
        actions.answer(supplierblock=row, by=owner, order=order.number, answer="again")


def test_two_persons_where_the_site_asks(make: Any, answers: dict[str, str]) -> None:
    alone = make.supplierblock(by="manager")
    two_persons()
    manager, other = person("manager"), person("supplierq")
    assert (
        not alone.by_two and actions.block(supplierblock=alone, by=manager, signing=signing(manager)).state == "ACTIVE"
    )
    row = make.supplierblock(by="manager")
    with pytest.raises(Forbidden, match="another person"):
        actions.block(supplierblock=row, by=manager, signing=signing(manager))
    row = actions.block(supplierblock=row, by=other, signing=signing(other))
    row = actions.ask_lift(supplierblock=row, by=other, reason="the audit was passed")
    with pytest.raises(Forbidden, match="another person"):
        actions.lift(supplierblock=row, by=other, signing=signing(other))
    with pytest.raises(Invalid, match="signature"):
        actions.lift(supplierblock=row, by=manager, signing=None)
    assert actions.keep(supplierblock=row, by=manager, reason="not convincing").state == "ACTIVE"


def test_the_supplier_stays_blocked_while_another_block_of_it_stands(make: Any, answers: dict[str, str]) -> None:
    """Two sites block the same supplier; the ERP knows one mark."""
    first = blocked(make)
    second, holder = make.supplierblock(site="SUZ", supplier=first.supplier), person("gongcheng")
    with pytest.raises(Forbidden):  # a quality engineer proposes, and does not sign
        actions.block(supplierblock=second, by=holder, signing=signing(holder))
    accounts.grant(user=holder, role="quality_manager", site=second.site, by=person("admin"), reason="on leave")
    holder = person("gongcheng")
    second = actions.block(supplierblock=second, by=holder, signing=signing(holder))
    make_lifted(first)
    assert [p.kind for p in Posting.objects.of(first).order_by("pk")] == ["BLOCK"]
    second = actions.ask_lift(supplierblock=second, by=holder, reason="the audit was passed")
    actions.lift(supplierblock=second, by=holder, signing=signing(holder))
    assert [p.kind for p in Posting.objects.of(second).order_by("pk")] == ["BLOCK", "UNBLOCK"]


def test_what_is_refused_says_why(make: Any, answers: dict[str, str]) -> None:
    row = make.supplierblock()
    site, by = Site.objects.get(code="AUG"), person("supplierq")
    with pytest.raises(Conflict, match=row.number):
        actions.propose(by=by, site=site, supplier=row.supplier, reason="once more")
    with pytest.raises(Invalid, match="why"):
        actions.propose(by=by, site=site, supplier=make.supplier(), reason=" ")
    with pytest.raises(Forbidden, match="AUG"):
        actions.propose(by=person("operator"), site=site, supplier=make.supplier(), reason="no")
    with pytest.raises(Invalid, match="two different ERPs"):
        actions.propose(
            by=by, site=site, supplier=make.supplier(source="other"), reason="no",
            item=Item.objects.live().filter(source="tryton").first(),
        )  # fmt: skip
    away = make.supplier()
    record = make.report()
    assert isinstance(record, Nonconformance)
    with pytest.raises(Invalid, match="another site"):
        actions.propose(
            by=person("gongcheng"), site=Site.objects.get(code="SUZ"), supplier=away, reason="no", ncr=record
        )
    actions.cancel(supplierblock=row, by=by, reason="settled")
    assert actions.propose(by=by, site=site, supplier=row.supplier, reason="again").state == "PROPOSED"


def test_the_database_keeps_the_laws(make: Any, answers: dict[str, str]) -> None:
    row = blocked(make)
    order = make.purchase_order(row.supplier)
    for change in ({"blocked_by": None}, {"level": ""}, {"lifted_at": now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            SupplierBlock.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        BlockedOrder.objects.filter(block=row, order=order).update(answer="fine")
    with pytest.raises(DatabaseError), transaction.atomic():
        Posting.objects.filter(record_key=str(row.pk)).update(supplier=None)
