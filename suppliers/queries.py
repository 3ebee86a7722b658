"""What pages and acts ask of supplier blocks: what stands, which orders are new, what is open."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from inspection.models import SamplingSequence
from qms.accounts import access
from qms.masterdata.models import PurchaseOrder, PurchaseOrderLine, Supplier
from qms.ui.banners import Banner

from .models import STANDING, BlockedOrder, SupplierBlock
from .workflow import PROPOSE

WATCHED = frozenset({"purchase-orders", "purchase-order-lines"})


def standing(source: str = "") -> QuerySet[SupplierBlock]:
    """In force; of one source of suppliers, or of all."""
    rows = SupplierBlock.objects.filter(state__in=STANDING)
    return rows.filter(supplier__source=source) if source else rows


def open_of(supplier: Supplier, site_id: int) -> QuerySet[SupplierBlock]:
    """Of the whole supplier at the site: proposed, or in force."""
    return SupplierBlock.objects.open().filter(supplier=supplier, site_id=site_id, item=None)


def others(block: SupplierBlock) -> QuerySet[SupplierBlock]:
    """Which besides this keep the whole supplier blocked."""
    return standing().filter(supplier=block.supplier_id, item=None).exclude(pk=block.pk)


def unseen(block: SupplierBlock) -> QuerySet[PurchaseOrder]:
    """Orders to the supplier that were read since the block is in force and are not known to be older, each of them once.

    A line that was added to an older order is new where the block is of its part."""
    held = block.supplier
    orders = PurchaseOrder.objects.live().filter(source=held.source, supplier_ref=held.external_id)
    day = block.blocked_at.date() if block.blocked_at else None
    if block.item is None:
        orders = orders.filter(pk__gt=block.after_order).exclude(order_date__lt=day)
    else:
        lines = PurchaseOrderLine.objects.live().filter(source=held.source, item_ref=block.item.external_id)
        fresh = lines.filter(pk__gt=block.after_line).values("order_ref")
        orders = orders.filter(external_id__in=fresh).exclude(pk__gt=block.after_order, order_date__lt=day)
    return orders.exclude(pk__in=block.orders.values("order")).order_by("pk")


def stopped(supplier: Supplier, user: Any) -> list[SamplingSequence]:
    """Parts of the supplier whose sampling inspection is discontinued, each with its last inspection."""
    rows = SamplingSequence.objects.visible_to(user).filter(supplier=supplier, discontinued=True)
    return list(rows.select_related("item", "parent").order_by("pk"))


def open_orders(user: Any) -> QuerySet[BlockedOrder]:
    """Orders that wait for an answer of this person: as the owner, or as anybody who may give it where the owner may not."""
    if not access.may(user, PROPOSE):
        return BlockedOrder.objects.none()
    rows = (
        BlockedOrder.objects.visible_to(user)
        .filter(answer="")
        .select_related("block__supplier", "block__owner", "order")
    )
    return rows.filter(Q(block__owner=user) | Q(block__owner__is_active=False))


def history(supplier: Supplier, user: Any) -> QuerySet[SupplierBlock]:
    """All blocks of a supplier that the reader may see, newest first."""
    rows = SupplierBlock.objects.visible_to(user).filter(supplier=supplier)
    return rows.select_related("item", "site", "created_by", "blocked_by", "lifted_by").order_by("-pk")


def told_of(record: Any, user: Any) -> Iterable[Banner]:
    """On the page of a supplier and of its orders: that it is blocked."""
    supplier = record if isinstance(record, Supplier) else getattr(record, "supplier", None)
    if not isinstance(record, Supplier | PurchaseOrder) or supplier is None:
        return
    if not access.may(user, SupplierBlock.view_permission):
        return
    for block in history(supplier, user).filter(state__in=STANDING):
        words = {"number": block.number, "reason": block.reason[:200]}
        text = (
            _("Blocked for new orders of part %(part)s by %(number)s: %(reason)s")
            % {**words, "part": block.item.number}
            if block.item
            else _("Blocked for new orders by %(number)s: %(reason)s") % words
        )
        yield Banner(
            text, "danger", "ban", reverse("suppliers:supplierblock-detail", args=[block.number]), block.number
        )
