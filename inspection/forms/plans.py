"""Inspection plans: the head, and the grid of characteristics."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.quantity import show
from qms.masterdata.models import Customer, Item, Supplier
from qms.ui.widgets import Combobox, Quantity, offer

from ..actions import callouts
from ..calc.sampling import AQLS, LEVELS
from ..choices import (
    CertificateKind,
    CharacteristicKind,
    DecisionRule,
    Importance,
    InspectionKind,
    Occasion,
    OwnSample,
    Scheme,
    Skipping,
    StockMode,
    Switching,
)
from ..models import PlanCharacteristic
from ..workflow import EDIT_PLAN
from .zero import TableField

NONE = ("", "–")
LEVEL_CHOICES = [NONE, *((level, level) for level in LEVELS)]
AQL_CHOICES = [NONE, *((show(aql), show(aql)) for aql in AQLS)]


def aql() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=_("AQL"), choices=AQL_CHOICES, required=False, coerce=Decimal, empty_value=None)


def whole(label: Any, help_text: Any, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=9999, required=False, help_text=help_text)


class HeadForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    drawing = forms.CharField(
        label=_("Drawing"), max_length=120, required=False, help_text=_("Number and revision of the drawing or model.")
    )
    scheme = forms.ChoiceField(label=_("Sampling scheme"), choices=Scheme.choices)
    level = forms.ChoiceField(
        label=_("Inspection level"),
        choices=LEVEL_CHOICES,
        required=False,
        help_text=_("For the tables; II unless agreed."),
    )
    aql = aql()
    size = forms.IntegerField(
        label=_("Sample size"), min_value=1, max_value=1_000_000, required=False, help_text=_("For a fixed number.")
    )
    percent = forms.DecimalField(
        label=_("Per cent of the lot"), max_digits=6, decimal_places=3, required=False, widget=Quantity,
        help_text=_("Of a percentage; for C = 0 the limiting quality, found with 90 %."),
    )  # fmt: skip
    zero_table = TableField(
        label=_("Own C = 0 table"),
        required=False,
        max_length=20_000,
        help_text=_(
            "For C = 0, from your licensed book: “Lots; 0.65; 1.0”, then “2-8; all; 13” …, last “51-; 32; 20”."
        ),
    )
    switching = forms.ChoiceField(label=_("Switching rules"), choices=Switching.choices)
    skipping = forms.ChoiceField(
        label=_("Skipping of lots"), choices=Skipping.choices, required=False,
        help_text=_("For goods receipts of a part that has earned it; a failed lot or a nonconformance ends it at once."),
    )  # fmt: skip
    skip_after = whole(_("Skipping begins after so many accepted lots in a row"), _("For example 10."))
    skip_one_in = whole(_("Then one lot in so many is inspected"), _("2 to 5; drawn at random. Only for skip-lot."), 2)
    skip_most_lots = whole(_("At least one inspected among so many lots"), _("For example 10."))
    skip_most_days = whole(_("At least one inspected in so many days"), _("For example 180."))
    stock_mode = forms.ChoiceField(label=_("Stock meanwhile"), choices=StockMode.choices)
    occasions = forms.MultipleChoiceField(
        label=_("Begins by itself at"), choices=Occasion.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None: an incoming inspection begins with each goods receipt, every other one when somebody creates it."),
    )  # fmt: skip
    every_pieces = forms.IntegerField(
        label=_("Every N pieces"), min_value=1, max_value=1_000_000, required=False, help_text=_("Of one operation.")
    )
    every_hours = forms.IntegerField(label=_("Every N hours"), min_value=1, max_value=8784, required=False)
    certificates = forms.MultipleChoiceField(
        label=_("Certificates asked for"), choices=CertificateKind.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of each goods receipt; without them the lot is not released. Only for incoming inspection."),
    )  # fmt: skip
    decision_rule = forms.ChoiceField(label=_("Decision rule"), choices=DecisionRule.choices)
    reaction = forms.CharField(
        label=_("Reaction plan"), widget=forms.Textarea({"rows": 3}), max_length=4000, required=False,
        help_text=_("What the inspector does when something fails."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What it changes and why"), widget=forms.Textarea({"rows": 2}), max_length=2000, required=False
    )


class DraftForm(HeadForm):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    kind = forms.ChoiceField(label=_("Kind of inspection"), choices=InspectionKind.choices)
    item = forms.CharField(label=_("Part"), widget=Combobox(url="masterdata:item-lookup"))
    revision = forms.CharField(
        label=_("Part revision"), max_length=40, required=False, help_text=_("Empty: any revision.")
    )
    operation = forms.CharField(
        label=_("Operation"), max_length=40, required=False, help_text=_("Empty: any operation.")
    )
    supplier = forms.CharField(
        label=_("Supplier"), required=False, help_text=_("Empty: any supplier."),
        widget=Combobox(url="masterdata:supplier-lookup"),
    )  # fmt: skip
    customer = forms.CharField(label=_("Customer"), required=False, help_text=_("Empty: any customer."))
    field_order = ("site", "kind", "item", "revision", "operation", "supplier", "customer")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        held = access.site_ids(user, EDIT_PLAN)
        offer(self, "site", Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held))

    def clean_item(self) -> Any:
        return self._named(Item, "item", _now("Choose a part from the master data."))

    def clean_supplier(self) -> Any:
        return self._named(Supplier, "supplier", _now("No single supplier has this number."))

    def clean_customer(self) -> Any:
        return self._named(Customer, "customer", _now("No single customer has this number."))

    def _named(self, model: Any, name: str, problem: str) -> Any:
        number = self.cleaned_data[name].strip()
        if not number:
            return None
        found = list(model.objects.visible_to(self.user).live().filter(number=number)[:2])
        if len(found) != 1:
            raise ValidationError(problem)
        return found[0]


class Limit(forms.DecimalField):
    """Dot or comma; empty is no limit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=28, decimal_places=12, required=False, widget=Quantity({"size": 8}), **options)


