from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "qms.identity"

    def ready(self) -> None:
        from . import alarms

        alarms.register()
