"""Records by what other systems call them: the document of a posting, its reference, a name that stands for an NCR here.

The id that a MES gave a defect stands in the record itself, and is found by its documents."""

from typing import Any

from django.db.models import Q

from qms.commands.models import Posting
from qms.masterdata.models import Crosswalk
from qms.records.models import REGISTRY

MOST = 10
Key = tuple[str, int]


def keys(text: str) -> list[Key]:
    """Of exactly this name, newest first; whether the reader may see them is asked where they are shown."""
    asked = Q(document_number=text) | Q(reference=text.upper())
    rows = Posting.objects.filter(asked).order_by("-pk").values_list("record_type", "record_key")[:MOST]
    return [*((label, int(key)) for label, key in rows if key.isdigit()), *_named(text)]


def _named(text: str) -> list[Key]:
    meant = Crosswalk.objects.current().filter(kind="ncr", foreign_value=text).exclude(local_value="")
    numbers = list(meant.values_list("local_value", flat=True)[:MOST])
    records: Any = REGISTRY["NCR"]
    found = records.objects.filter(number__in=numbers).order_by("-pk").values_list("pk", flat=True)
    return [(records._meta.label_lower, pk) for pk in found]
