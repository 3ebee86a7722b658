"""What a source does not name any more is gone here; much of it at once is believed only by a person, for the count they saw."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from connectors.models import Interface, InterfaceState, SyncRun

SHARE = 0.2
SHARE_OF_STOCK = 0.8  # stock comes and goes; a place that reads as empty all at once does not
FROM = 10  # objects; less is everyday life


def is_much(object: str, gone: int, alive: int) -> bool:
    share = SHARE_OF_STOCK if object == "stock" else SHARE
    return gone >= FROM and gone > share * (alive + gone)


def told(gone: int, held: int, code: str) -> str:
    return _(
        "The source no longer names %(gone)s of %(held)s objects; none was marked as gone. Find out in the ERP whether they"
        " were deleted or only hidden from our account. If they were deleted, say so at this reading (“Believe the deletions”),"
        " or read with manage.py sync %(code)s --full --believe-deletions."
    ) % {"gone": gone, "held": held, "code": code}


def believed(interface: Interface) -> dict[str, int]:
    """Object → how many of it may go: a person believed them, and no reading has used that yet."""
    held = InterfaceState.objects.filter(interface=interface).values_list("believed", flat=True).first()
    return dict(held or {})


def keep(run: SyncRun, refused: Mapping[str, int], *, has_used: bool) -> None:
    """What the run did not believe, for its page. What was believed counts for one reading, whatever came of it."""
    if refused:
        run.vanished = dict(refused)
        SyncRun.objects.filter(pk=run.pk).update(vanished=run.vanished)
    if has_used:
        InterfaceState.objects.filter(interface=run.interface_id).update(believed={})
