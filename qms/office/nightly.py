"""The clock of the nightly verification: due once a night at the plant's time; 36 hours without one are an alarm."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qms.accounts.models import Site
from qms.journal.findings import Finding
from qms.journal.models import Entry, Seal
from qms.lib.clock import now

from . import actions
from .models import Nightly, Verification

LATE = timedelta(hours=36)


def schedule() -> Nightly:
    """What somebody has set; else half past two at the first plant."""
    found = Nightly.objects.first()
    if found:
        return found
    site = Site.objects.order_by("pk").first()
    return Nightly(timezone=site.timezone if site else "UTC")


def due(at: datetime) -> date | None:
    """The night whose verification should have begun by now; None while it is switched off."""
    plan = schedule()
    if not plan.is_on:
        return None
    here = at.astimezone(ZoneInfo(plan.timezone))
    return here.date() if here.time() >= plan.at else here.date() - timedelta(days=1)


def ring_due() -> bool:
    """Ask for tonight's, once; a plant that was switched off at night catches up, a new one waits for its first night."""
    night = due(now())
    if night is None or Verification.objects.filter(night__gte=night).exists():
        return False
    began = Seal.objects.order_by("n").first()
    plan = schedule()
    begins = datetime.combine(night, plan.at, ZoneInfo(plan.timezone))
    if began is None or began.sealed_at > begins:
        return False
    return actions.ask_nightly(night=night) is not None


def trouble() -> Finding | None:
    """The nights are on, and no verification came to its end for a day and a half, whoever asked for it."""
    if not schedule().is_on:
        return None
    since = last() or first_seal()
    if since is None or now() - since <= LATE:
        return None
    return Finding("unverified" if last() else "never_verified", {"since": f"{since:%Y-%m-%d %H:%M} UTC"})


def last() -> datetime | None:
    return (
        Entry.objects.filter(event="trail.verified", object_key="trail")
        .values_list("ts", flat=True)
        .order_by("-id")
        .first()
    )


def first_seal() -> datetime | None:
    return Seal.objects.values_list("sealed_at", flat=True).order_by("n").first()
