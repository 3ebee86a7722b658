"""Lines of the processes' logs: one event, one line, whatever is in its words (ASVS 16.4.1). A traceback follows below its line."""

import json
import logging
from datetime import UTC, datetime

CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127, 0x85, 0x2028, 0x2029)} | {
    10: "\\n",
    13: "\\r",
    9: "\\t",
}


class Line(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # the library's name
        return super().formatMessage(record).translate(CONTROLS)


class JsonLine(logging.Formatter):
    """The same as one JSON object a line, for whoever collects logs by machine (QMS_LOG_FORMAT=json; ASVS 16.2.4)."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": moment.replace("+00:00", "Z"), "level": record.levelname, "logger": record.name}
        said |= {"message": record.getMessage(), "process": str(record.process)}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=True)
