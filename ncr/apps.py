from django.apps import AppConfig


class NcrConfig(AppConfig):
    name = "ncr"

    def ready(self) -> None:
        from . import handlers, workflow

        assert workflow.NCR
        handlers.register()