def short(label: Any, most: int, size: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=False, widget=forms.TextInput({"size": size, **options})
    )


class LineForm(forms.Form):
    """A characteristic: what stands in the grid, and behind it what few lines need."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    balloon = forms.CharField(label=_("Balloon"), max_length=12, widget=forms.TextInput({"size": 4}))
    name = forms.CharField(label=_("Characteristic"), max_length=120, widget=forms.TextInput({"size": 18}))
    kind = forms.ChoiceField(label=_("Kind"), choices=CharacteristicKind.choices)
    nominal = Limit(label=_("Nominal"))
    lower = Limit(label=_("Lower limit"))
    upper = Limit(label=_("Upper limit"))
    unit = short(_("Unit"), 40, 4, list="q-units")
    importance = forms.ChoiceField(label=_("Class"), choices=Importance.choices, initial=Importance.MAJOR)
    is_key = forms.BooleanField(label=_("Key"), required=False)
    gauge_kind = short(_("Kind of gauge"), 60, 12)
    sampling = forms.ChoiceField(label=_("Sample"), choices=OwnSample.choices, initial=OwnSample.INHERIT)
    requirement = short(_("Requirement"), 400, 40)
    callout = forms.CharField(
        label=_("Geometric tolerance"), max_length=120, required=False,
        help_text=_("For example: position ⌀0.1(M) A B(M) C, or flatness 0.05."),
        widget=forms.TextInput({"list": "q-callouts"}),
    )  # fmt: skip
    sheet = short(_("Sheet"), 12, 6)
    zone = short(_("Zone"), 12, 6)
    is_basic = forms.BooleanField(label=_("Basic dimension"), required=False)
    is_reference = forms.BooleanField(label=_("Reference dimension"), required=False)
    uncertainty = Limit(label=_("Measurement uncertainty U"))
    decision_rule = forms.ChoiceField(
        label=_("Decision rule"), required=False, choices=[("", _("as the plan")), *DecisionRule.choices]
    )
    method = short(_("Method"), 200, 30)
    sample_size = forms.IntegerField(label=_("Sample size"), min_value=1, max_value=1_000_000, required=False)
    scheme = forms.ChoiceField(label=_("Sampling scheme"), required=False, choices=[NONE, *Scheme.choices])
    level = forms.ChoiceField(label=_("Inspection level"), required=False, choices=LEVEL_CHOICES)
    aql = aql()
    switches = forms.BooleanField(
        label=_("Switches by itself"), required=False,
        help_text=_("Its own results make it tightened or reduced, apart from the other characteristics."),
    )  # fmt: skip
    choices = forms.CharField(
        label=_("Choices"), max_length=2000, required=False,
        help_text=_("+ is accepted, - is not: +OK clean; -SCR scratched."),
    )  # fmt: skip
    formula = forms.CharField(
        label=_("Formula"), max_length=400, required=False,
        help_text=_("Over balloons, each with a b before it: (b1 + b2) / 2; balloon 12.1 is b12_1."),
    )  # fmt: skip
    place = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)  # by its own page
    photo = forms.ChoiceField(label=_("Photo standard"), required=False, help_text=_("A picture attached to the plan."))
    reaction = forms.CharField(
        label=_("Reaction plan"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, photos: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "photo", [NONE, *photos])

    def clean_callout(self) -> Any:
        try:
            return callouts.read(self.cleaned_data["callout"])
        except ValueError:
            raise ValidationError(
                _now("Write symbol, value and datums, for example: position ⌀0.1(M) A B C.")
            ) from None

    def clean_choices(self) -> Any:
        try:
            return callouts.read_choices(self.cleaned_data["choices"])
        except ValueError:
            raise ValidationError(_now("Begin every choice with + or -, then its code and label.")) from None


GRID = (
    "balloon", "name", "kind", "nominal", "lower", "upper", "unit", "importance", "is_key", "gauge_kind", "sampling",
)  # fmt: skip
NAMES = tuple(name for name in LineForm.base_fields)
LineSet: Any = forms.formset_factory(
    LineForm, extra=1, can_delete=True, can_order=True, max_num=500, validate_max=True, absolute_max=501
)


def lines_of(cleaned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the act takes them, in the order asked for; a line without a place stands where it was."""
    placed = sorted(enumerate(cleaned, 1), key=lambda pair: (pair[1].get("ORDER") or pair[0], pair[0]))
    return [{name: row[name] for name in NAMES if name != "uid" or row[name]} for _place, row in placed]


def told(row: PlanCharacteristic) -> dict[str, Any]:
    """Initial values of its line."""
    values = {name: getattr(row, name) for name in NAMES}
    values |= {n: show(v) for n, v in values.items() if isinstance(v, Decimal)}
    return {**values, "callout": callouts.written(row.callout), "choices": callouts.written_choices(row.choices)}
