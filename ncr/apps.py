from django.apps import AppConfig


class NcrConfig(AppConfig):
    name = "ncr"

    def ready(self) -> None:
        from . import handlers, permissions, workflow
        from .models import Nonconformance

        assert workflow.NCR
        # The record asks for its rule through the class, because models may not import permissions.
        Nonconformance.refuses = permissions.refuses_step
        handlers.register()
