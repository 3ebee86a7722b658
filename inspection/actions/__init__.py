"""What can be done with gauges, measurements, inspection plans and inspections, one function per act."""

from collections.abc import Callable
from typing import Any

from .calibrations import CALIBRATION_STEPS, calibrate
from .certificates import CERTIFICATE_STEPS, record_certificate, waive_certificate
from .conformance import CONFORMANCE_STEPS
from .conformance import prepare as prepare_conformance
from .conformance import printed as conformance_printed
from .conformance import proposed as proposed_conformance
from .controlcharts import CONTROLCHART_STEPS, open_chart
from .datafiles import Declared, of_record
from .decisions import Part, complete, complete_if_posted, decide, draw_second, post_again, take_back
from .doubt import HeldLot, hold_lots
from .drawings import draw_page
from .evidence import KEEPERS, Point, keep_batch, keep_points
from .gauges import EDITABLE, GAUGE_STEPS, LEAD, RIGHT, check_values, edit, put_back, register, retire, take_out
from .lots import cancel, create, open_lot, release
from .machines import ToldAlert, ToldTest, report_alert, report_test
from .measurements import COLUMNS, Told, drop_old, keep_measurements
from .msa import MSASTUDY_STEPS, study
from .occasions import close_occasion
from .planfiles import PlanRun, column, plan_run, take_characteristics
from .plans import HEAD, INSPECTIONPLAN_STEPS, characterise, draft
from .readings import Cell, allow_gauge, record_readings
from .results import NOTHING, DryRun, Wish, dry_run, take_results
from .sequences import authorise_reduced, report_irregular, resume_sampling
from .series import learn_meanings, name_series
from .skipping import end_skipping, return_to_every_lot
from .tranches import release_part
from .triggers import inspect_due, try_again
from .watching import ANSWER, acknowledge_signal, close_signal, close_signals, watch_charts

__all__ = [
    "ANSWER",
    "CALIBRATION_STEPS",
    "CERTIFICATE_STEPS",
    "COLUMNS",
    "CONFORMANCE_STEPS",
    "CONTROLCHART_STEPS",
    "EDITABLE",
    "GAUGE_STEPS",
    "HEAD",
    "INSPECTIONPLAN_STEPS",
    "INSPECTION_STEPS",
    "KEEPERS",
    "LEAD",
    "MSASTUDY_STEPS",
    "NOTHING",
    "RIGHT",
    "STEPS",
    "Cell",
    "Declared",
    "DryRun",
    "HeldLot",
    "Part",
    "PlanRun",
    "Point",
    "Told",
    "ToldAlert",
    "ToldTest",
    "Wish",
    "acknowledge_signal",
    "allow_gauge",
    "authorise_reduced",
    "calibrate",
    "cancel",
    "characterise",
    "check_values",
    "close_occasion",
    "close_signal",
    "close_signals",
    "column",
    "complete",
    "complete_if_posted",
    "conformance_printed",
    "create",
    "decide",
    "draft",
    "draw_page",
    "draw_second",
    "drop_old",
    "dry_run",
    "edit",
    "end_skipping",
    "hold_lots",
    "inspect_due",
    "keep_batch",
    "keep_measurements",
    "keep_points",
    "learn_meanings",
    "name_series",
    "of_record",
    "open_chart",
    "open_lot",
    "plan_run",
    "post_again",
    "prepare_conformance",
    "proposed_conformance",
    "put_back",
    "record_certificate",
    "record_readings",
    "register",
    "release",
    "release_part",
    "report_alert",
    "report_irregular",
    "report_test",
    "resume_sampling",
    "retire",
    "return_to_every_lot",
    "study",
    "take_back",
    "take_characteristics",
    "take_out",
    "take_results",
    "try_again",
    "waive_certificate",
    "watch_charts",
]

# The acts behind the transitions of an inspection, for pages and API alike.
INSPECTION_STEPS: dict[str, Callable[..., Any]] = {
    "release": release,
    "readings": record_readings,
    "second-sample": draw_second,
    "complete": complete,
    "take-back": take_back,
    "decide": decide,
    "post-again": post_again,
    "allow-gauge": allow_gauge,
    "release-part": release_part,
    "waive-certificate": waive_certificate,
    "authorise-reduced": authorise_reduced,
    "report-irregular": report_irregular,
    "resume-sampling": resume_sampling,
    "end-skipping": end_skipping,
    "cancel": cancel,
}
STEPS = INSPECTION_STEPS
