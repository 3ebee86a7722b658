"""What the other side does: it pushes through the interface that its token names, and confirms our postings."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from connectors import outbox
from connectors.models import Interface, Kind, Mode
from qms.accounts import access
from qms.accounts.models import Site
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib import canonical
from qms.lib.errors import Conflict, Forbidden, Invalid, Missing

from .interfaces import PUSH, connect


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


def posting_of(*, reference: str, by: Any, locked: bool = False) -> Posting:
    """A posting that this caller's interface carries. Raises Missing for one of another interface."""
    interface = pusher(by=by)
    rows = Posting.objects.select_for_update() if locked else Posting.objects.all()
    held: Posting | None = rows.filter(reference=reference, target=interface.code).first()
    if held is None:
        raise Missing(_("There is no posting %(reference)s for this source.") % {"reference": reference})
    return held


def acknowledge(
    *, reference: str, status: str, document_number: str, document_id: str, code: str, reason: str, by: Any
) -> tuple[Posting, bool]:
    """What the ERP says of a posting that it carries itself. Returns it, and False when that was known already.

    Raises Missing for a posting of another interface, Conflict when it was settled differently before.
    """
    with transaction.atomic():
        held = posting_of(reference=reference, by=by, locked=True)
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
        return posting.state in ("FAILED", "NEEDS_DECISION")
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
