from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "qms.insight"

    def ready(self) -> None:
        from . import asks, reviewing

        # The imports register what nonconformances, holds, postings and reviews ask.
        assert asks.NEXT and reviewing.KIND
