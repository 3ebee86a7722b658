"""How identity providers are listed."""

from django.utils.translation import gettext_lazy as _

from qms.accounts.providers import IdentityProvider
from qms.ui.listspec import Action, Column, ListSpec
from qms.workflow import State

STATES = (State("open", _("In use"), "success"), State("retired", _("Retired"), "muted"))


def state_of(row: IdentityProvider) -> str:
    return "retired" if row.retired_at else "open"


PROVIDERS = ListSpec(
    name="providers",
    title=_("Identity providers"),
    model=IdentityProvider,
    permission="account.view",
    rows=IdentityProvider.objects.visible_to,
    columns=(
        Column("code", _("Code"), kind="record", sort="code"),
        Column("name", _("Name"), sort="name"),
        Column("issuer", _("Issuer"), wide=True),
        Column("state", _("Status"), kind="state", source=state_of, states=STATES),
        Column("creates_people", _("Makes accounts"), kind="yes"),
    ),
    search=("code", "name", "issuer"),
    order="name",
    actions=(
        Action(_("New identity provider"), "identity:provider-create", permission="identity.manage", icon="plus"),
    ),
    empty=_(
        "People log in with a password of this program. Set up a provider, and they can sign in with the company's account."
    ),
)
