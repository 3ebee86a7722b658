"""Acts on supplier blocks: proposed, put in force by signature, watched, lifted by signature."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ncr.models import Nonconformance
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site, User
from qms.commands import actions as commands
from qms.commands import targets
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, PurchaseOrder, PurchaseOrderLine, Supplier
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import SigningRule

from . import events, queries
from .choices import OF_PART, SENTENCES, Level
from .models import BlockedOrder, SupplierBlock
from .workflow import PROPOSE

WRITE_BACK = "supplier_block"


def propose(
    *,
    by: Any,
    site: Site,
    supplier: Supplier,
    reason: str,
    item: Item | None = None,
    ncr: Nonconformance | None = None,
    owner: User | None = None,
    by_two: bool = False,
    uid: UUID | None = None,
) -> SupplierBlock:
    """A block that waits for its signature; of one part with `item`. `owner` (the proposer, unless told) is told of orders that
    go there all the same. `by_two`: it takes two persons whatever the site asks. The same `uid` again returns the first one.

    Raises Forbidden, Invalid, and Conflict where such a block stands or is proposed already."""
    _check_right(by, site)
    if uid and (known := SupplierBlock.objects.filter(uid=uid, created_by=by).first()):
        return known
    _check(site, supplier, reason, item, ncr)
    rule = SigningRule.objects.filter(site=site).first()
    with journal.act(events.PROPOSED, by=by) as act:
        held = Supplier.objects.select_for_update().get(pk=supplier.pk)  # two people never propose the same at once
        _check_free(site, held, item)
        made = SupplierBlock.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="PROPOSED",
            created_by=by,
            supplier=held,
            item=item,
            ncr=ncr,
            reason=reason.strip(),
            owner=owner or by,
            by_two=by_two or bool(rule and rule.supplier_block_by_two),
        )
        act.record(made, told(made))
    return made


def _check_right(by: Any, site: Site) -> None:
    held = access.site_ids(by, PROPOSE)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not block suppliers at %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )


def _check(site: Site, supplier: Supplier, reason: str, item: Item | None, ncr: Nonconformance | None) -> None:
    if not reason.strip():
        raise Invalid(_("Say why nothing more is to be ordered there."), field="reason")
    for row, field in ((supplier, "supplier"), (item, "item")):
        if row is not None and (row.gone_at or row.site_id not in (None, site.pk)):
            raise Invalid(
                _("%(number)s is not known at %(site)s.") % {"number": row.number, "site": site.code},
                field=field,
                hint=_("Choose one that the ERP of this site has."),
            )
    if item is not None and item.source != supplier.source:
        raise Invalid(_("The part and the supplier come from two different ERPs."), field="item")
    if ncr is not None and ncr.site_id != site.pk:
        raise Invalid(_("The nonconformance belongs to another site."), field="ncr")


def _check_free(site: Site, supplier: Supplier, item: Item | None) -> None:
    found = SupplierBlock.objects.filter(site=site, supplier=supplier, item=item)
    if block := found.exclude(state__in=("LIFTED", "CANCELLED")).first():
        raise Conflict(
            _("%(number)s blocks the same already, or is proposed to.") % {"number": block.number},
            hint=_("Go on with that one."),
            code="blocked_already",
        )


def block(
    *, supplierblock: SupplierBlock, by: Any, signing: Signing | None, version: int | None = None
) -> SupplierBlock:
    """In force from this transaction on: the ERP is asked where it keeps such a block, and new orders are watched anyway."""

    def change(row: SupplierBlock) -> tuple[str, ...]:
        row.blocked_by, row.blocked_at = by, now()
        row.level = Level.NONE if row.item_id else Level(targets.level(row.supplier.source, WRITE_BACK))
        row.after_order, row.after_line = _newest(PurchaseOrder), _newest(PurchaseOrderLine)
        return ("blocked_by", "blocked_at", "level", "after_order", "after_line")

    def after(row: SupplierBlock) -> None:
        _ask(row, is_blocked=True, by=by)

    return _step(supplierblock, "block", by, version=version, signing=signing, change=change, after=after)


def foreseen(row: SupplierBlock) -> Any:
    """What the ERP will make of it, said to whoever is about to sign."""
    return OF_PART if row.item_id else SENTENCES[Level(targets.level(row.supplier.source, WRITE_BACK))]


def _newest(model: Any) -> int:
    return int(model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)


def ask_lift(*, supplierblock: SupplierBlock, by: Any, reason: str, version: int | None = None) -> SupplierBlock:
    """The block stays in force until the lifting is signed."""

    def change(row: SupplierBlock) -> tuple[str, ...]:
        row.lift_asked_by = by
        return ("lift_asked_by",)

    return _step(supplierblock, "ask-lift", by, version=version, reason=reason, change=change)


def lift(
    *, supplierblock: SupplierBlock, by: Any, signing: Signing | None, version: int | None = None
) -> SupplierBlock:
    """The ERP is asked to lift it too, unless another block of the whole supplier still stands."""

    def change(row: SupplierBlock) -> tuple[str, ...]:
        row.lifted_by, row.lifted_at = by, now()
        return ("lifted_by", "lifted_at")

    def after(row: SupplierBlock) -> None:
        Supplier.objects.select_for_update().get(
            pk=row.supplier_id
        )  # two liftings at once: the later one sees the earlier
        if not queries.others(row).exists():
            _ask(row, is_blocked=False, by=by)

    return _step(supplierblock, "lift", by, version=version, signing=signing, change=change, after=after)


def keep(*, supplierblock: SupplierBlock, by: Any, reason: str, version: int | None = None) -> SupplierBlock:
    """The lifting that was proposed is refused."""
    return _step(supplierblock, "keep", by, version=version, reason=reason)


def cancel(*, supplierblock: SupplierBlock, by: Any, reason: str, version: int | None = None) -> SupplierBlock:
    return _step(supplierblock, "cancel", by, version=version, reason=reason)


def _ask(row: SupplierBlock, *, is_blocked: bool, by: Any) -> None:
    if row.item_id is None and row.level != Level.NONE:
        commands.request_supplier_mark(
            record=row, supplier=row.supplier, is_blocked=is_blocked, purpose="block" if is_blocked else "lift",
            reason=row.reason, by=by,
        )  # fmt: skip


def answer(
    *, supplierblock: SupplierBlock, by: Any, order: str, answer: str, version: int | None = None
) -> SupplierBlock:
    """What became of an order that went there all the same: cancelled, allowed by whom, or no new one at all."""
    found: list[BlockedOrder] = []

    def after(row: SupplierBlock) -> None:
        seen = row.orders.select_for_update().filter(order__number=order, answer="").order_by("pk").first()
        if seen is None:
            raise Invalid(
                _("No order %(order)s of this block waits for an answer.") % {"order": order},
                field="order",
                hint=_("The orders stand on the page of the block."),
            )
        if not answer.strip():
            raise Invalid(_("Say what became of the order."), field="answer")
        seen.answer, seen.answered_by, seen.answered_at = answer.strip(), by, now()
        seen.save(update_fields=["answer", "answered_by", "answered_at"])
        found.append(seen)

    def said(row: SupplierBlock) -> events.OrderTold:
        return order_told(row, found[0])

    row: SupplierBlock = records.step(
        record=supplierblock, name="answer", by=by, version=version, after=after, payload=said
    )
    return row


def watch(*, source: str) -> int:
    """Orders that were read for blocked suppliers of the source: each told once. Returns how many."""
    held = queries.standing(source).select_related("supplier", "item").select_for_update(of=("self",))
    with transaction.atomic():  # two readings at once: the later one sees what the earlier one told
        new = [(row, order) for row in held for order in queries.unseen(row)]
        for row, order in new:
            with journal.act(events.ORDER_SEEN, by=journal.SYSTEM) as act:
                act.record(row, order_told(row, BlockedOrder.objects.create(block=row, order=order)))
    return len(new)


def order_told(row: SupplierBlock, seen: BlockedOrder) -> events.OrderTold:
    return events.OrderTold(row.number, row.supplier.number, seen.order.number, seen.answer)


def _step(record: SupplierBlock, name: str, by: Any, **options: Any) -> SupplierBlock:
    row: SupplierBlock = records.step(record=record, name=name, by=by, payload=told, **options)
    return row


def told(row: SupplierBlock) -> events.Blocked:
    return events.Blocked(
        number=row.number,
        supplier=row.supplier.number,
        name=row.supplier.name,
        part=row.item.number if row.item else "",
        level=row.level,
        ncr=row.ncr.number if row.ncr else "",
    )


SUPPLIERBLOCK_STEPS: dict[str, Callable[..., SupplierBlock]] = {
    "block": block,
    "ask-lift": ask_lift,
    "lift": lift,
    "keep": keep,
    "answer": answer,
    "cancel": cancel,
}
