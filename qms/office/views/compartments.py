"""Export compartments: who may enter; and a record's own, set from its page."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access, actions
from qms.accounts.actions.compartments import RIGHT
from qms.accounts.models import Compartment
from qms.journal import queries as trail
from qms.records import compartments
from qms.records import queries as records
from qms.ui.views import ActView

from .. import queries
from ..forms import AdmitForm, CompartmentForm, EncloseForm, ReasonForm


class CompartmentPage(View):
    permission = RIGHT
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        access.check(request.user, self.permission)
        row = queries.compartment(code)
        context = {
            "compartment": row,
            "title": row.name,
            "mark": queries.compartment_mark(row),
            "people": queries.admitted(row),
            "items": trail.timeline(row),
        }
        return render(request, "office/compartment.html", context)


class CreateCompartment(ActView):
    back = "office:compartments"
    permission = RIGHT
    form_class = CompartmentForm
    title = _("New export compartment")
    submit = _("Create")
    done = _("The compartment exists. Nobody is inside yet.")
    help_template = "office/_compartment_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.create_compartment(by=self.request.user, **data)


class CompartmentAct(ActView):
    permission = RIGHT
    form_class: Any = ReasonForm
    help_template = "office/_compartment_help.html"

    @cached_property
    def compartment(self) -> Compartment:
        return queries.compartment(self.kwargs["code"])

    def more(self) -> dict[str, Any]:
        return {"title": f"{self.title}: {self.compartment.code}"}

    def back_url(self) -> str:
        return self.compartment.get_absolute_url()


class Retire(CompartmentAct):
    title = submit = _("Retire the compartment")
    done = _("No further record goes in.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.retire_compartment(compartment=self.compartment, by=self.request.user, **data)


class Admit(CompartmentAct):
    form_class = AdmitForm
    title = submit = _("Let a person in")
    done = _("The person sees the records of this compartment, on the sites and with the roles that they hold.")

    def perform(self, data: dict[str, Any]) -> Any:
        person, reason = queries.account(data["person"], "person"), data["reason"]
        actions.open_compartment(compartment=self.compartment, user=person, by=self.request.user, reason=reason)
        return self.compartment


class Remove(CompartmentAct):
    title = submit = _("Close it to this person")
    done = _("From now on its records do not exist for this person.")

    @cached_property
    def account(self) -> Any:
        return queries.account(self.kwargs["username"], "person")

    def more(self) -> dict[str, Any]:
        return {"title": f"{self.title}: {self.account.full_name}, {self.compartment.code}"}

    def perform(self, data: dict[str, Any]) -> Any:
        actions.close_compartment(compartment=self.compartment, user=self.account, by=self.request.user, **data)
        return self.compartment


class Enclose(ActView):
    """From the record's page."""

    permission = compartments.RIGHT
    form_class = EncloseForm
    title = submit = _("Export compartment")
    done = _("The record's compartment is changed.")
    help_template = "office/_enclose_help.html"

    @cached_property
    def record(self) -> Any:
        if (record := records.by_number(self.kwargs["number"], self.request.user)) is None:
            raise Http404
        return record

    def allowed(self) -> None:
        access.check(self.request.user, compartments.RIGHT, self.record)

    def form_kwargs(self) -> dict[str, Any]:
        return {"rows": compartments.offered(self.request.user)}

    def initial(self) -> dict[str, Any]:
        return {"compartment": str(self.record.compartment or ""), "version": self.record.version}

    def more(self) -> dict[str, Any]:
        return {"title": f"{self.title}: {self.record.number}"}

    def back_url(self) -> str:
        return str(self.record.get_absolute_url())

    def perform(self, data: dict[str, Any]) -> Any:
        return compartments.enclose(record=self.record, by=self.request.user, **data)
