"""Odoo as the ERP: `/json/2` from version 19 on, `/jsonrpc` before."""

from connectors.adapters.odoo.adapter import Odoo

__all__ = ["Odoo"]
