"""What can be done with an interface. Each act stands in its timeline; secrets never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events, outbox
from connectors.models import Interface, InterfaceState, Kind, Mode
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib import canonical, crypto
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, Missing
from qms.records.actions import check_reason

OPERATE = "interface.operate"
PUSH = "push"  # no adapter: the other side sends by itself, and confirms our postings


def connect(
    *,
    code: str,
    name: str,
    kind: Kind,
    adapter: str,
    base_url: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    site: Site,
    mode: Mode,
    by: Any,
    owner: Any = None,
    purpose: str = "",
) -> tuple[Interface, bool]:
    """Make the interface, or bring it up to date. Nothing is written when all is as it was. Returns it and whether
    something changed. For the system and its commands: a person's right is not asked here."""
    held = Interface.objects.filter(code=code).first()
    row = held or Interface(code=code, kind=kind, site=site, name=name, purpose=purpose, owner=owner)
    wanted = {"adapter": adapter, "base_url": base_url, "settings": dict(settings), "mode": mode}
    if held and _secrets(held) == dict(secrets) and all(getattr(held, k) == v for k, v in wanted.items()):
        return held, False
    for field, value in wanted.items():
        setattr(row, field, value)
    row.credentials = crypto.seal(secrets)
    with journal.act(events.CONNECTED, by=by) as act:
        row.save()
        InterfaceState.objects.get_or_create(interface=row)
        act.record(row, events.Connected(code, adapter, base_url, mode, sorted(secrets)))
    return row, True


def _secrets(interface: Interface) -> dict[str, Any] | None:
    """None when no key opens them any more; they are then sealed anew."""
    try:
        return crypto.unseal(interface.credentials)
    except crypto.KeyMissing:
        return None


def pusher(*, by: Any) -> Interface:
    """The interface that a token pushes through: the one that its source names, made when it pushes for the first time.

    Raises Forbidden for a token without source or of another kind of system.
    """
    scope = getattr(by, "token_scope", None)
    if scope is None or not scope.source:
        raise Forbidden(
            _("Only a token that names its source system can push."),
            hint=_("Issue one with a source: manage.py create_token ACCOUNT --scope erp --source NAME."),
            code="no_source",
        )
    held = Interface.objects.select_related("site").filter(code=scope.source).first()
    if held is None:
        held, _made = connect(
            code=scope.source, name=scope.source, kind=Kind.ERP, adapter=PUSH, base_url="", settings={}, secrets={},
            site=_site_of(scope), mode=Mode.LIVE, by=by,
        )  # fmt: skip
    if held.kind != Kind.ERP or (scope.sites != access.ALL and held.site_id not in scope.sites):
        raise Forbidden(_("The source “%(source)s” of this token is not an ERP of its sites.") % {"source": held.code})
    return held


def _site_of(scope: Any) -> Site:
    site = Site.objects.filter(pk__in=scope.site_codes.values()).order_by("pk").first()
    if site is None:
        raise Forbidden(_("The token opens no site."))
    return site


def acknowledge(
    *, reference: str, status: str, document_number: str, document_id: str, code: str, reason: str, by: Any
) -> tuple[Posting, bool]:
    """What the ERP says of a posting that it carries itself. Returns it, and False when that was known already.

    Raises Missing for a posting of another interface, Conflict when it was settled differently before.
    """
    interface = pusher(by=by)
    with transaction.atomic():
        held = Posting.objects.select_for_update().filter(reference=reference, target=interface.code).first()
        if held is None:
            raise Missing(_("There is no posting %(reference)s for this source.") % {"reference": reference})
        if _is_known(held, status, document_number):
            return held, False
        if status == "posted":
            told = canonical.dumps({"acknowledged": True, "document_number": document_number})
            posting = commands.mark_posted(
                posting=held, document_number=document_number, document_id=document_id, read_back=told, by=by
            )
        else:
            posting = commands.mark_failed(posting=held, code=code, problem=_needed(reason, "reason"), by=by)
        outbox.acknowledged(posting)
    return posting, True


def _is_known(posting: Posting, status: str, document_number: str) -> bool:
    """Raises Conflict when the ERP names another document for the same reference."""
    if status == "failed":
        return bool(posting.state == "FAILED")
    if posting.state not in ("POSTED", "RECONCILED"):
        _needed(document_number, "document_number")
        return False
    if posting.document_number != document_number:
        words = {"reference": posting.reference, "held": posting.document_number}
        raise Conflict(
            _("%(reference)s was posted as document %(held)s already.") % words,
            hint=_(
                "One reference belongs to one document. Look the reference up in the ERP and cancel the second one."
            ),
            code="other_document",
        )
    return True


def _needed(value: str, field: str) -> str:
    if not value.strip():
        raise Invalid(_("%(field)s is missing.") % {"field": field}, field=field)
    return value.strip()


def plan_sync(*, interface: Interface) -> None:
    """The scheduler rings for it within a second."""
    InterfaceState.objects.update_or_create(interface=interface, defaults={"next_sync_at": Now()})


def pause(*, interface: Interface, by: Any, reason: str) -> Interface:
    """Nothing is read and nothing is sent until it is resumed; what is asked for meanwhile waits."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.PAUSED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if row.paused_at:
            raise Conflict(_("%(interface)s is paused already.") % {"interface": row.name}, code="paused")
        row.paused_at = now()
        row.save(update_fields=["paused_at"])
        act.record(row, events.Switched(row.code, row.mode))
    return row


def resume(*, interface: Interface, by: Any, reason: str) -> Interface:
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.RESUMED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        if not row.paused_at:
            raise Conflict(_("%(interface)s is not paused.") % {"interface": row.name}, code="not_paused")
        row.paused_at = None
        row.save(update_fields=["paused_at"])
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def switch(*, interface: Interface, mode: Mode, by: Any, reason: str) -> Interface:
    """Off: nothing moves. Observe: it is read and messages are applied, nothing is sent. Live: both ways."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    with journal.act(events.SWITCHED, by=by, reason=reason) as act:
        row = Interface.objects.select_for_update().get(pk=interface.pk)
        row.mode = mode
        row.save(update_fields=["mode"])
        _read_soon(row)
        act.record(row, events.Switched(row.code, row.mode))
    return row


def _read_soon(interface: Interface) -> None:
    if interface.kind == Kind.ERP and interface.mode != Mode.OFF:
        plan_sync(interface=interface)
