from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "qms.office"

    def ready(self) -> None:
        from . import nightly, watch
        from .models import TrailAlarm

        watch.register()
        watch.ask_too(TrailAlarm.UNVERIFIED, nightly.trouble)
