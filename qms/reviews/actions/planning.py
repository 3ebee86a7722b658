"""What planning any review of a site asks first: the right for the place, the same form sent twice, who it is planned for."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.errors import Forbidden


def planned_before(
    model: Any, *, by: Any, right: str, site: Site, every_site: bool, uid: UUID | None, sentence: str
) -> Any:
    """The review that this very form planned already, or None. `sentence` names the site. Raises Forbidden."""
    held = access.site_ids(by, right)
    if held != access.ALL and (every_site or site.pk not in held):
        raise Forbidden(
            sentence % {"site": _("all sites") if every_site else site.code},
            hint=_("Ask an administrator for a role on this site."),
        )
    return model.objects.filter(uid=uid, created_by=by).first() if uid else None


def may_review(owner: Any, right: str, site: Site) -> bool:
    """Whether it may be planned for this person; nobody in particular is fine."""
    return not owner or access.who_may(right, site.pk).filter(pk=owner.pk).exists()
