"""The way of a qualification: it holds until its last day, or until somebody ends it."""

from django.utils.translation import gettext_lazy as _

from qms.workflow import State, Transition, Workflow

from .models import Qualification

MANAGE = "qualification.manage"
QUALIFICATION = Workflow(
    model=Qualification,
    initial=("VALID",),
    states=(State("VALID", _("Recorded"), "success"), State("ENDED", _("Ended"), "muted", final=True)),
    transitions=(Transition("end", _("End it now"), ("VALID",), "ENDED", MANAGE, "qualification.ended", reason=True),),
)
