"""What can be done with an import: upload, dry run, apply, roll back."""

from .applying import apply
from .checking import check
from .progress import alone, ask, give_up, stop
from .rollback import roll_back
from .upload import upload

__all__ = ["alone", "apply", "ask", "check", "give_up", "roll_back", "stop", "upload"]
