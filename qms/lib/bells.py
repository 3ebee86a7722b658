"""Rings for the worker by the name of the task ("imports.check"); PostgreSQL is the truth, the bell only says that there is work."""

from typing import Any

from celery import current_app
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.lib.errors import NotNow


def ring(task: str, *values: Any) -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        current_app.send_task(task, args=values)
    except (OperationalError, OSError) as away:
        raise NotNow(
            _("The worker cannot be reached at the moment."), hint=_("Nothing was started. Try again in a minute.")
        ) from away
