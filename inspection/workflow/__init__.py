"""The lives of gauges, inspection plans and inspections, one line per transition."""

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qms.commands.choices import SHIPMENTS
from qms.lib.clock import now
from qms.lib.listed import listed
from qms.workflow import State, Transition, Workflow

from ..choices import LotVerdict, SkipMode
from ..models import ControlChart, Gauge, Inspection, InspectionPlan

EDIT_PLAN, RELEASE_PLAN = "inspection_plan.edit", "inspection_plan.release"


def calibrated(gauge: Any) -> Any:
    last = gauge.calibrations.exclude(state="CANCELLED").first()
    if last and (last.result == "failed" or last.is_out and last.state == "DRAFT"):
        return gettext("%(number)s found it out of tolerance: it returns with a calibration that is approved.") % {
            "number": last.number
        }
    if gauge.is_calibrated(on=now().date()):
        return ""
    return gettext("The calibration is overdue or was never recorded: enter the new calibration under “Edit” first.")


GAUGE = Workflow(
    model=Gauge,
    initial=("IN_USE", "OUT_OF_SERVICE"),
    states=(
        State("IN_USE", _("In use"), "success"),
        State("OUT_OF_SERVICE", _("Out of service"), "warning"),
        State("RETIRED", _("Retired"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "edit",
            _("Edit"),
            ("IN_USE", "OUT_OF_SERVICE"),
            "=",
            "gauge.manage",
            "gauge.edited",
            reason=True,
            caused=True,
            form="inspection:gauge-edit",
        ),
        Transition(
            "take-out",
            _("Take out of service"),
            ("IN_USE",),
            "OUT_OF_SERVICE",
            "gauge.manage",
            "gauge.taken_out",
            reason=True,
        ),
        Transition(
            "return",
            _("Return to service"),
            ("OUT_OF_SERVICE",),
            "IN_USE",
            "gauge.manage",
            "gauge.returned",
            (calibrated,),
            reason=True,
        ),
        Transition(
            "retire",
            _("Retire"),
            ("IN_USE", "OUT_OF_SERVICE"),
            "RETIRED",
            "gauge.manage",
            "gauge.retired",
            reason=True,
        ),
    ),
)


def characterised(plan: Any) -> Any:
    if plan.characteristics.exists():
        return ""
    return gettext("The plan has no characteristics: say first what is to be inspected.")


PLAN = Workflow(
    model=InspectionPlan,
    initial=("DRAFT",),
    states=(
        State("DRAFT", _("Draft"), "neutral"),
        State("IN_REVIEW", _("In review"), "info"),
        State("RELEASED", _("Released"), "success"),
        State("SUPERSEDED", _("Superseded"), "muted", final=True),
        State("WITHDRAWN", _("Withdrawn"), "muted", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "submit", _("Submit for release"), ("DRAFT",), "IN_REVIEW", EDIT_PLAN, "inspection_plan.submitted",
            (characterised,),
        ),
        Transition(
            "characterise", _("Edit characteristics"), ("DRAFT",), "=", EDIT_PLAN, "inspection_plan.characterised",
            form="inspection:inspectionplan-characterise",
        ),
        Transition(
            "edit", _("Edit head"), ("DRAFT",), "=", EDIT_PLAN, "inspection_plan.edited",
            form="inspection:inspectionplan-edit",
        ),
        Transition(
            "release", _("Release"), ("IN_REVIEW",), "RELEASED", RELEASE_PLAN, "inspection_plan.released",
            (characterised,), signature="approved",
        ),
        Transition(
            "return", _("Send back"), ("IN_REVIEW",), "DRAFT", RELEASE_PLAN, "inspection_plan.returned", reason=True
        ),
        Transition(
            "supersede", _("Supersede"), ("RELEASED",), "SUPERSEDED", RELEASE_PLAN, "inspection_plan.superseded",
            by_system=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), ("RELEASED",), "WITHDRAWN", RELEASE_PLAN, "inspection_plan.withdrawn",
            reason=True,
        ),
        Transition(
            "cancel", _("Cancel"), ("DRAFT", "IN_REVIEW"), "CANCELLED", EDIT_PLAN, "inspection_plan.cancelled",
            reason=True,
        ),
    ),
)  # fmt: skip


def sampling_goes_on(inspection: Any) -> Any:
    if any(held.discontinued for held in inspection.sequences()):
        return gettext(
            "Sampling inspection of this part from this supplier is discontinued (five lots not accepted on tightened"
            " inspection): it is resumed by signature after the supplier has acted."
        )
    return ""


