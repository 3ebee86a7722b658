"""Reconciliation on screen: asked here, carried out by the worker, its differences decided one by one or by class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import actions, tasks
from connectors.actions import reconciling
from connectors.forms import NoQuestion
from connectors.forms.reconcile import AssignForm, PrepareForm, ResolveForm
from connectors.models import DaySheet, Difference, DifferenceKind, ReconcileRun, Resolution
from connectors.models.reconcile import HOURS, MESSAGES
from connectors.tables import DAYSHEETS, KINDS
from qms.accounts import access
from qms.journal import queries as trail
from qms.records import queries as records
from qms.ui.bulk import BulkAct, right_refuses
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .acts import InterfaceAct
from .monitor import Page

RESOLVE = reconciling.RESOLVE
SHOWN = 200


class Reconcile(InterfaceAct):
    form_class = NoQuestion
    title = gettext_lazy("Reconcile now")
    submit = gettext_lazy("Reconcile")
    done = gettext_lazy("The reconciliation is asked for; what it finds is shown below.")

    def perform(self, data: dict[str, Any]) -> str:
        run = reconciling.ask(interface=self.interface(), by=self.request.user)
        if run.started_at is None:
            tasks.ring_reconcile(run, int(self.request.user.pk or 0))
        return run.get_absolute_url()


class Run(Page):
    template_name, fragment_name = "connectors/reconciliation.html", "connectors/_reconciliation.html"

    def context(self) -> dict[str, Any]:
        rows = ReconcileRun.objects.visible_to(self.request.user).select_related("interface")
        run = get_object_or_404(rows, uid=self.kwargs["uid"])
        mine = Difference.objects.visible_to(self.request.user).filter(seen_by=run)
        return {
            "run": run,
            "differences": mine.select_related("interface").order_by("object", "pk")[:SHOWN],
            "difference_kinds": KINDS,
            "shown": SHOWN,
        }


class DifferencePage(Page):
    template_name = "connectors/difference.html"

    def context(self) -> dict[str, Any]:
        user = self.request.user
        rows = Difference.objects.visible_to(user).select_related("interface", "assigned_to", "resolved_by", "seen_by")
        row = get_object_or_404(rows, uid=self.kwargs["uid"])
        return {
            "row": row,
            "difference_kinds": KINDS,
            "may_resolve": access.may(user, RESOLVE, row) and row.resolved_at is None,
            "advice": advice(row),
            "items": trail.timeline(row),
        }


def advice(row: Difference) -> str:
    """What to do about a difference of this kind, in one sentence."""
    if row.object in (MESSAGES, HOURS):
        return told_by_sender(row)
    told = {
        DifferenceKind.MISSING_HERE: _(
            "It stands over there and not here: take theirs over, or accept it with a reason."
        ),
        DifferenceKind.MISSING_THERE: _(
            "It stands here and no longer over there: take that over, or find out who deleted it."
        ),
        DifferenceKind.DIFFERS: _("It was changed without a date of change, or altered: see which side is right."),
        DifferenceKind.DUPLICATE: _("It stands there twice: one of the two must be taken back over there."),
        DifferenceKind.STALE: _(
            "A newer state over there was not read: take theirs, and see why the reading missed it."
        ),
    }
    return str(told[DifferenceKind(row.kind)])


def told_by_sender(row: Difference) -> str:
    """Of a sender's list nothing can be fetched from here: the sender acts."""
    told = {
        DifferenceKind.MISSING_HERE: _(
            "The sender says that it sent this, and it was not taken in here: have it sent again, or find it on the error desk."
        ),
        DifferenceKind.MISSING_THERE: _(
            "It came in the sender's name, and the sender does not know it: find out who sent it, and look at what it made here."
        ),
        DifferenceKind.DIFFERS: _("The sender says something else than what came: see which side is right."),
    }
    return str(told[DifferenceKind(row.kind)])


class DifferenceAct(ActView):
    permission = RESOLVE
    template_name = "connectors/difference_act.html"

    def row(self) -> Difference:
        rows = Difference.objects.visible_to(self.request.user).select_related("interface")
        found: Difference = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def more(self) -> dict[str, Any]:
        return {"row": self.row()}

    def back_url(self) -> str:
        return reverse("connectors:difference", args=[self.kwargs["uid"]])


