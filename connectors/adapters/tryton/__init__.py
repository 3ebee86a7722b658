"""Tryton 8.x as the ERP."""

from connectors.adapters.tryton.adapter import Tryton

__all__ = ["Tryton"]
