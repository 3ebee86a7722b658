from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Qualified:
    """`person`: the key of the account; `meanings`: what it lets them sign."""

    qualification: str
    person: str
    name: str
    meanings: list[str]
    valid_from: str
    valid_to: str


RECORDED = Event("qualification.recorded", _("Qualification of %(name)s recorded, until %(valid_to)s."), Qualified)
ENDED = Event("qualification.ended", _("Qualification of %(name)s ended."), Qualified)
