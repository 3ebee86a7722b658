from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "qms.office"

    def ready(self) -> None:
        from . import watch

        watch.register()
