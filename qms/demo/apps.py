from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "qms.demo"

    def ready(self) -> None:
        from qms import checks  # the topmost app: what the checks look at is loaded

        assert checks.keys
