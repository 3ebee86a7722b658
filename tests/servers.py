"""Loaded before Django's settings: real PostgreSQL and Valkey for the tests, and the owner's login for making the database.

`tests/conftest.py` then hands the tests the application's login, so that every test runs under the rights of production.
"""

import atexit
import os
import sys
from pathlib import Path

from qms import embedded

# Where containers forbid it, each of the some hundred processes that tests start would compile the whole product anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ["QMS_DB_ROLE"] = "owner"
os.environ["QMS_PLAIN_STATIC"] = "1"
# A browser that is open in this process keeps an event loop running; the tests still talk to the database from one thread only.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ.setdefault("QMS_VAR", str(Path(__file__).parent.parent / "var" / "test"))
os.environ.setdefault("QMS_ERP_VAR", os.path.join(os.environ["QMS_VAR"], "erp"))
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # A cluster each: the trail is sealed up to the oldest open transaction of the cluster, and tests keep theirs open.
    os.environ["QMS_VAR"] = os.path.join(os.environ["QMS_VAR"], worker)
os.environ.setdefault("QMS_SEAL_KEY", "c2VhbC1rZXktb2YtdGhlLXRlc3RzLW9ubHktMDAwMDA=")
os.environ.setdefault("QMS_FIELD_KEYS", "ZmllbGQta2V5LW9mLXRoZS10ZXN0cy1vbmx5LTAwMDA=")
(Path(os.environ["QMS_VAR"]) / "static").mkdir(
    parents=True, exist_ok=True
)  # else the middleware warns, and warnings are errors
if embedded.wanted():
    held = embedded.use(Path(os.environ["QMS_VAR"]))
    held.__enter__()
    atexit.register(held.__exit__, None, None, None)
