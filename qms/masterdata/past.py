"""What the mirror said at a moment: from the contents that it keeps when a source changes them."""

import json
from datetime import datetime
from typing import Any

from .models import MirrorVersion
from .specs import SPECS


def contents_at(model: Any, keys: set[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Key → what the source had said by then, under the mirror's names; the present row where nothing replaced it since."""
    object = next((spec.object for spec in SPECS.values() if spec.model is model), "")
    rows = model.objects.in_bulk(keys)
    later = MirrorVersion.objects.filter(
        object=object, external_id__in={row.external_id for row in rows.values()}, replaced_at__gt=at
    )
    replaced: dict[tuple[str, str], str] = {}
    for version in later.order_by("replaced_at", "pk"):
        replaced.setdefault((version.source, version.external_id), version.content)
    return {pk: json.loads(replaced.get((row.source, row.external_id), row.content)) for pk, row in rows.items()}


def names_at(model: Any, keys: set[int], at: datetime) -> dict[int, str]:
    """Number and name, as they were: the number alone may have meant another thing."""
    told = contents_at(model, keys, at)
    return {
        pk: " ".join(dict.fromkeys(str(one[k]) for k in ("number", "name") if one.get(k))) for pk, one in told.items()
    }
