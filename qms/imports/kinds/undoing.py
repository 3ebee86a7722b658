"""The way back for rows of the mirror: new ones are marked gone, changed ones become what they were."""

import json
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.lib import canonical
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.specs import SHARED, SPECS
from qms.masterdata.upsert import mark_gone, upsert

from ..choices import Effect
from ..registry import Context, Fate

MOST_NAMED = 3
APART = {"masterdata.revision"}  # came with the part in the same row, and goes with it


def survey(model: Any, outcomes: list[Any]) -> list[Fate]:
    """A row that was changed since, or that something else here names, stays."""
    keys = [int(outcome.object_key) for outcome in outcomes]
    now = {str(row.pk): row for row in model.objects.filter(pk__in=keys)}
    created = [int(o.object_key) for o in outcomes if o.effect == Effect.CREATED]
    named = users_of(model, created)
    return [_fate(outcome, now.get(outcome.object_key), named) for outcome in outcomes]


def _fate(outcome: Any, row: Any, named: dict[int, list[str]]) -> Fate:
    if row is None or row.gone_at:
        return Fate(outcome, why=_("It is gone already."))
    if row.content_hash != outcome.after:
        return Fate(outcome, why=_("It was changed since by another import or interface."))
    if outcome.effect == Effect.CREATED and (names := named.get(row.pk)):
        return Fate(outcome, why=_("It is used by: %(names)s.") % {"names": ", ".join(names)})
    what = _("is marked as gone") if outcome.effect == Effect.CREATED else _("becomes what it was before")
    return Fate(outcome, what=what)


def users_of(model: Any, keys: list[int]) -> dict[int, list[str]]:
    """Whatever names these rows, in any room of the house: the relations are known to Django, not to this room."""
    found: dict[int, list[str]] = defaultdict(list)
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and relation.one_to_many):
            continue
        user, name = relation.related_model, relation.field.attname
        if user.__name__.startswith("Historical") or user._meta.label_lower in APART:
            continue
        rows = user._base_manager.filter(**{f"{name}__in": keys})
        if hasattr(user, "gone_at"):
            rows = rows.filter(gone_at=None)
        for row in rows.iterator(chunk_size=2000):
            names = found[getattr(row, name)]
            if len(names) < MOST_NAMED:
                names.append(f"{user._meta.verbose_name} {row}")
    return found


def undo(object: str, context: Context, fates: list[Fate]) -> None:
    """One act for all rows of the batch, with counts and a digest as every change of the mirror."""
    created = [fate.outcome for fate in fates if fate.outcome.effect == Effect.CREATED]
    updated = [fate.outcome for fate in fates if fate.outcome.effect == Effect.UPDATED]
    model = SPECS[object].model
    keys = dict(model.objects.filter(pk__in=[o.object_key for o in created]).values_list("pk", "external_id"))
    with journal.act(SYNCED, by=context.by) as act:
        mark_gone(object=object, source=context.mirror, keys=list(keys.values()))
        if object == "items":
            _drop_revisions(context, list(keys))
        before = [{**json.loads(o.before["content"]), "changed_at": None} for o in updated]
        site = None if object in SHARED else context.site.pk
        parents = _parents(object, updated)
        upsert(object=object, source=context.mirror, rows=before, run=context.run, site_id=site)
        _restore_parents(object, context, before, parents)
        digest = canonical.digest(sorted([*keys.values(), *(row["external_id"] for row in before)]))
        counts = {"created": 0, "updated": len(fates), "unchanged": 0, "failed": 0}
        act.record(
            context.batch, Synced(object=object, source=context.mirror, run=str(context.run), digest=digest, **counts)
        )


def _drop_revisions(context: Context, items: list[int]) -> None:
    model = SPECS["revisions"].model
    rows = model.objects.live().filter(source=context.mirror, item__in=items)
    mark_gone(object="revisions", source=context.mirror, keys=list(rows.values_list("external_id", flat=True)))


def _parents(object: str, outcomes: list[Any]) -> list[str]:
    return [name for name, _model in SPECS[object].parents] if outcomes else []


def _restore_parents(object: str, context: Context, rows: list[dict[str, Any]], parents: list[str]) -> None:
    """A parent of another source is found again by the key that the row kept of it."""
    from .masters import attach

    models = dict(SPECS[object].parents)
    for name in parents:
        refs = {row[f"{name}_ref"] for row in rows}
        found = dict(models[name].objects.live().filter(external_id__in=refs).values_list("external_id", "pk"))
        pairs = [(row["external_id"], found[row[f"{name}_ref"]]) for row in rows if row[f"{name}_ref"] in found]
        attach(object, context, name, pairs)
