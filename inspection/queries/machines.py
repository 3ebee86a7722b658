"""Alerts of machines, as far as a page asks."""

from typing import Any

from django.db.models import Model

from ..models import EquipmentAlert


def active_alerts(*, site_id: int, names: set[str]) -> Any:
    """Of machines or work centers of these names, the newest first."""
    return EquipmentAlert.objects.active().at(names).filter(site_id=site_id)


def alerts_of(record: Any) -> Any:
    """What a record's own place of work reports at present: of a record with a work center, or of the work center or machine
    itself. Anything else (a page that lists, too) has none."""
    site_id = getattr(record, "site_id", None)
    names = _places(record) if isinstance(record, Model) and site_id else set()
    return active_alerts(site_id=site_id, names=names) if names and site_id else EquipmentAlert.objects.none()


def _places(record: Any) -> set[str]:
    place = getattr(record, "work_center", None)
    own = record._meta.label_lower in ("masterdata.workcenter", "masterdata.equipment")
    return ({record.number} if own else set()) | ({place.number} if place else set())
