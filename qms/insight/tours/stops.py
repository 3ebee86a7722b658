"""The tours as data: what a person of the role looks at first, and what to notice there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ncr.models import Hold, Nonconformance

Place = Callable[[Any], str]


def page(name: str, query: str = "") -> Place:
    return lambda _user: reverse(name) + query


def ncr(*states: str) -> Place:
    """The newest NCR in one of the states that the reader may see, else the list of them."""

    def place(user: Any) -> str:
        found = Nonconformance.objects.visible_to(user).filter(state__in=states).order_by("-pk").first()
        return found.get_absolute_url() if found else reverse("ncr:list") + f"?state={states[0]}"

    return place


def hold(user: Any) -> str:
    found = Hold.objects.visible_to(user).order_by("-pk").first()
    return found.get_absolute_url() if found else reverse("ncr:hold-list")


@dataclass(frozen=True)
class Stop:
    title: Any
    text: Any
    place: Place


@dataclass(frozen=True)
class Tour:
    """`role`: whom it is offered to."""

    role: str
    title: Any
    stops: tuple[Stop, ...]


HOME = Stop(
    _("My work"),
    _(
        "Everything that waits for you stands here, most urgent first. What "
        "you see elsewhere is for looking; here is what to do."
    ),
    page("home"),
)
TIMELINE = Stop(
    _("One record, its whole story"),
    _(
        "Who did what, when and why stands at the bottom, newest first. Nothing can "
        "be edited or removed there, also not by an administrator."
    ),
    ncr("CLOSED", "VERIFICATION", "IN_EXECUTION"),
)
TOURS = {
    tour.role: tour
    for tour in (
        Tour(
            "operator",
            _("Report in half a minute"),
            (
                Stop(
                    _("Scan, tap, count, send"),
                    _(
                        "Scan or type a lot or an order. Part and operation come from the ERP. Tap the "
                        "defect, set the quantity, add a photo if it helps, and send."
                    ),
                    page("ncr:floor"),
                ),
                Stop(
                    _("What becomes of it"),
                    _(
                        "Your report has a number at once. The steps at the top of the record "
                        "show how far it has come; you may comment at any time."
                    ),
                    ncr("OPEN", "CONTAINED", "IN_REVIEW"),
                ),
                HOME,
            ),
        ),
        Tour(
            "inspector",
            _("From a finding to a held lot"),
            (
                Stop(
                    _("Find what is known already"),
                    _(
                        "Filter by lot, part or defect, or press / and search. The address of the page "
                        "keeps the filter, so a link shows a colleague the same list."
                    ),
                    page("ncr:list", "?state=OPEN"),
                ),
                Stop(
                    _("Report with its context"),
                    _(
                        "Choose the lot first: part, revision and supplier follow "
                        "from it. A draft can wait for the rest."
                    ),
                    page("ncr:create"),
                ),
                Stop(
                    _("Held means that the stock was moved"),
                    _(
                        "A hold is active only when every system that was asked has "
                        "answered, with its document number and its time."
                    ),
                    hold,
                ),
                Stop(
                    _("Gauges that may be used"),
                    _("Overdue and blocked gauges are shown here before somebody measures with them."),
                    page("inspection:gauge-list"),
                ),
            ),
        ),
        Tour(
            "quality_engineer",
            _("From a defect to a decision"),
            (
                HOME,
                Stop(
                    _("Look at the report"),
                    _(
                        "The button at the top is the next step that you may take; the others "
                        "stand beside it, and a closed one says why it is closed."
                    ),
                    ncr("OPEN", "CONTAINED"),
                ),
                Stop(
                    _("Split the quantity"),
                    _(
                        "Every piece is decided exactly once: the lines and what is undecided always make "
                        "up the affected quantity. The database refuses anything else."
                    ),
                    ncr("IN_REVIEW"),
                ),
                Stop(
                    _("What the ERP did"),
                    _(
                        "Each movement has a reference, a state and, once posted, the ERP's "
                        "document number. “Executed” never comes before that."
                    ),
                    ncr("IN_EXECUTION", "VERIFICATION"),
                ),
                TIMELINE,
            ),
        ),
        Tour(
            "mrb_member",
            _("Sign what you have read"),
            (
                HOME,
                Stop(
                    _("A record before the board"),
                    _(
                        "Read the description, the pictures and the proposed lines. The matrix shows "
                        "which signatures are needed and who may still give them."
                    ),
                    ncr("IN_MRB"),
                ),
                Stop(
                    _("What a signature covers"),
                    _(
                        "You sign one version with its quantities and files. When anything of it changes "
                        "afterwards, the signature is shown as no longer covering the record."
                    ),
                    ncr("DISPOSITIONED", "IN_EXECUTION", "CLOSED"),
                ),
            ),
        ),
        Tour(
            "supervisor",
            _("Verify and close"),
            (
                HOME,
                Stop(
                    _("Carried out, but not verified"),
                    _(
                        "Compare what was decided with what was posted and done. "
                        "Whoever reported or approved cannot verify."
                    ),
                    ncr("VERIFICATION", "IN_EXECUTION"),
                ),
                Stop(
                    _("Stock that must not move"),
                    _("All holds of your site, with their age and with what the ERP shows in its places."),
                    page("ncr:hold-list"),
                ),
                TIMELINE,
            ),
        ),
        Tour(
            "integration_owner",
            _("Nothing silent"),
            (
                Stop(
                    _("How the interfaces do"),
                    _(
                        "Green needs a recent success. Without one the card says "
                        "unknown, with the time of the last message."
                    ),
                    page("connectors:monitor"),
                ),
                Stop(
                    _("What came in and went out"),
                    _(
                        "Every message is kept as it came. Search by lot, NCR or message "
                        "id, and see which version of the mapping read it."
                    ),
                    page("connectors:messages"),
                ),
                Stop(
                    _("What the ERP is the master of"),
                    _(
                        "These records are read-only here and carry their age. Refresh "
                        "one when it looks old; the run says what changed."
                    ),
                    page("masterdata:home"),
                ),
            ),
        ),
        Tour(
            "auditor",
            _("Follow the evidence"),
            (
                Stop(
                    _("The trail of everything"),
                    _(
                        "Filter by person, record or time and export exactly what you "
                        "see. Your export becomes part of the trail."
                    ),
                    page("office:trail"),
                ),
                TIMELINE,
                Stop(
                    _("Who decided, and for whom"),
                    _(
                        "A record with its signatures: printed name, time with zone, "
                        "meaning, and the sentence that was signed."
                    ),
                    ncr("CLOSED", "DISPOSITIONED"),
                ),
            ),
        ),
    )
}
