from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "qms.imports"

    def ready(self) -> None:
        from . import kinds

        kinds.register()
