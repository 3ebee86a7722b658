"""What can be done with gauges, measurements and inspection plans, one function per act."""

from .evidence import KEEPERS, Point, keep_batch, keep_points
from .gauges import EDITABLE, GAUGE_STEPS, RIGHT, STEPS, check_values, edit, put_back, register, retire, take_out
from .machines import ToldAlert, ToldTest, report_alert, report_test
from .measurements import COLUMNS, Told, drop_old, keep_measurements
from .plans import HEAD, INSPECTIONPLAN_STEPS, characterise, draft
from .series import learn_meanings, name_series

__all__ = [
    "COLUMNS",
    "EDITABLE",
    "GAUGE_STEPS",
    "HEAD",
    "INSPECTIONPLAN_STEPS",
    "KEEPERS",
    "RIGHT",
    "STEPS",
    "Point",
    "Told",
    "ToldAlert",
    "ToldTest",
    "characterise",
    "check_values",
    "draft",
    "drop_old",
    "edit",
    "keep_batch",
    "keep_measurements",
    "keep_points",
    "learn_meanings",
    "name_series",
    "put_back",
    "register",
    "report_alert",
    "report_test",
    "retire",
    "take_out",
]
