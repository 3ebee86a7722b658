from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "qms.insight"

    def ready(self) -> None:
        from . import asks

        assert asks.NEXT  # the import registers what nonconformances, holds and postings ask