def all_read(inspection: Any) -> Any:
    missing = inspection.missing_cells()
    if missing and not inspection.is_refused_already():
        return gettext("%(count)s readings are still missing.") % {"count": missing}
    if not inspection.is_refused_already() and (undecided := inspection.undecided()):
        return gettext(
            "The first sample does not decide: %(found)s do not conform, between Ac %(ac)s and Re %(re)s. Draw the second"
            " sample."
        ) % {"found": undecided[0].found, "ac": undecided[0].accept, "re": undecided[0].reject}
    return ""


def second_due(inspection: Any) -> Any:
    if not inspection.undecided() or inspection.is_refused_already():
        return gettext("No second sample is due: only double sampling draws one, when the first one does not decide.")
    missing = inspection.missing_cells()
    return gettext("%(count)s readings of the first sample are still missing.") % {"count": missing} if missing else ""


def quarantine_confirmed(inspection: Any) -> Any:
    waiting = inspection.unposted()
    if waiting:
        return gettext("The ERP has not confirmed yet that the lot lies in quarantine: %(references)s.") % {
            "references": listed(waiting)
        }
    return ""


def part_releasable(inspection: Any) -> Any:
    if inspection.rework_id is not None or inspection.shipment_line_id is not None:
        return gettext("Reworked pieces and shipments are decided whole.")
    if inspection.verdict == LotVerdict.REJECTED or inspection.is_refused_already():
        return gettext("What was found refuses the lot: nothing of it is released before the usage decision.")
    return "" if inspection.left_quantity > 1 else gettext("Too little is left to release a part of it.")


def nothing_moved(inspection: Any) -> Any:
    if inspection.usage.exists():
        return gettext("Tranches of the lot were released already: decide about the rest instead.")
    moved = inspection.postings().exclude(state="CANCELLED")
    if inspection.is_outdated:  # the newer inspection decides about the shipment
        moved = moved.exclude(kind__in=SHIPMENTS)
    if moved.exists():
        return gettext("The ERP was asked to move the lot for this inspection: decide about the lot instead.")
    return ""


def has_cancelled(inspection: Any) -> Any:
    told = inspection.said_of_shipment()
    return (
        ""
        if inspection.cancelled_lines() or (told and told.state == "CANCELLED")
        else gettext("No posting of this decision was cancelled.")
    )


def acknowledged(inspection: Any) -> Any:
    waiting = inspection.waits_for_erp()
    return gettext("The ERP has not answered: %(references)s.") % {"references": listed(waiting)} if waiting else ""


def reduction_earned(inspection: Any) -> Any:
    if not any(held.is_earned for held in inspection.sequences()):
        return gettext(
            "Reduced inspection is not earned yet: the switching score, or the run of accepted lots, is too low."
        )
    return ""


def is_reduced(inspection: Any) -> Any:
    is_so = any(held.severity == "reduced" for held in inspection.sequences())
    return "" if is_so else gettext("The next lot is not inspected by reduced inspection.")


def is_discontinued(inspection: Any) -> Any:
    is_so = any(held.discontinued for held in inspection.sequences())
    return "" if is_so else gettext("Sampling inspection is not discontinued.")


def is_skipping(inspection: Any) -> Any:
    held = inspection.sequence
    return "" if held and held.skip_mode == SkipMode.SKIP else gettext("Every lot is inspected: none is skipped.")


def lacks_certificate(inspection: Any) -> Any:
    return "" if inspection.missing_certificates() else gettext("No certificate is missing for this lot.")


