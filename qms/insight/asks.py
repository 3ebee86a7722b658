"""What nonconformances, holds and postings ask of people: the next step of each, offered to those who may take it."""

from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ncr import queries as ncr
from ncr.models import Hold, Nonconformance
from qms.accounts import access
from qms.commands.choices import READ_IS_ENOUGH
from qms.commands.models import Command, Posting
from qms.records.queries import record_refuses, step_url

from .models import Deferral
from .worklist import EXECUTION, INTERFACE, LIMIT, REVIEW, SIGNATURE, Source, Task, register

# State → steps that may be next, the first that is open to the person is asked; with what is asked, in words.
NEXT: dict[str, tuple[str, ...]] = {
    "DRAFT": ("submit",),
    "OPEN": ("start-review",),
    "CONTAINED": ("start-review",),
    "IN_REVIEW": ("send-to-mrb", "disposition"),
    "IN_MRB": ("approve",),
    "DISPOSITIONED": ("execute", "hold"),
    "VERIFICATION": ("close",),
}
KIND = {"approve": SIGNATURE, "close": SIGNATURE, "execute": EXECUTION, "hold": EXECUTION}
OWN_FIRST = {"start-review", "disposition", "send-to-mrb", "execute", "hold"}  # steps of the owner, where there is one


def asked(step: str) -> str:
    return {
        "submit": _("Finish the draft"),
        "start-review": _("Contain and review"),
        "disposition": _("Propose a disposition"),
        "send-to-mrb": _("Send to the MRB"),
        "approve": _("Sign the disposition"),
        "execute": _("Execute in the ERP"),
        "hold": _("Confirm containment"),
        "close": _("Verify and close"),
    }[step]


def ncr_tasks(user: Any) -> list[Task]:
    rows = ncr.for_worklist(_candidates(user))
    return [task for row in rows if (task := _task(row, user))]


def _candidates(user: Any) -> Any:
    """Records in states whose next step the person may take somewhere, theirs and the due ones first."""
    steps = Nonconformance.workflow
    states = [s for s, names in NEXT.items() if any(access.may(user, steps.transition(n).permission) for n in names)]
    handed = Deferral.objects.filter(to=user, ended_at=None, record_type="ncr.nonconformance").values_list("record_key")
    keys = [int(key) for (key,) in handed[:LIMIT]]
    rows = Nonconformance.objects.visible_to(user).filter(state__in=states)
    rows = rows.filter(Q(owner=user) | Q(owner=None) | ~Q(state__in=_owned()) | Q(pk__in=keys))
    rows = rows.filter(~Q(state="DRAFT") | Q(created_by=user))
    signed = Q(created_by=user) | Q(proposed_by=user)
    return rows.exclude(signed & Q(state__in=("IN_MRB", "VERIFICATION"))).order_by("due_date", "-pk")[:LIMIT]


def _owned() -> list[str]:
    return [state for state, names in NEXT.items() if set(names) & OWN_FIRST]


def _task(row: Nonconformance, user: Any) -> Task | None:
    for name in NEXT[row.state]:
        step = row.workflow.transition(name)
        if not access.may(user, step.permission, row) or step.blocked(row) or record_refuses(row, step, user):
            continue
        if name == "hold" and row.containment in ("confirmed", "waived", "requested"):
            continue
        return Task(
            kind=KIND.get(name, REVIEW),
            asked=asked(name),
            url=step_url(row, step),
            label=row.number,
            title=row.title,
            step=name,
            record=row,
            due=row.due_date,
            since=row.created_at,
            requester=(row.proposed_by if name == "approve" else None) or row.created_by,
        )
    return None


def hold_tasks(user: Any) -> list[Task]:
    """Holds whose day of review has come."""
    step = Hold.workflow.transition("request-release")
    if not access.may(user, step.permission):
        return []
    rows = Hold.objects.visible_to(user).filter(state="ACTIVE", review_date__lte=timezone.localdate())
    joined = rows.select_related("ncr", "created_by").order_by("review_date", "pk")[:LIMIT]
    return [
        Task(
            kind=REVIEW,
            asked=_("Review the hold"),
            url=row.get_absolute_url(),
            label=row.number,
            title=row.reason,
            step=step.name,
            record=row,
            due=row.review_date,
            since=row.created_at,
            requester=row.created_by,
        )
        for row in joined
        if access.may(user, step.permission, row)
    ]


def posting_tasks(user: Any) -> list[Task]:
    """Postings that the ERP refused for good."""
    if not access.may(user, "interface.operate"):
        return []
    rows = Posting.objects.visible_to(user).failed().select_related("requested_by").order_by("pk")[:LIMIT]
    found = []
    for row in rows:
        try:
            url = reverse("connectors:delivery", args=[row.reference])
        except NoReverseMatch:
            return []
        found.append(
            Task(INTERFACE, _("Decide about the refused posting"), url, row.reference, row.problem,
                 since=row.requested_at, requester=row.requested_by)
        )  # fmt: skip
    return found


def command_tasks(user: Any) -> list[Task]:
    """What the shop floor refused or missed, and what it says is done and another person verifies."""
    if not access.may(user, "hold.release"):
        return []
    rows = Command.objects.visible_to(user).filter(state__in=("REJECTED", "EXPIRED", "BREACHED", "EXECUTED"))
    rows = rows.exclude(state="EXECUTED", executor=f"person:{user.pk}").exclude(
        state="EXECUTED", kind__in=READ_IS_ENOUGH
    )
    seen = rows.filter(record_number__in=Nonconformance.objects.visible_to(user).open().values("number"))
    return [
        Task(
            kind=EXECUTION,
            asked=_("Verify what the shop floor did") if row.state == "EXECUTED" else _("Decide about the command"),
            url=row.get_absolute_url(),
            label=row.record_number,
            title=f"{row.get_kind_display()}, {row.target}: {row.problem or row.get_state_display()}",
            since=row.requested_at,
            requester=row.requested_by,
        )
        for row in seen.select_related("requested_by").order_by("pk")[:LIMIT]
        if access.may(user, "hold.release", row)
    ]


def others(user: Any) -> list[Any]:
    """Open records that the person reported, owns or proposed."""
    mine = Q(created_by=user) | Q(owner=user) | Q(proposed_by=user)
    rows = Nonconformance.objects.visible_to(user).open().filter(mine).select_related("owner")
    return list(rows.order_by("due_date", "-pk")[:LIMIT])


register("ncr", Source(tasks=ncr_tasks, others=others))
register("holds", Source(tasks=hold_tasks))
register("postings", Source(tasks=posting_tasks))
register("commands", Source(tasks=command_tasks))
