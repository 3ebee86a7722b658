"""The lifecycles of NCR and hold."""

from .holds import HOLD
from .records import NCR

__all__ = ["HOLD", "NCR"]
