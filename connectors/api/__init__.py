"""REST of the interfaces, one file per peer (contract.md)."""

from . import (
    alerts,
    batch,
    commands,
    conflicts,
    crosswalk,
    daysheets,
    downtimes,
    erp,
    feed,
    golives,
    mappings,
    measurements,
    mes,
    reconcile,
    webhooks,
)

urlpatterns = [
    *mes.urlpatterns,
    *batch.urlpatterns,
    *measurements.urlpatterns,
    *alerts.urlpatterns,
    *reconcile.urlpatterns,
    *feed.urlpatterns,
    *erp.urlpatterns,
    *commands.urlpatterns,
    *webhooks.urlpatterns,
    *mappings.urlpatterns,
    *daysheets.urlpatterns,
    *downtimes.urlpatterns,
    *golives.urlpatterns,
    *crosswalk.urlpatterns,
    *conflicts.urlpatterns,
]
