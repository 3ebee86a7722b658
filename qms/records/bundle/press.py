"""The press: one document in a process of its own, which has Typst, a cap of memory and a cap of time, and nothing else of ours.

    python press.py MEBIBYTES SECONDS < order.json > made.pdf

Exit codes: 0 printed, 3 too large, else not printed (the reason is the last line of stderr).
"""

import datetime
import json
import resource
import sys
from typing import Any

import typst

TOO_LARGE = 3


def main(memory: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory << 20, memory << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    try:
        made = _printed(json.load(sys.stdin.buffer))
    except MemoryError:
        return TOO_LARGE
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


def _printed(order: dict[str, Any]) -> bytes:
    made = typst.compile(
        order["template"],
        sys_inputs={"data": order["data"]},
        font_paths=[order["fonts"]],
        ignore_system_fonts=True,
        pdf_standards=[order["standard"]],
        timestamp=datetime.datetime.fromisoformat(order["at"]),
        pdf_tags=False,
    )
    assert isinstance(made, bytes)
    return made


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
