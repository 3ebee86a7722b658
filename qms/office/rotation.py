"""Secrets of other systems sealed anew under the newest field key, while the plant works.

Which columns: what models declare as `sealed_fields`. A row is locked only while it is written; one that was sealed under the newest key
meanwhile is left. When no row is left, the older keys can be taken out of QMS_FIELD_KEYS.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from qms import journal
from qms.lib import crypto

from . import events

BATCH = 200


def sealed_models() -> list[Any]:
    return [model for model in apps.get_models() if getattr(model, "sealed_fields", ())]


def rotate(*, by: Any) -> dict[str, int]:
    """Model → rows that were sealed anew. Each batch is an act."""
    return {model._meta.label_lower: sum(_batches(model, by)) for model in sealed_models()}


def stale(model: Any) -> list[int]:
    """Keys of rows that an older key sealed."""
    rows = model._base_manager.order_by("pk").values_list("pk", *model.sealed_fields)
    return [pk for pk, *texts in rows.iterator() if any(text and not crypto.is_newest(text) for text in texts)]


def _batches(model: Any, by: Any) -> Iterator[int]:
    keys = stale(model)
    for start in range(0, len(keys), BATCH):
        yield _batch(model, keys[start : start + BATCH], by)


def _batch(model: Any, keys: list[int], by: Any) -> int:
    with journal.act(events.SECRETS_ROTATED, by=by) as act:
        rows = list(model._base_manager.select_for_update().filter(pk__in=keys).order_by("pk"))
        for row in rows:
            for name in model.sealed_fields:
                setattr(row, name, crypto.rotated(getattr(row, name)))
            row.save(update_fields=list(model.sealed_fields))
        act.record("secrets", events.SecretsRotated(model._meta.label_lower, len(rows)))
    return len(rows)
