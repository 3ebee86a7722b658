"""Which severity the next lot gets and why; scene A's half: 1,000 received, tightened, two fail, 700 released and 300 blocked."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.simulators.erp import SETTINGS  # noqa: F401
