from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"

    def ready(self) -> None:
        from qms.commands import targets
        from qms.insight import worklist
        from qms.journal import timestamps
        from qms.masterdata import ownership
        from qms.ui import banners

        from . import handlers, http, permissions, queries, workflow
        from .models import GoLive, Mapping
        from .outbox import asks
        from .queries import alarms
        from .queries import banners as told

        assert workflow.MAPPING and workflow.DAYSHEET and workflow.GOLIVE and workflow.DOWNTIME
        # The record asks for its rule through the class, because models may not import permissions.
        Mapping.refuses = permissions.refuses_step
        GoLive.refuses = permissions.refuses_release
        handlers.register()
        timestamps.carry_by(http.ask_time_stamp)
        alarms.register()
        banners.register(told.of)
        targets.register("interfaces", asks.listening)
        ownership.named_by(queries.named)
        if queries.level not in targets.LEVELS:
            targets.LEVELS.append(queries.level)
        worklist.register("connectors.inbox", worklist.Source(tasks=queries.open_causes, alerts=queries.alerts))
