"""How qualifications are listed."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.workflow import State

from . import queries
from .models import Qualification
from .workflow import MANAGE, QUALIFICATION

VIEW = "qualification.view"
STANDING = (
    State("current", _("Current"), "success"),
    State("soon", _("Ends soon"), "warning"),
    State("expired", _("Expired"), "danger"),
    State("coming", _("Not yet valid"), "info"),
    State("ended", _("Ended"), "muted"),
)


def _current(user: Any) -> Q:
    today = now().date()
    return Q(state="VALID", valid_from__lte=today, valid_to__gte=today)


def _soon(user: Any) -> Q:
    return _current(user) & Q(valid_to__lte=now().date() + queries.SOON)


def _expired(user: Any) -> Q:
    return Q(state="VALID", valid_to__lt=now().date())


QUALIFICATIONS = ListSpec(
    name="qualifications",
    title=_("Qualifications"),
    model=Qualification,
    permission=VIEW,
    rows=lambda user: Qualification.objects.visible_to(user).select_related("site", "person", "created_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("person", _("Person"), kind="user"),
        Column("meanings", _("May sign"), source="words", wide=True),
        Column("standing", _("Today"), kind="state", source=queries.standing, states=STANDING),
        Column("valid_from", _("Valid from"), kind="date"),
        Column("valid_to", _("Valid to"), kind="date", sort="valid_to"),
        Column("basis", _("Rests on"), wide=True),
        Column("created_by", _("Recorded by"), kind="user"),
        Column("site", _("Site"), source="site.code"),
        Column("state", _("Status"), kind="state", states=QUALIFICATION.states, shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=QUALIFICATION.choices),
        Text("person", _("User id"), field="person__username", lookup="exact"),
        DateRange("until", _("Valid to"), field="valid_to", of_time=False),
        Flag("current", _("Current"), where=_current),
        Flag("soon", _("Ends soon"), where=_soon),
        Flag("expired", _("Expired"), where=_expired),
        Flag("mine", _("Mine"), where=lambda user: Q(person=user)),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Current"), {"current": "1"}),
        Tab(_("Ends soon"), {"soon": "1"}),
        Tab(_("Expired"), {"expired": "1"}),
        Tab(_("Mine"), {"mine": "1"}),
    ),
    search=("number", "basis", "person__full_name"),
    order="-id",
    actions=(
        Action(_("Record a qualification"), "qualifications:qualification-create", permission=MANAGE, icon="plus"),
    ),
    empty=_(
        "A qualification says what a person may sign, on what ground and until when. A site may ask for one before a signature."
    ),
    help_template="qualifications/_help.html",
)
