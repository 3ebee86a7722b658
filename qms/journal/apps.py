from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JournalConfig(AppConfig):
    name = "qms.journal"

    def ready(self) -> None:
        from . import install

        # The framework's own hook for what must follow every migrate; it carries no domain act.
        post_migrate.connect(install.after_migrate, dispatch_uid="qms-install")
