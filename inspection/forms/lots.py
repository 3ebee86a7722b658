"""Inspections: what a lot is, and what becomes of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ncr.forms import Amount
from ncr.models import DefectCode, Nonconformance
from qms.accounts import access
from qms.lib.clock import now
from qms.masterdata.models import Lot, Supplier
from qms.ui.widgets import Combobox, offer

from ..choices import Usage
from ..models import Gauge, Inspection, InspectionPlan
from ..workflow import MANAGE


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class EmptyForm(forms.Form):
    """A question without an answer to type."""


class CreateForm(forms.Form):
    plan: Any = forms.ModelChoiceField(
        InspectionPlan.objects.none(), label=_("Plan"), to_field_name="number", empty_label="—",
        help_text=_("Only released ones; the plan names the part."),
    )  # fmt: skip
    quantity = Amount(label=_("Lot size"), help_text=_("In the unit that the ERP has for the part."))
    lot = forms.CharField(
        label=_("Lot"), required=False, widget=Combobox(url="masterdata:lot-lookup"), max_length=120,
        help_text=_("A lot that the ERP does not know is inspected, but nothing can be posted for it."),
    )  # fmt: skip
    supplier = forms.CharField(
        label=_("Supplier"), required=False, widget=Combobox(url="masterdata:supplier-lookup"), max_length=120
    )
    resubmits = forms.CharField(
        label=_("Resubmission of"), required=False, max_length=24,
        help_text=_("The inspection that did not accept this lot before; it is not counted for the switching rules again."),
    )  # fmt: skip
    rework = forms.CharField(
        label=_("Rework of nonconformance"), required=False, max_length=24,
        help_text=_("Its number. The usage decision then completes the rework line; the oldest loop that waits is inspected."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        plans = InspectionPlan.objects.visible_to(user).filter(state="RELEASED")
        held = access.site_ids(user, MANAGE)
        offer(self, "plan", plans if held == access.ALL else plans.filter(site__in=held))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        plan, number = data.get("plan"), data.get("lot", "").strip()
        data["lot"], data["lot_number"] = None, number
        if plan and number:
            found = list(Lot.objects.visible_to(self.user).live().filter(number=number, item=plan.item_id)[:2])
            data["lot"] = found[0] if len(found) == 1 else None
        data["supplier"] = self._named(Supplier.objects.visible_to(self.user).live(), data, "supplier")
        data["rework"] = self._loop(self._named(Nonconformance.objects.visible_to(self.user), data, "rework"))
        data["resubmits"] = self._named(Inspection.objects.visible_to(self.user), data, "resubmits")
        return data

    def _loop(self, ncr: Nonconformance | None) -> Any:
        if ncr is None:
            return None
        found = next((one for one in ncr.open_loops() if one.waits_for_person), None)
        if found is None:
            self.add_error("rework", _("No reworked pieces of it wait for an inspection."))
        return found

    def _named(self, rows: Any, data: dict[str, Any], name: str) -> Any:
        number = (data.get(name) or "").strip()
        if not number:
            return None
        found = list(rows.filter(number=number)[:2])
        if len(found) != 1:
            self.add_error(name, _("Exactly one must have this number."))
        return found[0] if len(found) == 1 else None


class UsageForm(forms.Form):
    kind = forms.ChoiceField(label=_("Usage"), choices=[("", "—"), *Usage.choices])
    quantity = Amount(label=_("Quantity"))


UsageSet = forms.formset_factory(UsageForm, extra=1, can_delete=True, max_num=6, validate_max=True)


class DecideForm(forms.Form):
    note = forms.CharField(
        label=_("Reason of the decision"), required=False, widget=forms.Textarea({"rows": 2}), max_length=2000,
        help_text=_("Needed where the decision departs from the verdict, for example after sorting."),
    )  # fmt: skip
    defect_code: Any = forms.ModelChoiceField(
        DefectCode.objects.none(), label=_("Defect"), to_field_name="code", empty_label="—", required=False,
        help_text=_("What is blocked or reworked raises a nonconformance with this code."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = now().date()
        offer(self, "defect_code", DefectCode.objects.filter(valid_from__lte=today).exclude(valid_to__lt=today))


class PartForm(forms.Form):
    quantity = Amount(label=_("Quantity"), help_text=_("Less than what is left; the rest is decided with the results."))
    reason = forms.CharField(
        label=_("Why it may leave before the inspection is complete"),
        widget=forms.Textarea({"rows": 2}),
        max_length=2000,
    )


class GaugeForm(forms.Form):
    gauge: Any = forms.ModelChoiceField(Gauge.objects.none(), label=_("Gauge"), to_field_name="number", empty_label="—")
    reason = forms.CharField(
        label=_("Why it may be used all the same"), widget=forms.Textarea({"rows": 2}), max_length=2000
    )

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self, "gauge", Gauge.objects.filter(site_id=inspection.site_id).exclude(state="RETIRED").order_by("asset")
        )
