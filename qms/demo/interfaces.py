"""The demo plants' interfaces: a MES that pushes defects, and Suzhou's ERP, which pushes and has been silent. `make erp` adds Tryton."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from connectors import actions
from connectors.models import Kind, Mode
from qms import journal
from qms.accounts.models import Site

from .plants import SUZHOU_ERP


def ensure(*, sites: Mapping[str, Site], owner: Any) -> str:
    """Returns the webhook secret of the demo."""
    home, second = sites["AUG"], sites["SUZ"]
    actions.connect(
        code="mes-aug",
        name="MES Augsburg",
        kind=Kind.MES,
        adapter="cloudevents",
        base_url="",
        settings={"timezone": home.timezone},
        secrets={},
        site=home,
        mode=Mode.LIVE,
        owner=owner,
        purpose="Defects logged on the shop floor become nonconformances.",
        by=journal.SYSTEM,
    )
    actions.connect(
        code=SUZHOU_ERP,
        name="苏州 ERP",
        kind=Kind.ERP,
        adapter="push",
        base_url="",
        settings={"timezone": second.timezone, "language": "zh-hans"},
        secrets={},
        site=second,
        mode=Mode.OBSERVE,
        owner=owner,
        purpose="苏州工厂的中间件每晚推送零件、订单、批次和库存。",
        by=journal.SYSTEM,
    )
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