class Assign(DifferenceAct):
    form_class = AssignForm
    title = gettext_lazy("Assign the difference")
    submit = gettext_lazy("Assign")
    done = gettext_lazy("Assigned.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_id": self.row().site_id}

    def perform(self, data: dict[str, Any]) -> str:
        reconciling.assign(difference=self.row(), to=data["to"], by=self.request.user)
        return self.back_url()


class Resolve(DifferenceAct):
    form_class = ResolveForm
    title = gettext_lazy("Resolve the difference")
    submit = gettext_lazy("Resolve")
    done = gettext_lazy("Resolved.")

    def perform(self, data: dict[str, Any]) -> str:
        user = self.request.user
        reconciling.resolve(difference=self.row(), by=user, ring=bell(user), **data)
        return self.back_url()


def bell(user: Any) -> reconciling.Bell:
    return lambda run: tasks.ring_refresh(run, int(user.pk or 0))


def _refuses(row: Difference, by: Any) -> Any:
    return right_refuses(RESOLVE)(row, by) or (_("It is resolved already.") if row.resolved_at else "")


# A whole class at once: narrow the list to it, choose all that match.
BULK = (
    BulkAct(
        name="resolve",
        label=gettext_lazy("Resolve"),
        permission=RESOLVE,
        form_class=ResolveForm,
        perform=lambda row, by, data: reconciling.resolve(difference=row, by=by, ring=bell(by), **data),
        refuses=_refuses,
    ),
    BulkAct(
        name="assign",
        label=gettext_lazy("Assign"),
        permission=RESOLVE,
        form_class=AssignForm,
        perform=lambda row, by, data: reconciling.assign(difference=row, by=by, **data),
        refuses=_refuses,
    ),
)


# --- the sheet of the day ------------------------------------------------------------------------------------------------


class Sheet(RecordDetail):
    model = DaySheet
    permission = "day_sheet.view"
    list_url, list_title = "connectors:daysheet-list", DAYSHEETS.title
    steps = (Step(gettext_lazy("Draft"), ("DRAFT",)), Step(gettext_lazy("Reviewed"), ("REVIEWED",)))
    sections = (
        Section("compared", gettext_lazy("What was compared"), "connectors/_daysheet_counts.html"),
        Section("differences", gettext_lazy("Differences and what became of them"), "connectors/_daysheet_lines.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Interface"), record.interface.code),
            (_("Day"), record.day),
            (_("Compared"), record.compared),
            (_("Open"), record.open_count),
            (_("Resolved"), record.resolved_count),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        words = dict(DifferenceKind.choices), dict(Resolution.choices)
        lines = [
            {**line, "kind_label": words[0].get(line["kind"]), "resolution_label": words[1].get(line["resolution"], "")}
            for line in record.lines
        ]
        not_listed = record.open_count + record.resolved_count - len(lines)
        found = {"signatures": records.signatures(record), "lines": lines, "difference_kinds": KINDS}
        return {**found, "not_listed": not_listed}


class Prepare(ActView):
    permission = "day_sheet.sign"
    form_class = PrepareForm
    back = "connectors:daysheet-list"
    title = gettext_lazy("Prepare a day sheet")
    submit = gettext_lazy("Prepare")
    done = gettext_lazy("The day sheet is prepared. It counts again by itself until it is signed.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"day": timezone.localdate(), **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.prepare(by=self.request.user, uid=self.key, **data)


class SheetStep(TransitionView):
    model = DaySheet

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.DAYSHEET_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(daysheet=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _(
            "I have reviewed the reconciliation of %(interface)s on %(day)s: %(compared)s compared, %(open)s differences open,"
            " %(resolved)s resolved."
        ) % {
            "interface": record.interface.code, "day": f"{record.day:%Y-%m-%d}", "compared": record.compared,
            "open": record.open_count, "resolved": record.resolved_count,
        }  # fmt: skip
