from tests.erp import erp

__all__ = ["erp"]
