"""What other systems told of orders, watched in the transaction that keeps it."""

from qms.journal import Happening, subscribe

from . import actions
from .queries import WATCHED


def register() -> None:
    """Import is registration; named so that the app says what it needs."""


@subscribe("masterdata.synced")
def watch_orders(news: Happening) -> None:
    if news.payload.object in WATCHED:
        actions.watch(source=news.payload.source)
