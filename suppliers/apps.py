from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "suppliers"

    def ready(self) -> None:
        from qms.office.models import Kind
        from qms.office.notifications import rules
        from qms.ui import banners

        from . import handlers, permissions, queries, workflow
        from .models import SupplierBlock

        assert workflow.SUPPLIER_BLOCK
        # The record asks for its rule through the class, because models may not import permissions.
        SupplierBlock.refuses = permissions.refuses_step
        handlers.register()
        banners.register(queries.told_of)
        rules.RULES["supplier_block.proposed"] = rules.Rule(Kind.SIGNATURE, rules.may_step("block"))
        rules.RULES["supplier_block.lift_proposed"] = rules.Rule(Kind.SIGNATURE, rules.may_step("lift"))
        rules.RULES["supplier_block.order_seen"] = rules.Rule(Kind.ASSIGNED, rules.concerned)
