"""Lines of the processes' logs: one event, one line, whatever is in its words (ASVS 16.4.1). A traceback follows below its line."""

import logging

CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127, 0x85, 0x2028, 0x2029)} | {
    10: "\\n",
    13: "\\r",
    9: "\\t",
}


class Line(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # the library's name
        return super().formatMessage(record).translate(CONTROLS)
