"""The only place of the connectors that opens a socket: exchanges of adapters, and posts to subscribed addresses."""

from .exchange import Line, Recorder, Sender, Trace, run
from .posts import Allowed, Posted, Poster, check_target
from .timestamp import ask as ask_time_stamp

__all__ = [
    "Allowed",
    "Line",
    "Posted",
    "Poster",
    "Recorder",
    "Sender",
    "Trace",
    "ask_time_stamp",
    "check_target",
    "run",
]
