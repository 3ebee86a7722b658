"""Is the input well formed? Nothing here saves."""

from .calibrations import CalibrateForm, EditCalibrationForm, JudgeForm
from .gauges import EditForm, RegisterForm
from .series import NameForm

__all__ = ["CalibrateForm", "EditCalibrationForm", "EditForm", "JudgeForm", "NameForm", "RegisterForm"]
