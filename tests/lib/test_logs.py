"""A log line cannot be forged by what somebody types."""

import json
import logging

import pytest
from django.conf import settings

from qms.lib.logs import JsonLine, Line

PROVES = ("v5.0.0-16.4.1",)


def said(message, *arguments):
    made = Line(settings.LOGGING["formatters"]["line"]["format"])
    return made.format(logging.LogRecord("qms", logging.WARNING, "x", 1, message, arguments, None))


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x1b[2K", "\x00", "\x85", "\u2028", "\u2029", "\t", "\x7f"])
def test_what_is_typed_stays_on_its_line(sign):
    line = said("refused: %s", f"a{sign}2026-01-01 WARNING qms: everything is fine")
    assert len(line.splitlines()) == 1 and sign not in line and "everything is fine" in line


def test_every_process_writes_such_lines_in_utc():
    assert settings.LOGGING["formatters"]["line"]["()"] == "qms.lib.logs.Line" and settings.TIME_ZONE == "UTC"
    assert said("公差 %s", "0.4 mm").endswith("公差 0.4 mm") and "Z WARNING qms" in said("x")


def test_a_traceback_stands_below_its_line():
    try:
        raise ValueError("a\nb")
    except ValueError as error:
        record = logging.LogRecord(
            "qms", logging.ERROR, "x", 1, "failed\nforged", (), (type(error), error, error.__traceback__)
        )
    lines = Line("%(levelname)s %(message)s").format(record).splitlines()
    assert lines[0] == "ERROR failed\\nforged" and lines[1].startswith("Traceback")


def test_machines_get_one_object_a_line():
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        import sys

        record = logging.LogRecord("qms.api", logging.ERROR, "x", 1, "failed: %s", ("a\nb 公差",), sys.exc_info())
    line = JsonLine().format(record)
    told = json.loads(line)
    assert len(line.splitlines()) == 1 and told["message"] == "failed: a\nb 公差" and told["level"] == "ERROR"
    assert told["at"].endswith("Z") and told["logger"] == "qms.api" and "ZeroDivisionError" in told["trace"]
