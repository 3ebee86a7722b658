"""REST of the interfaces, one file per peer (contract.md)."""

from . import feed, mes

urlpatterns = [*mes.urlpatterns, *feed.urlpatterns]
