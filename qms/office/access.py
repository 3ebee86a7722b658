"""Who holds what since when, and when it was last used: what a periodic review of access looks at (draft Annex 11, 11).

Last use of a role: the person's last step of a workflow that asks a right of the role, on the grant's site and since it
began, as it stands in the trail. Reading, comments and exports are no steps: they count in "last act" alone. Nothing is guessed.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, Max, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Grant, ServiceToken
from qms.accounts.roles import ROLES, roles_with
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.ui.filters import Choices
from qms.ui.listspec import Action, Column, ListSpec
from qms.workflow import REGISTRY, State

DORMANT = timedelta(days=90)
STATES = (
    State("used", _("Steps taken"), "success"),
    State("dormant", _("No step for 90 days"), "warning"),
    State("never", _("No step so far"), "info"),
    State("unknown", _("The role takes no steps"), "muted"),
)


def events_of(role: str) -> set[str]:
    """Events of the steps that the role's rights open."""
    steps = (step for workflow in REGISTRY.values() for step in workflow.transitions if not step.by_system)
    return {step.event for step in steps if role in roles_with(step.permission)}


def grants(user: Any) -> QuerySet[Grant]:
    """Grants that count, of active accounts, with `used_at` and `acted_at`: the trail is read once for all of them."""
    held = Grant.objects.valid().filter(user__is_active=True)
    told = list(held.select_related("user"))
    acts = _last_acts({str(grant.user_id) for grant in told})
    opened = {role: events_of(role) for role in {grant.role for grant in told}}
    used = {grant.pk: at for grant in told if (at := _used(grant, acts, opened[grant.role]))}
    people: dict[int, datetime] = {}
    for (actor, _event, _site), at in acts.items():
        people[int(actor)] = max(at, people.get(int(actor), at))
    return held.select_related("user", "site", "container", "granted_by").annotate(
        used_at=_case("pk", used), acted_at=_case("user_id", people)
    )


def _last_acts(actors: set[str]) -> dict[tuple[str, str, int | None], datetime]:
    """(person, event, site) → when last."""
    rows = Entry.objects.filter(kind="act", actor_id__in=actors).order_by()
    found = rows.values_list("actor_id", "event", "site").annotate(at=Max("ts"))
    return {(actor, event, site): at for actor, event, site, at in found}


def _used(grant: Grant, acts: dict[tuple[str, str, int | None], datetime], events: set[str]) -> datetime | None:
    found = [
        at
        for (actor, event, site), at in acts.items()
        if actor == str(grant.user_id) and event in events and grant.site_id in (None, site)
    ]
    return max((at for at in found if at.date() >= grant.valid_from), default=None)


def _case(name: str, values: dict[int, datetime]) -> Case:
    whens = [When(**{name: key}, then=Value(at, DateTimeField())) for key, at in values.items()]
    return Case(*whens, default=Value(None, DateTimeField()), output_field=DateTimeField())


def state(grant: Any) -> str:
    if grant.used_at:
        return "dormant" if grant.used_at < now() - DORMANT else "used"
    return "never" if events_of(grant.role) else "unknown"


def _site(grant: Any) -> str:
    return str(grant.site) if grant.site_id else str(_("all sites"))


ACCESS = ListSpec(
    name="access",
    title=_("Access review: roles and their last use"),
    model=Grant,
    permission="account.view",
    rows=grants,
    columns=(
        Column("user", _("Person"), source="user.full_name", kind="link", link=lambda g: g.user.get_absolute_url()),
        Column("username", _("User id"), source="user.username", sort="user__username"),
        Column("role", _("Role"), choices=list(ROLES.items()), sort="role"),
        Column("site", _("Site"), source=_site),
        Column("container", _("Customer or programme"), source="container.code", shown=False),
        Column("state", _("Use"), kind="state", source=state, states=STATES),
        Column("used_at", _("Last step under this role"), kind="moment", sort="used_at"),
        Column("acted_at", _("Last act of the person"), kind="moment", sort="acted_at"),
        Column("valid_from", _("Since"), kind="date", sort="valid_from"),
        Column("valid_to", _("Valid to"), kind="date", sort="valid_to"),
        Column("granted_by", _("Granted by"), kind="user"),
    ),
    filters=(Choices("role", _("Role"), choices=list(ROLES.items())),),
    search=("user__username", "user__full_name"),
    order="user__username",
    actions=(Action(_("Tokens"), "office:tokens", permission="account.view", icon="key-round"),),
    help_template="office/_access_help.html",
    empty=_("Nobody holds a role."),
)


def tokens(user: Any) -> QuerySet[ServiceToken]:
    return ServiceToken.objects.filter(Q(revoked_at=None), expires_at__gt=now()).select_related("user", "tokenuse")


def _token_used(token: Any) -> datetime | None:
    use = getattr(token, "tokenuse", None)
    return use.used_at if use else None


TOKENS = ListSpec(
    name="tokens",
    title=_("Access review: tokens and their last use"),
    model=ServiceToken,
    permission="account.view",
    rows=tokens,
    columns=(
        Column(
            "user", _("Service account"), source="user.username", kind="link", link=lambda t: t.user.get_absolute_url()
        ),
        Column("prefix", _("Begins with"), sort="prefix"),
        Column("source", _("Source system")),
        Column("used_at", _("Last use"), kind="moment", source=_token_used, sort="tokenuse__used_at"),
        Column("expires_at", _("Expires"), kind="moment", sort="expires_at"),
    ),
    search=("user__username", "prefix"),
    order="user__username",
    empty=_("No token is valid."),
)
