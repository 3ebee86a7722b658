from . import tours
from .find import find, options
from .work import Delegate, Snooze, Wake, home, next_signature

__all__ = ["Delegate", "Snooze", "Wake", "find", "home", "next_signature", "options", "tours"]
