from django.apps import AppConfig


class MasterdataConfig(AppConfig):
    name = "qms.masterdata"

    def ready(self) -> None:
        from qms.records.past import names

        from . import past, permissions, workflow
        from .models import Matrix, Mirror

        assert workflow.MATRIX
        # The record asks for its rule through the class, because models may not import permissions.
        Matrix.refuses = permissions.refuses_step
        names.KNOWN_AT[Mirror] = past.names_at
