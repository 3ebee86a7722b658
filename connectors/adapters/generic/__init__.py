"""Any ERP with a REST API, by configuration alone."""

from connectors.adapters.generic.adapter import Generic

__all__ = ["Generic"]
