"""How rules, cases, signals and stops are listed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

from .choices import Does, Hears, Mode
from .models import Case, Hit, Rule, Signal, Stop
from .workflow import CASE, EDIT, RULE, STOP

RULES = ListSpec(
    name="automation-rules",
    title=_("Automation rules"),
    model=Rule,
    permission="automation.view",
    rows=lambda user: Rule.objects.visible_to(user).select_related("site", "owner"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("code", _("Code"), sort="code"),
        Column("edition", _("Edition"), kind="number"),
        Column("title", _("Title"), wide=True),
        Column("hears", _("Hears"), source=lambda row: row.get_hears_display()),
        Column("does", _("Does"), source=lambda row: row.get_does_display()),
        Column("mode", _("Mode"), source=lambda row: row.get_mode_display()),
        Column("state", _("Status"), kind="state", states=RULE.states),
        Column("owner", _("Owner"), kind="user"),
        Column("expires_on", _("Expires on"), kind="date", sort="expires_on"),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=RULE.choices),
        Choices("mode", _("Mode"), choices=Mode.choices),
        Choices("does", _("Does"), choices=Does.choices),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("In use"), {"state": ["ACTIVE"]}),
        Tab(_("Drafts"), {"state": ["DRAFT", "APPROVED"]}),
    ),
    search=("number", "code", "title"),
    order="-id",
    actions=(
        Action(_("Draft a rule"), "automation:rule-create", permission=EDIT, icon="plus"),
        Action(_("Cases"), "automation:case-list", permission="automation.view", icon="layers"),
        Action(_("The switch"), "automation:stops", permission="automation.view", icon="octagon-pause"),
    ),
    empty=_(
        "Without a rule nothing is opened or held by itself. A rule is drafted, tried over the past, approved by another person,"
        " and can first run as a shadow."
    ),
    help_template="automation/_help.html",
)

CASES = ListSpec(
    name="automation-cases",
    title=_("Automation cases"),
    model=Case,
    permission="automation.view",
    rows=lambda user: Case.objects.visible_to(user).select_related("site", "rule", "ncr"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("rule", _("Rule"), source="rule.title", wide=True),
        Column("part", _("Part")),
        Column("lot", _("Lot"), source=lambda row: row.lot or row.order),
        Column("code", _("Code or characteristic")),
        Column("hits", _("Hits"), kind="number", sort="hits"),
        Column("quantity", _("Quantity"), source="quantity_shown"),
        Column("state", _("Status"), kind="state", states=CASE.states),
        Column("why", _("Why it waits for a person"), source=lambda row: row.get_why_display(), shown=False),
        Column("ncr", _("Nonconformance"), source=lambda row: row.ncr.number if row.ncr else ""),
        Column("last_at", _("Last hit"), kind="moment", sort="last_at"),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=CASE.choices),
        Text("rule", _("Rule"), field="rule__number", lookup="exact"),
        Text("source", _("Source"), field="source", lookup="exact"),
        DateRange("last", _("Last hit"), field="last_at"),
    ),
    tabs=(
        Tab(_("To decide"), {"state": ["SUGGESTED", "WAITING"]}),
        Tab(_("To confirm"), {"state": ["SHADOW", "ACTED"]}),
        Tab(_("All"), {}),
    ),
    search=("number", "part", "lot"),
    order="-id",
    empty=_(
        "A case gathers hits of one rule that belong together. It waits here for who accepts, confirms or dismisses it."
    ),
    help_template="automation/_help.html",
)


def heard(user: Any) -> Any:
    """Signals of a case that stands in a closed compartment are closed with it."""
    closed = Case.objects.exclude(compartment=None).exclude(compartment_id__in=access.compartment_ids(user))
    rows = access.visible_to(Signal.objects.all(), user, "automation.view").select_related("site")
    return rows.exclude(pk__in=Hit.objects.filter(case__in=closed).values("signal_id"))


SIGNALS = ListSpec(
    name="automation-signals",
    title=_("Signals"),
    model=Signal,
    permission="automation.view",
    rows=heard,
    columns=(
        Column("occurred_at", _("Occurred"), kind="moment", sort="occurred_at"),
        Column("kind", _("Heard"), source=lambda row: row.get_kind_display()),
        Column("source", _("Source")),
        Column("source_event", _("Message")),
        Column("part", _("Part")),
        Column("lot", _("Lot"), source=lambda row: row.lot or row.order),
        Column("serial", _("Serial number")),
        Column("code", _("Code or characteristic")),
        Column("value", _("Value")),
        Column("limits", _("Limits")),
        Column("severity", _("Severity")),
        Column("site", _("Site"), source="site.code"),
    ),
    filters=(
        Choices("kind", _("Heard"), choices=Hears.choices),
        Text("part", _("Part"), field="part", lookup="exact"),
        Text("lot", _("Lot"), field="lot", lookup="exact"),
        DateRange("occurred", _("Occurred"), field="occurred_at"),
    ),
    search=("part", "lot", "code", "source_event"),
    order="-occurred_at",
    empty=_(
        "Failed tests, values outside their limits and alerts of the shop floor are kept here, whatever rules there are."
    ),
)

STOPS = ListSpec(
    name="automation-stops",
    title=_("The switch"),
    model=Stop,
    permission="automation.view",
    rows=lambda user: Stop.objects.visible_to(user).select_related("site", "stopped_by", "resumed_by"),
    columns=(
        Column("site", _("Site"), source="site.code"),
        Column("source", _("Source"), source=lambda row: row.source or "*"),
        Column("reason", _("Reason"), wide=True),
        Column("stopped_at", _("Stopped"), kind="moment", sort="stopped_at"),
        Column("stopped_by", _("Stopped by"), kind="user"),
        Column("resumed_at", _("Resumed"), kind="moment"),
        Column("resumed_by", _("Resumed by"), kind="user"),
    ),
    order="-stopped_at",
    actions=(
        Action(_("Stop automation"), "automation:stop", permission=STOP, icon="octagon-pause"),
        Action(_("Resume"), "automation:resume", permission="automation.resume", icon="play"),
    ),
    empty=_(
        "Automation was never stopped. The switch stops every rule of a site at once; signals are kept all the while."
    ),
    help_template="automation/_help.html",
)
