from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"

    def ready(self) -> None:
        from qms.ui import banners

        from . import handlers
        from .queries import banners as told

        handlers.register()
        banners.register(told.of)
