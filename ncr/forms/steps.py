"""Forms of the steps that carry a disposition out, each asked of one record."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.commands import targets
from qms.commands.choices import ASKED_BY_PEOPLE
from qms.ui.widgets import Moment

from ..choices import Result
from .fields import Amount

ANY_FILE = {"accept": ".png,.jpg,.jpeg,.pdf,.txt,.csv"}


class StepForm(forms.Form):
    """`lines` and `postings`: the fitting ones of the record are offered; whether one fits is for the act to say."""

    def __init__(self, *args: Any, ncr: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ncr = ncr
        if "line" in self.fields:
            self._offer("line", [(str(one.line), str(one)) for one in self.lines()])
        if "posting" in self.fields:
            self._offer("posting", [(p.reference, self.shown(p)) for p in ncr.all_postings() if self.fits(p)])
        if "file" in self.fields:
            self._offer("file", [("", "–"), *((str(one.uid), one.name) for one in ncr.files())])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].widget.choices = choices

    def lines(self) -> Any:
        return self.ncr.current_lines()

    def fits(self, posting: Any) -> bool:
        return True

    def shown(self, posting: Any) -> str:
        return f"{posting.reference} · {posting.kind_shown} · {posting.get_state_display()}"


class LineStep(StepForm):
    line = forms.IntegerField(label=_("Line"), required=False, widget=forms.Select)


class ExecuteForm(StepForm):
    in_parts = forms.BooleanField(label=_("Carry the lines out in parts: ask the ERP for nothing yet"), required=False)


class CarryOutForm(LineStep):
    quantity = Amount(label=_("Quantity of this part"), required=False, help_text=_("Empty: everything that remains."))

    def lines(self) -> Any:
        return [one for one in self.ncr.current_lines() if one.remaining and not one.rule.reinspected]


class ReworkForm(LineStep):
    quantity = Amount(label=_("Quantity worked on"), required=False, help_text=_("Empty: everything that waits."))
    note = forms.CharField(
        label=_("What was done"), required=False, widget=forms.Textarea({"rows": 3}), max_length=4000
    )

    def lines(self) -> Any:
        return self.ncr.to_rework()


class ReinspectForm(LineStep):
    result = forms.ChoiceField(label=_("Result"), choices=Result.choices, widget=forms.RadioSelect)
    reference = forms.CharField(
        label=_("Inspection"), max_length=80, help_text=_("Its number, or where its results are kept.")
    )

    def lines(self) -> Any:
        waiting = {loop.line_id for loop in self.ncr.open_loops() if loop.waits_for_person}
        return [one for one in self.ncr.current_lines() if one.pk in waiting]


class EvidenceForm(LineStep):
    evidence = forms.CharField(
        label=_("How it was mutilated or marked"), widget=forms.Textarea({"rows": 3}), max_length=2000
    )
    file = forms.UUIDField(label=_("File on the record"), required=False, widget=forms.Select)
    upload = forms.FileField(label=_("Or a new photo or document"), required=False, widget=forms.FileInput(ANY_FILE))

    def lines(self) -> Any:
        return [one for one in self.ncr.current_lines() if one.rule.marked]


class CustomerForm(StepForm):
    reference = forms.CharField(label=_("Reference of the approval"), max_length=80)
    file = forms.UUIDField(label=_("File on the record"), required=False, widget=forms.Select)
    upload = forms.FileField(label=_("Or a new document"), required=False, widget=forms.FileInput(ANY_FILE))


class PostingStep(StepForm):
    posting = forms.CharField(label=_("Posting"), required=False, max_length=16, widget=forms.Select)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class CancelPostingForm(PostingStep):
    def fits(self, posting: Any) -> bool:
        return posting.state in posting.workflow.transition("request-cancel").sources


class ReverseForm(PostingStep):
    def fits(self, posting: Any) -> bool:
        return bool(posting.can_be_reversed)

    def shown(self, posting: Any) -> str:
        return f"{posting.reference} · {posting.kind_shown} · {posting.document_number}"


class SkipForm(PostingStep):
    def fits(self, posting: Any) -> bool:
        return posting in self.ncr.unanswered()


class RecordForm(SkipForm):
    document_number = forms.CharField(label=_("Document number in the ERP"), max_length=80)


class InstructForm(StepForm):
    kind = forms.ChoiceField(label=_("Command"))
    text = forms.CharField(
        label=_("Instruction"),
        widget=forms.Textarea({"rows": 4}),
        max_length=2000,
        help_text=_("The people at the machine read these very words."),
    )
    hold = forms.CharField(label=_("About"), required=False, max_length=24, widget=forms.Select)
    quantity = Amount(label=_("Quantity"), required=False, help_text=_("Empty: everything that is affected."))
    valid_until = forms.DateTimeField(
        label=_("Valid until"), required=False, widget=Moment, help_text=_("Empty: until it is cancelled.")
    )
    asked = forms.MultipleChoiceField(
        label=_("Systems"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every one that takes it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listening = targets.at(self.ncr.site_id)
        taken = frozenset[str]().union(*(target.kinds for target in listening))
        fields: Any = self.fields
        fields["kind"].choices = [(kind.value, kind.label) for kind in ASKED_BY_PEOPLE if kind in taken]
        able = [target for target in listening if target.kinds.intersection(ASKED_BY_PEOPLE)]
        fields["asked"].choices = [(t.code, t.name + (f" ({_('paused')})" if t.is_paused else "")) for t in able]
        self.holds = {one.number: one for one in self.ncr.holds.all() if one.state not in ("DRAFT", "CANCELLED")}
        whole = f"{self.ncr.number} · {self.ncr.affected_shown}"
        self._offer("hold", [("", whole), *((number, f"{number} · {one.title}") for number, one in self.holds.items())])

    def clean_hold(self) -> Any:
        number = self.cleaned_data["hold"]
        if number and number not in self.holds:
            raise forms.ValidationError(_("Choose a hold of this record."))
        return self.holds.get(number)


STEPS: dict[str, type[StepForm]] = {
    "execute": ExecuteForm,
    "carry-out": CarryOutForm,
    "rework": ReworkForm,
    "reinspect": ReinspectForm,
    "evidence": EvidenceForm,
    "customer-approval": CustomerForm,
    "cancel-posting": CancelPostingForm,
    "reverse": ReverseForm,
    "skip-posting": SkipForm,
    "record-document": RecordForm,
    "instruct": InstructForm,
}
