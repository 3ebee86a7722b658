"""News that the connectors act on, in the transaction of the act itself."""

from connectors import outbox
from qms.commands import actions as commands
from qms.journal import Happening, subscribe


def register() -> None:
    """Import is registration; named so that the app says what it needs."""


@subscribe("posting.requested")
def carry(news: Happening) -> None:
    outbox.enqueue(news.subject)


@subscribe("posting.retried")
def carry_again(news: Happening) -> None:
    outbox.send_again(news.subject)


@subscribe("posting.cancel_requested")
def take_back(news: Happening) -> None:
    """What nobody outside can have seen is cancelled at once; for the rest the ERP has to say so."""
    if outbox.has_left(news.subject):
        outbox.send_again(news.subject)
    else:
        commands.mark_cancelled(posting=news.subject)


@subscribe("posting.skipped")
@subscribe("posting.recorded")
@subscribe("posting.cancelled")
def let_go(news: Happening) -> None:
    outbox.settle(news.subject)
