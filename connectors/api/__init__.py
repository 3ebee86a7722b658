"""REST of the interfaces, one file per peer (contract.md)."""

from . import erp, feed, mes

urlpatterns = [*mes.urlpatterns, *erp.urlpatterns, *feed.urlpatterns]

__all__ = ["urlpatterns"]
