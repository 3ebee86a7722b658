"""Files of results and of characteristics: which file, how it is written, and what its names mean here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.imports.choices import DecimalSign, Encoding, Separator
from qms.ui.widgets import offer

from ..actions import NOTHING, Declared, column
from ..actions.planfiles import FIELDS


class DeclaredForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("It is attached as it is, before anything of it is read."))
    encoding = forms.ChoiceField(
        label=_("Encoding (CSV only)"), choices=Encoding.choices, required=False,
        help_text=_("Nothing is guessed: what does not fit is refused."),
    )  # fmt: skip
    separator = forms.ChoiceField(label=_("Separator (CSV only)"), choices=Separator.choices, required=False)
    decimal_sign = forms.ChoiceField(label=_("Decimal sign (tables only)"), choices=DecimalSign.choices, required=False)


class ResultsForm(DeclaredForm):
    values = forms.FileField(
        label=_("Values (DFX)"), required=False, help_text=_("Only beside a DFD, which describes them.")
    )
    field_order = ("file", "values")


def declared(sent: Any) -> Declared:
    """From the address; what is not one of the choices is the first of them."""
    kinds = {"encoding": Encoding, "separator": Separator, "decimal_sign": DecimalSign}
    told = {name: sent.get(name, "") for name, kind in kinds.items() if sent.get(name, "") in kind.values}
    return Declared(**told)


class TakeForm(forms.Form):
    """`names`: of the file, in its order; each gets a choice m0, m1 … among `characteristics` (uid, label)."""

    first = forms.IntegerField(
        label=_("The first piece of the file is sample"), min_value=1, max_value=10**9, initial=1
    )
    gauge = forms.ChoiceField(
        label=_("Gauge"), required=False,
        help_text=_("The machine that measured. It counts where neither the file nor the line below names another one."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why cells are read again"), required=False, max_length=2000,
        help_text=_("Only where the inspection holds readings of these cells already; both are kept."),
    )  # fmt: skip

    def __init__(self, *args: Any, names: Any, characteristics: Any, gauges: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(names)
        offer(self, "gauge", [("", "–"), *((one.number, one.asset) for one in gauges)])
        choices = [("", _("as found")), (NOTHING, _("do not take")), *characteristics]
        tools = [("", _("gauge as above")), *((one.number, one.asset) for one in gauges)]
        for at, name in enumerate(self.names):
            self.fields[f"m{at}"] = forms.ChoiceField(label=name, choices=choices, required=False)
            self.fields[f"g{at}"] = forms.ChoiceField(label=name, choices=tools, required=False)

    def gauges(self, sent: Any) -> dict[str, str]:
        """Name in the file → number of a gauge, where one was chosen."""
        return {name: number for at, name in enumerate(self.names) if (number := sent.get(f"g{at}", ""))}

    def mapping(self, sent: Any) -> dict[str, str]:
        """What was chosen by hand; of `sent` values that are no choice nothing is taken."""
        told = {name: sent.get(f"m{at}", "") for at, name in enumerate(self.names)}
        return {name: value for name, value in told.items() if value}


class PlanTakeForm(forms.Form):
    """`heads`: of the table, in its order; each that is not understood gets a choice h0, h1 … among the fields of a characteristic."""

    def __init__(self, *args: Any, heads: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heads = list(heads)
        choices = [("", _("as found")), *((name, column(name).label) for name in FIELDS)]
        for at, head in enumerate(self.heads):
            self.fields[f"h{at}"] = forms.ChoiceField(label=head, choices=choices, required=False)

    def mapping(self, sent: Any) -> dict[str, str]:
        told = {head: sent.get(f"h{at}", "") for at, head in enumerate(self.heads)}
        return {head: name for head, name in told.items() if name in FIELDS}
