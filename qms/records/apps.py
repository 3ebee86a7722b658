from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "qms.records"

    def ready(self) -> None:
        from qms.journal.install import installer

        from . import numbering, reasons

        installer(numbering.install)
        installer(reasons.seed)
