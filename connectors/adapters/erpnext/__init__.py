"""ERPNext (Frappe) as the ERP."""

from connectors.adapters.erpnext.adapter import ERPNext

__all__ = ["ERPNext"]
