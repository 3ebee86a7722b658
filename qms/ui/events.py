"""What the screens themselves leave in the trail."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal.events import Event


@dataclass(frozen=True)
class ListExported:
    list: str
    format: str
    conditions: str
    columns: str
    rows: int
    sha256: str


LIST_EXPORTED = Event("list.exported", _("Exported %(rows)s rows of the list “%(list)s” as %(format)s."), ListExported)
