"""How long a login lasts: an idle end and an absolute one, whatever the browser keeps (integrity.md §4)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import salted_hmac

from qms.lib.clock import now

from .models import User

ENTERED, SEEN, CHANGE, PLACE = "entered", "seen", "change", "place"
FRESH = timedelta(minutes=5)  # a login of so lately shows who is there
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "CrOS", "Linux")
BROWSER = re.compile(r"(Edg|Firefox|OPR|Chrome|Safari)/(\d+)")
NOTED = 60  # seconds after which a request is noted anew: not every page writes its session
# Pages ask these by themselves; nobody is there because of them.
BY_ITSELF = frozenset({"ui:job", "ui:session"})


def began(request: Any) -> None:
    request.session[ENTERED] = request.session[SEEN] = int(now().timestamp())
    request.session[PLACE] = [request.META.get("REMOTE_ADDR", ""), device(request.META.get("HTTP_USER_AGENT", ""))]


def is_over(request: Any, name: str) -> bool:
    """Notes that somebody is here, unless it is over. A session that no login began has no such ends."""
    entered, seen = request.session.get(ENTERED), request.session.get(SEEN)
    if entered is None or seen is None:
        return False
    at = int(now().timestamp())
    if at - entered >= settings.SESSION_COOKIE_AGE or at - seen >= settings.IDLE_MINUTES * 60:
        return True
    if at - seen >= NOTED and name not in BY_ITSELF and "X-Seen" not in request.headers:
        request.session[SEEN] = at
    return False


def ask_change(request: Any, user: User) -> None:
    """The password that just opened the door is on a list of today, or breaks a rule of today: it opens nothing else."""
    request.session[CHANGE] = user.get_session_auth_hash()


def asks_change(request: Any) -> bool:
    """Until the password is another one."""
    asked = request.session.get(CHANGE)
    return bool(asked) and asked == request.user.get_session_auth_hash()


@dataclass(frozen=True)
class Open:
    """A session that opens the account now. `mark` names it without telling its key."""

    key: str
    mark: str
    address: str
    device: str
    began: datetime
    seen: datetime
    is_here: bool


def device(agent: str) -> str:
    """“Firefox 140, Windows”: what a browser says of itself, short."""
    browser = BROWSER.search(agent)
    name = f"{browser[1].replace('Edg', 'Edge').replace('OPR', 'Opera')} {browser[2]}" if browser else agent[:40]
    system = next((one for one in SYSTEMS if one in agent), "")
    return ", ".join(part for part in (name, system) if part)


def of(user: User, here: str = "") -> list[Open]:
    """Those of the person that still open something, this one first, then the last seen."""
    found = []
    for row in Session.objects.filter(expire_date__gt=now()):
        said = row.get_decoded()
        if said.get(SESSION_KEY) == str(user.pk) and said.get(HASH_SESSION_KEY) == user.get_session_auth_hash():
            found.append(_open(row.session_key, said, here))
    idle = timedelta(minutes=settings.IDLE_MINUTES)
    return sorted(
        (one for one in found if now() - one.seen < idle), key=lambda one: (not one.is_here, -one.seen.timestamp())
    )


def _open(key: str, said: dict[str, Any], here: str) -> Open:
    address, browser = said.get(PLACE, ("", ""))
    began, seen = (datetime.fromtimestamp(said.get(name, 0), UTC) for name in (ENTERED, SEEN))
    return Open(key, mark(key), address, browser, began, seen, key == here)


def mark(key: str) -> str:
    return salted_hmac("qms.accounts.session", key, algorithm="sha256").hexdigest()[:32]


def is_fresh(request: Any) -> bool:
    entered = request.session.get(ENTERED)
    return entered is not None and now().timestamp() - entered <= FRESH.total_seconds()
