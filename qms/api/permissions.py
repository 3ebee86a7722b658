"""Default deny: a view that declares no permission lets nobody in."""

from typing import Any

from rest_framework.permissions import BasePermission

from qms.accounts import access, refusals
from qms.accounts.access import SIGNED_IN

__all__ = ["SIGNED_IN", "RoutePermission", "needed_permission"]


class RoutePermission(BasePermission):
    """A view says `permission = "ncr.view"`, or `permissions = {"GET": …, "POST": …}`; SIGNED_IN is any known caller.

    Without a caller the answer is 401, with one that lacks the right 403. Rights on a record's site are asked by the act.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.user is None:
            return False
        needed = needed_permission(view, request.method)
        if needed == SIGNED_IN or (needed and access.may(request.user, needed)):
            return True
        refusals.told(by=request.user, right=needed)
        return False


def needed_permission(view: Any, method: str) -> str:
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    by_method = getattr(view, "permissions", {})
    return str(by_method.get(method, "") or getattr(view, "permission", ""))
