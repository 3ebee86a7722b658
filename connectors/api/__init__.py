"""REST of the interfaces, one file per peer (contract.md)."""

from .mes import urlpatterns

__all__ = ["urlpatterns"]
