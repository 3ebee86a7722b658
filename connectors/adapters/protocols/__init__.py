"""Protocols that several ERPs speak: pure generators of calls. What an ERP makes of one stands in its own adapter."""
