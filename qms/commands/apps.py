from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "qms.commands"

    def ready(self) -> None:
        from . import workflow

        assert workflow.POSTING and workflow.COMMAND
