from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "qms.records"

    def ready(self) -> None:
        from qms.journal.install import installer

        from . import numbering

        installer(numbering.install)
