"""REST of the interfaces, one file per peer (contract.md)."""

from . import batch, erp, feed, mes

urlpatterns = [*mes.urlpatterns, *batch.urlpatterns, *feed.urlpatterns, *erp.urlpatterns]
