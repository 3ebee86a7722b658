"""SAP S/4HANA as the ERP."""

from connectors.adapters.sap.adapter import SAP

__all__ = ["SAP"]
