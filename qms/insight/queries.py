"""What the start page shows beside the queue."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.ui import recent

from . import search, worklist
from .palette import Option

# Role → what its people look at every day: (label, URL name, query, icon).
PRESETS: dict[str, tuple[tuple[Any, str, str, str], ...]] = {
    "inspector": ((_("Nonconformances in verification"), "ncr:list", "state=VERIFICATION", "octagon-alert"),),
    "quality_engineer": (
        (_("New nonconformances"), "ncr:list", "state=OPEN&state=CONTAINED", "octagon-alert"),
        (_("My nonconformances"), "ncr:list", "mine=1", "user"),
    ),
    "supplier_quality": ((_("My nonconformances"), "ncr:list", "mine=1", "user"),),
    "supervisor": ((_("Active holds"), "ncr:hold-list", "state=ACTIVE", "lock"),),
    "quality_manager": (
        (_("In MRB"), "ncr:list", "state=IN_MRB", "signature"),
        (_("Active holds"), "ncr:hold-list", "state=ACTIVE", "lock"),
    ),
    "auditor": ((_("Audit trail"), "office:trail", "", "scroll-text"),),
    "integration_owner": (
        (_("Messages"), "connectors:messages", "", "mail"),
        (_("Integrations"), "connectors:monitor", "", "cable"),
    ),
}


def recent_records(user: Any) -> list[search.Hit]:
    return search.shown(recent.keys(user), user, "")


def presets(user: Any) -> list[Option]:
    found: dict[str, Option] = {}
    for role in user.role_codes:
        for label, name, query, icon in PRESETS.get(role, ()):
            try:
                url = reverse(name) + (f"?{query}" if query else "")
            except NoReverseMatch:
                continue
            found.setdefault(url, Option(str(label), url, icon))
    return list(found.values())


def task(user: Any, record: Any, step: str) -> worklist.Task | None:
    """The task as it stands in this person's queue."""
    key = (record._meta.label_lower, str(record.pk), step)
    return next((each for each in worklist.of(user).tasks if each.key == key), None)


def next_signature(user: Any, after: str = "") -> worklist.Task | None:
    """The next one to sign; `after`: the number that was just dealt with."""
    tasks = [each for each in worklist.of(user).tasks if each.kind == worklist.SIGNATURE]
    return next((each for each in tasks if each.label != after), None)


def who_may_take(record: Any, step: str, user: Any) -> Any:
    """People who hold the right of the step on the record's site, without the asker."""
    people = access.who_may(record.workflow.transition(step).permission, record.site_id)
    return people.exclude(pk=user.pk).order_by("full_name")
