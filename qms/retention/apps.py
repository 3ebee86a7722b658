from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "qms.retention"

    def ready(self) -> None:
        from qms.ui import banners

        from . import permissions, workflow
        from .models import Disposal

        assert workflow.DISPOSAL
        Disposal.refuses = permissions.refuses_step
        banners.register(held)


def held(record: Any, user: Any) -> Iterable[Any]:
    """A record under a legal hold says so on its page."""
    from django.utils.translation import gettext as _

    from qms.records.models import REGISTRY
    from qms.records.queries import keeping
    from qms.ui.banners import Banner

    if type(record) not in REGISTRY.values():
        return
    kept = vars(record).get("keeping") or keeping(record)
    for number in kept.holds:
        text = _("Legal hold %(hold)s: this record is kept until the hold is lifted.") % {"hold": number}
        yield Banner(text, icon="scale")
