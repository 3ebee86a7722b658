from django.apps import AppConfig


class MasterdataConfig(AppConfig):
    name = "qms.masterdata"

    def ready(self) -> None:
        from qms.records.past import names

        from . import past
        from .models import Mirror

        names.KNOWN_AT[Mirror] = past.names_at
