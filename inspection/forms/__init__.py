"""Is the input well formed? Nothing here saves."""

from .gauges import EditForm, RegisterForm
from .series import NameForm

__all__ = ["EditForm", "NameForm", "RegisterForm"]
