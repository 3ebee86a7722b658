from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self) -> None:
        from . import workflow

        assert workflow.GAUGE
