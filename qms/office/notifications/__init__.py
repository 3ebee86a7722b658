"""Who is told what: derived from the sealed trail behind the acts, shown in the inbox, sent as a digest."""

from .digest import send_alarms, send_digests
from .rules import catch_up, remind

__all__ = ["catch_up", "remind", "send_alarms", "send_digests"]
