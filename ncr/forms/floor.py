"""The floor's entry: four inputs; what they mean is found by the server."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.lib.clock import now
from qms.records.actions import ATTACHMENT_LIMIT
from qms.ui.widgets import Combobox

from ..queries import floor
from . import Amount

PHOTOS, OLDEST = 10, 30 * 24 * 3600


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class Photos(forms.FileField):
    """Several files of at most 25 MB each; what they are is looked at when they are attached."""

    widget = Several

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [super(Photos, self).clean(each, initial) for each in (data or [])]
        if len(files) > PHOTOS:
            raise forms.ValidationError(
                _("%(count)s photos are more than %(most)s. Send the best ones.")
                % {"count": len(files), "most": PHOTOS}
            )
        for each in files:
            if each.size > ATTACHMENT_LIMIT:
                raise forms.ValidationError(
                    _("%(name)s is larger than 25 MB. Take it with a smaller picture size.") % {"name": each.name}
                )
        return files


class EntryForm(forms.Form):
    """`waited`: seconds between the entry and its sending, by the tablet's own clock, which may be wrong as a whole."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    code = forms.CharField(label=gettext_lazy("Lot, serial number or order"), required=False, max_length=400)
    at = forms.CharField(required=False, max_length=40)
    part = forms.CharField(
        label=gettext_lazy("Part"), required=False, max_length=120, widget=Combobox(url="masterdata:item-lookup")
    )
    operation = forms.CharField(label=gettext_lazy("Operation"), required=False, max_length=20)
    defect_code = forms.ChoiceField(label=gettext_lazy("Defect"))
    quantity = Amount(label=gettext_lazy("Quantity"))
    comment = forms.CharField(label=gettext_lazy("Comment"), required=False, max_length=4000)
    photos = Photos(label=gettext_lazy("Photos"), required=False)
    hold = forms.BooleanField(label=gettext_lazy("Hold now"), required=False)
    waited = forms.IntegerField(required=False, min_value=0, max_value=OLDEST)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.codes = {code.code: code for code in floor.catalogue()}
        chosen: Any = self.fields["defect_code"]
        chosen.choices = [(code, code) for code in self.codes]
        chosen.error_messages["required"] = _("Tap the defect.")

    def clean_defect_code(self) -> Any:
        return self.codes[self.cleaned_data["defect_code"]]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        words = {name: given.get(name, "") for name in ("operation", "part")}
        place = floor.place(given.get("code", ""), self.user, key=given.get("at", ""), **words)
        if place.several:
            self.add_error("code", _("This number exists more than once. Tap the right one."))
        elif place.part is None:
            self.add_error("part", _("The ERP does not know this code. Choose the part; the code is kept as text."))
        elif given.get("hold") and place.lot and not floor.may_hold(place, self.user):
            self.add_error("hold", _("A hold is requested by a role that may. Send it without."))
        return {**given, "place": place}

    def entry(self) -> dict[str, Any]:
        """Arguments of the act."""
        given = self.cleaned_data
        return {
            "uid": given["key"],
            **{name: given[name] for name in ("place", "defect_code", "quantity", "comment", "photos", "hold")},
            "occurred_at": now() - timedelta(seconds=given["waited"] or 0),
        }
