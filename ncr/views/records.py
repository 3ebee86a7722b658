"""Outside → one act or query → outside."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.commands import queries as commands
from qms.lib.quantity import show
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Stage, Step, TransitionView

from .. import actions, permissions, queries
from ..choices import MEANING_OF
from ..forms import STEPS as STEPS_ASKING
from ..forms import EditForm, HoldForm, LineSet, NothingForm, ReportForm
from ..models import Hold, Nonconformance
from ..queries import erp_stock
from ..tables import HOLDS, NCRS

STEPS = (
    Step(gettext_lazy("Reported"), ("DRAFT", "OPEN")),
    Step(gettext_lazy("Contained"), ("CONTAINED",)),
    Step(gettext_lazy("Review (MRB)"), ("IN_REVIEW", "IN_MRB")),
    Step(gettext_lazy("Execute"), ("DISPOSITIONED", "IN_EXECUTION")),
    Step(gettext_lazy("Verify"), ("VERIFICATION",)),
    Step(gettext_lazy("Closed"), ("CLOSED",)),
)


# Steps of single lines and files: they stand beside the lines, too.
LINE_ACTS = ("disposition", "customer-approval", "carry-out", "rework", "reinspect", "evidence")
WAY = tuple(state for step in STEPS for state in step.states)


class Detail(RecordDetail):
    model = Nonconformance
    permission = "ncr.view"
    template_name = "ncr/detail.html"
    steps = STEPS
    list_url, list_title = "ncr:list", NCRS.title
    sections = (
        Section("description", gettext_lazy("Description"), "ncr/_description.html"),
        Section("containment", gettext_lazy("Containment"), "ncr/_containment.html"),
        Section("disposition", gettext_lazy("Disposition"), "ncr/_disposition.html"),
        Section("execution", gettext_lazy("Execution in the ERP"), "ncr/_execution.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )
    aside = (
        Section("linked", gettext_lazy("Linked"), "ncr/_linked.html"),
        Section("files", gettext_lazy("Files"), "components/_record_files.html"),
    )

    def record(self) -> Any:
        return queries.for_page(self.kwargs["number"], self.request.user)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The page asks again while the ERP works; without news it is answered with nothing."""
        if (seen := request.headers.get("X-Seen")) and seen == queries.progress(self.record()):
            return HttpResponse(status=204)
        return super().get(request, **kwargs)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Severity"), record.get_severity_display()),
            (_("Affected"), record.affected_shown),
            (_("Containment"), record.containment.label),
            (_("Owner"), record.owner),
            (_("Due"), record.due_date),
            (_("Site"), record.site.code),
        )

    def acts(self, record: Any, offers: list[Any]) -> dict[str, Any]:
        """Primary is the allowed step that leads furthest along the way; `upcoming` the one that waits for something."""
        ahead = [o for o in offers if o.transition.target in WAY[_place(record) :]]
        ahead.sort(key=lambda offer: WAY.index(offer.transition.target), reverse=True)
        primary = next((offer for offer in ahead if offer.allowed), None)
        return {
            "primary": primary,
            "others": [offer for offer in offers if offer is not primary],
            "upcoming": None if primary else next(iter(ahead), None),
            "open": {offer.transition.name: offer for offer in offers if offer.allowed},
            "line_acts": [offer for offer in offers if offer.allowed and offer.transition.name in LINE_ACTS],
            "posting_acts": queries.posting_acts(record, offers),
        }

    def stages(self, record: Any) -> list[Stage]:
        """“Contained” is ticked when it is true, not because the review went on without it."""
        found = super().stages(record)
        if record.containment not in ("confirmed", "waived") and found[1].status == "done":
            found[1] = replace(found[1], status="ahead", at=None)
        return found

    def more(self, record: Any) -> dict[str, Any]:
        postings = record.all_postings()
        return {
            "lines": queries.lines(record),
            "travelers": queries.travelers(record),
            "may_link": access.may(self.request.user, "ncr.report", record),
            "holds": queries.holds(record),
            "asked": queries.asked(record),
            "execution_postings": [p for p in postings if p.kind != "HOLD"],
            "seats": queries.board(record),
            "editions": queries.editions(record),
            "stock": erp_stock.of_record(record, self.request.user),
            "outdated": queries.overdue_signatures(record),
            "signatures": records.signatures(record),
            "attachments": record.files(),
            "similar": queries.similar(record, self.request.user),
            **_pages(record, self.request.user),
            "may_match": record.has_provisional_lot and access.may(self.request.user, "ncr.edit", record),
            "pending": [p for p in postings if p.state in ("QUEUED", "SENT", "ACCEPTED", "CANCEL_REQUESTED")],
            "seen": queries.progress(record),
            "sees_interfaces": access.may(self.request.user, "interface.view", record),
        }


