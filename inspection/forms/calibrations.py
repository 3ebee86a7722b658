"""What a calibration found, typed as it stands on the sheet."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ncr.forms import Amount
from ncr.models import DefectCode
from qms.lib.clock import now
from qms.masterdata.models import Lot
from qms.ui.widgets import Combobox, Day, offer

from ..models import Impact
from ..models.calibrations import Means

FOUND = ("nominal", "tolerance", "found", "left")


class Points(forms.CharField):
    """One point a line, its numbers with a blank or a semicolon between them; the act says what is wrong with them."""

    def __init__(self, *, names: tuple[str, ...] = FOUND, **options: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 6, "spellcheck": "false"}), max_length=10000, **options)
        self.names = names

    def clean(self, value: Any) -> Any:
        lines = [line for line in str(super().clean(value) or "").splitlines() if line.strip()]
        rows = [re.split(r"[\s;]+", line.strip()) for line in lines]
        for number, row in enumerate(rows, 1):
            if len(row) > len(self.names):
                raise forms.ValidationError(
                    _("Point %(line)s has more than %(most)s numbers.") % {"line": number, "most": len(self.names)}
                )
        return [dict(zip(self.names, row, strict=False)) for row in rows]


def lines(rows: Any, names: tuple[str, ...] = FOUND) -> str:
    """Points as the field shows them."""
    return "\n".join(" ".join(row[name] for name in names if name in row) for row in rows or ())


class CalibrateForm(forms.Form):
    performed_date = forms.DateField(label=_("Calibrated on"), widget=Day)
    points = Points(
        label=_("Points"),
        help_text=_(
            "One a line: nominal, permissible error, reading as found, reading as left. "
            "Leave the last one out where nothing was adjusted."
        ),
    )
    standards = forms.CharField(
        label=_("Standards used"),
        max_length=600,
        required=False,
        help_text=_("Asset numbers with a comma between them; an overdue standard is refused."),
    )
    laboratory = forms.CharField(
        label=_("Laboratory"), max_length=120, required=False, help_text=_("Empty: calibrated by our own people.")
    )
    accreditation = forms.CharField(label=_("Accreditation number"), max_length=60, required=False)
    certificate = forms.CharField(label=_("Certificate number"), max_length=80, required=False)
    procedure = forms.CharField(label=_("Procedure"), max_length=120, required=False)
    environment = forms.CharField(
        label=_("Ambient conditions"), max_length=200, required=False, help_text=_("For example 20.1 °C, 45 % RH.")
    )

    def clean_standards(self) -> list[str]:
        return [asset for each in re.split(r"[,，;\n]", self.cleaned_data["standards"]) if (asset := each.strip())]


class EditCalibrationForm(CalibrateForm):
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class HeldLotForm(forms.Form):
    part = forms.CharField(label=_("Part"), max_length=120, widget=Combobox(url="masterdata:item-lookup"))
    lot = forms.CharField(label=_("Lot"), max_length=120, widget=Combobox(url="masterdata:lot-lookup"))
    quantity = Amount(label=_("Quantity"))

    def __init__(self, *args: Any, user: Any, site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.site = user, site

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("part") and data.get("lot"):
            rows = Lot.objects.visible_to(self.user).live().filter(site=self.site)
            found = list(rows.filter(number=data["lot"], item__number=data["part"]).select_related("item__unit")[:2])
            if len(found) != 1:
                self.add_error("lot", _("Exactly one lot of this part must have this number."))
            data["lot"] = found[0] if len(found) == 1 else None
        return data


HeldLotSet = forms.formset_factory(HeldLotForm, extra=0, can_delete=True, max_num=500, validate_max=True)


class HoldForm(forms.Form):
    defect_code: Any = forms.ModelChoiceField(
        DefectCode.objects.none(), label=_("Defect"), to_field_name="code", empty_label="—",
        help_text=_("One nonconformance is reported for each part, with this code."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = now().date()
        offer(self, "defect_code", DefectCode.objects.filter(valid_from__lte=today).exclude(valid_to__lt=today))


class NotifyForm(forms.Form):
    shipment = forms.CharField(label=_("Shipment"), widget=forms.Select, max_length=120)
    customer_name = forms.CharField(
        label=_("Customer"), max_length=200, required=False, help_text=_("Empty: the one that the ERP names.")
    )
    contact = forms.CharField(
        label=_("Who was told"), max_length=200, required=False,
        help_text=_("Empty only where the shipment has not left and is held back."),
    )  # fmt: skip
    means = forms.ChoiceField(label=_("By what means"), choices=Means.choices)
    told_date = forms.DateField(label=_("Told on"), widget=Day)
    text = forms.CharField(label=_("What was said"), widget=forms.Textarea({"rows": 5}), max_length=4000)

    def __init__(self, *args: Any, shipments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["shipment"].widget  # the act says which shipments are in doubt
        widget.choices = [(one.number, str(one)) for one in shipments]


class JudgeForm(forms.Form):
    impact = forms.ChoiceField(label=_("Verdict"), choices=Impact.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea({"rows": 4}),
        max_length=2000,
        help_text=_("Why product is affected or not: the size of the error against the limits of what was measured."),
    )
