"""Who has agreed that electronic signatures bind, and when."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language

from qms.accounts.models import User

from . import agreement
from .models import Agreement, Signature


def agreed(user: User) -> Agreement | None:
    """The person's agreement to the present edition."""
    return Agreement.objects.filter(user=user, edition=agreement.current().edition).first()


def own(uid: Any, user: User) -> Signature | None:
    return Signature.objects.select_related("withdrawal").filter(uid=uid, signer=user).first()


def agreed_at() -> Subquery:
    """For lists of accounts: when each agreed to the present edition."""
    rows = Agreement.objects.filter(user=OuterRef("pk"), edition=agreement.current().edition)
    return Subquery(rows.values("agreed_at")[:1])


def wording() -> Any:
    return agreement.current(get_language() or "en")