READING = ("RELEASED", "IN_INSPECTION")
SOME_TIME = ("CREATED", "RELEASED", "IN_INSPECTION", "RESULTS_COMPLETE", "DECIDED", "POSTED")
MANAGE, RECORD = "inspection.manage", "inspection.record"
DECIDE, AUTHORISE = "inspection.decide", "inspection.authorise"
INSPECTION = Workflow(
    model=Inspection,
    initial=("CREATED", "RELEASED"),
    states=(
        State("CREATED", _("Created"), "muted"),
        State("RELEASED", _("Released"), "info"),
        State("IN_INSPECTION", _("In inspection"), "info"),
        State("RESULTS_COMPLETE", _("Results complete"), "warning"),
        State("DECIDED", _("Usage decision made"), "info"),
        State("POSTED", _("Stock posting complete"), "success", final=True),
        State("SKIPPED", pgettext_lazy("inspection", "Skipped"), "muted", final=True),
        State("CANCELLED", _("Cancelled"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "skip", _("Skip the lot"), ("CREATED",), "SKIPPED", MANAGE, "inspection.skipped", by_system=True
        ),
        Transition(
            "release", _("Release"), ("CREATED",), "RELEASED", MANAGE, "inspection.released", (sampling_goes_on,)
        ),
        Transition(
            "readings", _("Record readings"), READING, "IN_INSPECTION", RECORD, "inspection.recorded", counts=False,
            form="inspection:inspection-readings",
        ),
        Transition(
            "second-sample", _("Draw the second sample"), ("IN_INSPECTION",), "=", RECORD, "inspection.second_sample",
            (second_due,),
        ),
        Transition("complete", _("Complete the results"), ("IN_INSPECTION",), "RESULTS_COMPLETE", RECORD,
            "inspection.completed", (all_read,)),
        Transition(
            "decide", _("Decide about the usage"), ("RESULTS_COMPLETE",), "DECIDED", DECIDE, "inspection.decided",
            (quarantine_confirmed,), signature="usage_decision", form="inspection:inspection-decide",
        ),
        Transition(
            "take-back", _("Take the results back"), ("RESULTS_COMPLETE",), "IN_INSPECTION", DECIDE,
            "inspection.taken_back", reason=True,
        ),
        Transition(
            "post-again", _("Ask the ERP anew"), ("DECIDED",), "=", DECIDE, "inspection.posting_repeated", (has_cancelled,)
        ),
        Transition(
            "post", _("Confirm the postings"), ("DECIDED",), "POSTED", DECIDE, "inspection.posted", (acknowledged,),
            by_system=True,
        ),
        Transition(
            "allow-gauge", _("Allow a gauge"), READING, "=", AUTHORISE, "inspection.gauge_allowed", signature="waived",
            reason=True, form="inspection:inspection-allow-gauge",
        ),
        Transition(
            "release-part", _("Release a part of the lot"), (*READING, "RESULTS_COMPLETE"), "=", DECIDE,
            "inspection.part_released", (quarantine_confirmed, part_releasable), signature="usage_decision", reason=True,
            form="inspection:inspection-release-part",
        ),
        Transition(
            "waive-certificate", _("Waive a certificate"), ("CREATED", *READING, "RESULTS_COMPLETE"), "=", AUTHORISE,
            "inspection.certificate_waived", (lacks_certificate,), signature="waived", reason=True,
            form="inspection:inspection-waive-certificate",
        ),
        Transition(
            "authorise-reduced", _("Authorise reduced inspection"), SOME_TIME, "=", AUTHORISE, "sampling.authorised",
            (reduction_earned,), signature="approved", reason=True, counts=False,
        ),
        Transition(
            "report-irregular", _("Report irregular production"), SOME_TIME, "=", MANAGE, "sampling.irregular",
            (is_reduced,), reason=True, counts=False,
        ),
        Transition(
            "resume-sampling", _("Resume sampling inspection"), SOME_TIME, "=", AUTHORISE, "sampling.resumed",
            (is_discontinued,), signature="approved", reason=True, counts=False,
        ),
        Transition(
            "end-skipping", _("Inspect every lot again"), (*SOME_TIME, "SKIPPED"), "=", MANAGE, "sampling.every_lot",
            (is_skipping,), reason=True, counts=False,
        ),
        Transition(
            "cancel", _("Cancel"), ("CREATED", *READING, "RESULTS_COMPLETE"), "CANCELLED", MANAGE, "inspection.cancelled",
            (nothing_moved,), reason=True,
        ),
    ),
)  # fmt: skip

MANAGE_CHART = "control_chart.manage"
CONTROLCHART = Workflow(
    model=ControlChart,
    initial=("TRIAL",),
    states=(
        State("TRIAL", _("Trial (phase I)"), "neutral"),
        State("MONITORING", _("Monitoring (phase II)"), "success"),
        State("RETIRED", _("Retired"), "muted", final=True),
    ),
    transitions=(
        Transition(
            "freeze", _("Freeze limits"), ("TRIAL", "MONITORING"), "MONITORING", MANAGE_CHART, "controlchart.frozen",
            signature="approved", reason=True, form="inspection:controlchart-freeze",
        ),
        Transition(
            "edit", _("Edit"), ("TRIAL", "MONITORING"), "=", MANAGE_CHART, "controlchart.edited", reason=True,
            form="inspection:controlchart-edit",
        ),
        Transition(
            "take-over", _("Take over as owner"), ("TRIAL", "MONITORING"), "=", MANAGE_CHART, "controlchart.taken_over"
        ),
        Transition(
            "retire", _("Retire"), ("TRIAL", "MONITORING"), "RETIRED", MANAGE_CHART, "controlchart.retired", reason=True
        ),
    ),
)  # fmt: skip
