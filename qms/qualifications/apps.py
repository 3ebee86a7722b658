from django.apps import AppConfig


class QualificationsConfig(AppConfig):
    name = "qms.qualifications"

    def ready(self) -> None:
        from qms.office.notifications.rules import REMINDERS
        from qms.signatures import qualified

        from . import alarms, queries, workflow

        assert workflow.QUALIFICATION
        if queries.lacking not in qualified.ASK:
            qualified.ASK.append(queries.lacking)
        if alarms.remind not in REMINDERS:
            REMINDERS.append(alarms.remind)
