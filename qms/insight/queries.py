"""My work: what waits for this person, from the records themselves."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ncr.models import Nonconformance
from ncr.permissions import refuses_approval, refuses_verification
from qms.accounts import access

LIMIT = 20


@dataclass(frozen=True)
class Task:
    """One row of the queue: the record, what is asked, and where it is done."""

    record: Any
    asked: str
    url: str


def my_work(user: Any) -> list[Task]:
    """Newest first, at most LIMIT of each kind; segregation of duties decides what is really mine."""
    tasks: list[Task] = []
    for state, permission, asked, refuse in (
        ("IN_MRB", "ncr.approve", _("Sign the disposition"), refuses_approval),
        ("VERIFICATION", "ncr.close", _("Verify and close"), refuses_verification),
        ("DISPOSITIONED", "ncr.execute", _("Execute in the ERP"), None),
        ("OPEN", "ncr.review", _("Contain and review"), None),
        ("CONTAINED", "ncr.review", _("Start the review"), None),
        ("IN_REVIEW", "ncr.propose", _("Propose a disposition"), None),
    ):
        tasks += _waiting(user, state, permission, asked, refuse)
    return tasks


def _waiting(user: Any, state: str, permission: str, asked: str, refuse: Any) -> list[Task]:
    if not access.may(user, permission):
        return []
    rows = Nonconformance.objects.visible_to(user).filter(state=state).order_by("-pk")[:LIMIT]
    mine = [row for row in rows if access.may(user, permission, row) and not (refuse and refuse(row, user))]
    return [Task(row, asked, row.get_absolute_url()) for row in mine]