def _pages(record: Any, user: Any) -> dict[str, str]:
    """Where the mirror shows the part and the lot, for whoever may look there."""
    if not access.may(user, "masterdata.view"):
        return {}
    rows = (("part_url", "items", record.item_id), ("lot_url", "lots", record.lot_id))
    return {name: reverse("masterdata:detail", args=[object, pk]) for name, object, pk in rows if pk}


def _place(record: Any) -> int:
    """Where the record stands on the way; off the way (cancelled, void) nothing lies ahead."""
    return WAY.index(record.state) if record.state in WAY else len(WAY)


class HoldDetail(RecordDetail):
    model = Hold
    permission = "hold.view"
    list_url, list_title = "ncr:hold-list", HOLDS.title
    sections = (Section("hold", gettext_lazy("Hold"), "ncr/_hold.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Effect"), record.get_effect_display()),
            ("NCR", record.ncr.number),
            (_("Review on"), record.review_date),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {
            "postings": list(record.postings()),
            "stock": [erp_stock.of_lot(record.lot, self.request.user)],
            "asked": commands.grouped(record.commands()),
            "may_command": access.may(self.request.user, "hold.release", record),
            "instruct_url": self.instruct_url(record),
        }

    def instruct_url(self, record: Any) -> str:
        """Asked of its nonconformance, about this hold; "" while that is not possible."""
        user, step = self.request.user, record.ncr.workflow.transition("instruct")
        is_open = record.ncr.state in step.sources and access.may(user, step.permission, record.ncr)
        if not is_open or record.state in ("DRAFT", "CANCELLED") or step.blocked(record.ncr):
            return ""
        return f"{reverse('ncr:instruct', args=[record.ncr.number])}?hold={record.number}"


class Report(ActView):
    back = "ncr:list"
    permission = "ncr.report"
    form_class = ReportForm
    title = gettext_lazy("Report a nonconformance")
    submit = gettext_lazy("Report")
    done = gettext_lazy("The nonconformance is recorded.")
    help_template = "ncr/_report_help.html"
    fieldsets = (
        (gettext_lazy("What and where"), ("part", "lot", "order")),
        (gettext_lazy("What is wrong"), ("defect_code", "quantity", "severity", "description", "requirement")),
    )

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.report(by=self.request.user, uid=self.key, draft="_draft" in self.request.POST, **data)


