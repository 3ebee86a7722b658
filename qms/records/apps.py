from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "qms.records"

    def ready(self) -> None:
        from qms.journal.install import installer
        from qms.lib.postgres.base import REFUSED

        from . import keeping, numbering, reasons, refusals

        installer(numbering.install)
        installer(reasons.seed)
        installer(keeping.install)
        if refusals.on_database not in REFUSED:
            REFUSED.append(refusals.on_database)
