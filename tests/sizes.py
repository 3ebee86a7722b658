"""How large a proof runs: whole in `make verify-full`, a tenth in `make test`."""

import os

FULL = os.environ.get("QMS_FULL") == "1"


def size(whole: int, ci: int = 0) -> int:
    """`whole` at full size; else `ci`, or a tenth where none was said."""
    return whole if FULL else ci or max(1, whole // 10)
