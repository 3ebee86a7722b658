from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "qms.backup"

    def ready(self) -> None:
        from . import events  # noqa: F401  # declares them
