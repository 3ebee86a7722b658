from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self) -> None:
        from qms.journal.install import installer
        from qms.ui import banners

        from . import handlers, workflow
        from .models import days

        assert workflow.GAUGE
        handlers.register_kinds()
        installer(days.install)
        banners.register(handlers.alert_banners)
