"""Statistics reference cases: computed again by `calc` and compared value by value."""

from .files import Checked, check_file, check_folder

__all__ = ["Checked", "check_file", "check_folder"]
