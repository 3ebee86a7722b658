"""REST of the interfaces, one file per peer (contract.md)."""

from . import batch, commands, erp, feed, mappings, mes, webhooks

urlpatterns = [
    *mes.urlpatterns,
    *batch.urlpatterns,
    *feed.urlpatterns,
    *erp.urlpatterns,
    *commands.urlpatterns,
    *webhooks.urlpatterns,
    *mappings.urlpatterns,
]
