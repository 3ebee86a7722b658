from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self) -> None:
        from . import handlers, workflow

        assert workflow.GAUGE
        handlers.register_kinds()
