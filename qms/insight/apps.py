from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "qms.insight"

    def ready(self) -> None:
        from . import asks, blocks, charting, inspecting, reviewing, stopped

        # The imports register what nonconformances, holds, postings, supplier blocks, inspections, reviews and sampling ask.
        assert asks.NEXT and blocks.STEPS and reviewing.KIND and inspecting.MANAGE and stopped.NAME and charting.NAME
