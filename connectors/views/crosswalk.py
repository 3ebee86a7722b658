"""Names in other systems on screen: entries with their time, merged, split, taken back; rules of spelling with their examples."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.forms import NoQuestion, ReasonForm
from connectors.forms import crosswalk as forms
from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.errors import Missing
from qms.masterdata import actions
from qms.masterdata.models import Crosswalk, Normalisation
from qms.masterdata.spelling import spelt
from qms.ui.views import ActView

from .monitor import Page

VIEW, RESOLVE, EDIT, OPERATE = "masterdata.view", "interface.resolve", "mapping.edit", "interface.operate"
SHOWN = 50


class Name(Page):
    template_name = "connectors/name.html"
    permission = VIEW

    def context(self) -> dict[str, Any]:
        user = self.request.user
        mine = Crosswalk.objects.visible_to(user).select_related("site", "made_by")
        row = get_object_or_404(mine, uid=self.kwargs["uid"])
        return {
            "row": row,
            "facts": facts(row),
            "same": mine.filter(source=row.source, kind=row.kind, foreign_value=row.foreign_value)[:SHOWN],
            "elsewhere": mine.current().filter(kind=row.kind, local_value=row.local_value).exclude(pk=row.pk)[:SHOWN]
            if row.local_value
            else [],
            "may_resolve": access.may(user, RESOLVE) and row.withdrawn_at is None,
            "items": trail.timeline(row),
        }


def facts(row: Crosswalk) -> list[tuple[Any, Any]]:
    return [
        (_("Source"), row.source),
        (_("Kind"), row.get_kind_display()),
        (_("Name there"), row.foreign_value),
        (_("Name here"), row.meaning),
        (_("For the revision"), row.revision or _("every one")),
        (_("For the site"), row.site.code if row.site else _("every one")),
        (_("Since"), row.since or _("always")),
        (_("Until"), row.until or "–"),
        (_("Taken back"), row.withdrawn_at or "–"),
        (_("How it was matched"), row.get_matched_display()),
        (_("Entered by"), row.made_by or "–"),
        (_("Entered"), row.made_at),
    ]


class NameForm(ActView):
    permission = RESOLVE
    back = "connectors:names"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


class New(NameForm):
    form_class = forms.EntryForm
    title = gettext_lazy("What a foreign name means here")
    submit = gettext_lazy("Enter it")
    done = gettext_lazy("Entered.")

    def perform(self, data: dict[str, Any]) -> Any:
        part = actions.Part(data.pop("local_value"), data.pop("revision"), data.pop("site"), data.pop("since"))
        return actions.enter(by=self.request.user, part=part, **data)


class Merge(NameForm):
    form_class = forms.MergeForm
    title = gettext_lazy("Several foreign names are one of ours")
    submit = gettext_lazy("Merge")
    done = gettext_lazy("Merged. The page of each entry can undo it.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.merge(by=self.request.user, **data)
        return f"{reverse('connectors:names')}?here={data['local_value']}&current=1"


class Split(NameForm):
    form_class = forms.SplitForm
    title = gettext_lazy("One foreign name is several of ours")
    submit = gettext_lazy("Split")
    done = gettext_lazy("Split. Messages that fit none of the meanings wait on the work list.")

    def formsets(self, data: Any = None) -> dict[str, Any]:
        parts: Any = forms.PartSet(data, prefix="parts")
        parts.legend = _("Meanings: by revision or site, or one after the other")
        return {"parts": parts}

    def perform(self, data: dict[str, Any]) -> str:
        parts = [
            actions.Part(row["local_value"], row["revision"], row["site"], row["since"]) for row in data.pop("parts")
        ]
        actions.split(by=self.request.user, parts=parts, **data)
        return f"{reverse('connectors:names')}?there={data['foreign_value']}"


class OneName(ActView):
    permission = RESOLVE
    form_class = ReasonForm

    def row(self) -> Crosswalk:
        found: Crosswalk = get_object_or_404(Crosswalk.objects.visible_to(self.request.user), uid=self.kwargs["uid"])
        return found

    def more(self) -> dict[str, Any]:
        return {"row": self.row()}

    def back_url(self) -> str:
        return self.row().get_absolute_url()


class Withdraw(OneName):
    title = gettext_lazy("Take the entry back")
    submit = gettext_lazy("It was a mistake")
    done = gettext_lazy("Taken back: it counts for no message any more.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.withdraw(by=self.request.user, entry=self.row(), **data)


class Undo(OneName):
    title = gettext_lazy("Undo the change")
    submit = gettext_lazy("Undo")
    done = gettext_lazy("Undone: what held before holds again.")

    def perform(self, data: dict[str, Any]) -> Any:
        row = self.row()
        if row.change is None:
            raise Missing(_("This change is undone already, or never was."))
        actions.undo(by=self.request.user, change=row.change, **data)
        return row


class Spelling(Page):
    template_name = "connectors/spelling.html"
    permission = VIEW

    def context(self) -> dict[str, Any]:
        row = rule_of(self)
        told = [(one["given"], one["expect"], spelt(row, one["given"])) for one in row.examples]
        steps = [
            (Normalisation._meta.get_field(name).verbose_name, value)  # type: ignore[union-attr]
            for name in Normalisation.RULES
            if (value := getattr(row, name))
        ]
        may = access.may(self.request.user, OPERATE)
        return {
            "row": row,
            "steps": steps,
            "examples": told,
            "may_activate": may and row.activated_at is None,
            "may_retire": may and row.activated_at is not None and row.retired_at is None,
            "items": trail.timeline(row),
        }


def rule_of(view: Any) -> Normalisation:
    rows = Normalisation.objects.visible_to(view.request.user).select_related("made_by")
    found: Normalisation = get_object_or_404(rows, uid=view.kwargs["uid"])
    return found


class DraftSpelling(ActView):
    permission = EDIT
    form_class = forms.SpellingForm
    back = "connectors:spellings"
    title = gettext_lazy("How foreign names are spelt")
    submit = gettext_lazy("Draft it")
    done = gettext_lazy("Drafted. It is used once it is activated.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.draft_spelling(by=self.request.user, note=data.pop("reason"), **data)


class ActivateSpelling(ActView):
    permission = OPERATE
    form_class: Any = NoQuestion
    title = gettext_lazy("Use the rule of spelling")
    submit = gettext_lazy("Use it from now on")
    done = gettext_lazy("In use. The examples came out.")

    def more(self) -> dict[str, Any]:
        return {"row": rule_of(self)}

    def back_url(self) -> str:
        return rule_of(self).get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.activate_spelling(by=self.request.user, rule=rule_of(self))


class RetireSpelling(ActivateSpelling):
    form_class = ReasonForm
    title = gettext_lazy("Use the rule of spelling no longer")
    submit = gettext_lazy("Retire it")
    done = gettext_lazy("Retired: names are looked up as they are sent.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.retire_spelling(by=self.request.user, rule=rule_of(self), **data)
