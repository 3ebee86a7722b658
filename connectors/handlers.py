"""News that the connectors act on, in the transaction of the act itself."""

from connectors import outbox
from connectors.outbox import asks
from qms.commands import readback
from qms.journal import Happening, subscribe


def register() -> None:
    """Import is registration; named so that the app says what it needs."""


@subscribe("posting.requested")
def carry(news: Happening) -> None:
    outbox.enqueue(news.subject)


@subscribe("posting.retried")
@subscribe("posting.resent")
def carry_again(news: Happening) -> None:
    outbox.send_again(news.subject)


@subscribe("posting.cancel_requested")
def take_back(news: Happening) -> None:
    outbox.send_again(news.subject)


@subscribe("posting.skipped")
@subscribe("posting.recorded")
@subscribe("posting.cancelled")
def let_go(news: Happening) -> None:
    outbox.settle(news.subject)


@subscribe("hold.requested")
def ask_hold(news: Happening) -> None:
    asks.place(news.subject, news.by)


@subscribe("hold.release_requested")
def ask_release(news: Happening) -> None:
    asks.release(news.subject, news.by)


@subscribe("hold.cancelled")
def withdraw_hold(news: Happening) -> None:
    asks.withdraw(news.subject, news.by)


@subscribe("mes.production_reported")
def watch_production(news: Happening) -> None:
    asks.production(news.subject, news.by)


@subscribe("command.executed")
def look_again(news: Happening) -> None:
    """The system may have reported its hold before it answered."""
    readback.settle(command=news.subject, by=news.by)