class NcrStep(TransitionView):
    """Any step of the NCR's table; the acts stand in actions, one per step."""

    model = Nonconformance

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.form_class = self.form_class or STEPS_ASKING.get(kwargs.get("name", ""))
        super().setup(request, *args, **kwargs)

    def form_kwargs(self) -> dict[str, Any]:
        return {"ncr": self.record} if self.step.name in STEPS_ASKING else super().form_kwargs()

    @property
    def record(self) -> Any:
        if self.target is None and self.request.method == "GET":
            self.target = queries.for_page(self.kwargs["number"], self.request.user)
        return super().record

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.STEPS[self.step.name]
        return act(ncr=self.record, by=self.request.user, version=self.version, **self.given(data))

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fields as the act takes them: what was left empty is not given."""
        kept = {name: value for name, value in data.items() if value not in ("", None)}
        if upload := kept.pop("upload", None):
            kept["upload"] = actions.Upload(upload.name, upload.read())
        return {**kept, **({"signing": self.signing} if self.step.signature else {})}

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return queries.statement(record, self.step.name, reason=data.get("reason", ""), data=data)

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return {
            "close": _("The record is closed; it can no longer be changed."),
            "waive": _("Review and execution go on although the stock is not blocked in the ERP."),
            "reopen": _("A new edition begins in review; what was decided, signed and posted stays beside it."),
            "reinspect": _("When it passed, the ERP is asked to release these parts."),
            "skip-posting": _("The ERP is not asked again; its stock may differ from what this record says."),
            "void": _("The record counts no more; it stays readable with all its history."),
        }.get(self.step.name, "")


class Approve(NcrStep):
    transition = "approve"
    form_class = NothingForm
    help_template = "ncr/_approve_help.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.template_name = "ncr/approve.html"

    def more(self) -> dict[str, Any]:
        return {"lines": queries.lines(self.record), "seats": queries.board(self.record)}

    def meaning(self, record: Any) -> str:
        slot = permissions.slot_for(record, self.request.user)
        return str(MEANING_OF[slot]) if slot else super().meaning(record)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return queries.statement(record, "approve", slot=permissions.slot_for(record, self.request.user))

    def quantities(self, record: Any, data: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        return [(line.get_kind_display(), f"{show(line.quantity)} {record.unit}") for line in queries.lines(record)]

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return queries.consequence(record)


class Disposition(NcrStep):
    transition = "disposition"
    form_class = NothingForm
    submit = gettext_lazy("Save lines")
    help_template = "ncr/_disposition_help.html"

    def formsets(self, data: Any = None) -> dict[str, Any]:
        initial = [_row(line) for line in queries.lines(self.record)]
        given = {"user": self.request.user, "has_serials": bool(self.record.serials.all())}
        rows: Any = LineSet(data, initial=initial, prefix="lines", form_kwargs=given)
        rows.legend = _("What is done with %(quantity)s") % {"quantity": self.record.affected_shown}
        return {"lines": rows}

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"lines": [actions.Line(**{k: v for k, v in r.items() if k != "DELETE"}) for r in data["lines"]]}


def _row(line: Any) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "quantity": show(line.quantity),
        "instruction": line.instruction,
        "item": line.item.number if line.item else "",
        "supplier": line.supplier.number if line.supplier else "",
        "return_reference": line.return_reference,
        "serials": ", ".join(line.numbers),
    }


class Edit(NcrStep):
    transition = "edit"
    form_class = EditForm
    submit = gettext_lazy("Save")

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_id": self.record.site_id}

    def initial(self) -> dict[str, Any]:
        names = ("title", "severity", "description", "requirement", "owner", "due_date", "customer_approval_required")
        values = {name: getattr(self.record, name) for name in names}
        serials = ", ".join(one.number for one in self.record.serials.all())
        return {**values, "serials": serials, "affected_quantity": show(self.record.affected_quantity)}

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        return data


class RequestHold(NcrStep):
    transition = "hold"
    form_class = HoldForm
    help_template = "ncr/_hold_help.html"

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        return data

    def perform(self, data: dict[str, Any]) -> str:
        super().perform(data)
        return f"{self.record.get_absolute_url()}#containment"

    def initial(self) -> dict[str, Any]:
        return {"quantity": show(self.record.affected_quantity)}


class Instruct(NcrStep):
    transition = "instruct"
    help_template = "ncr/_instruct_help.html"
    submit = gettext_lazy("Send to the shop floor")
    done = gettext_lazy("Asked of the shop floor; the record shows who confirms.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.form_class = STEPS_ASKING["instruct"]
        super().setup(request, *args, **kwargs)

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**super().given(data), "uid": self.key}

    def perform(self, data: dict[str, Any]) -> str:
        super().perform(data)
        hold = data.get("hold")
        return hold.get_absolute_url() if hold else f"{self.record.get_absolute_url()}#containment"


class HoldStep(TransitionView):
    model = Hold

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.HOLD_STEPS[self.step.name]
        return act(hold=self.record, by=self.request.user, version=self.version, **data)
