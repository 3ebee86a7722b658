"""The demo plants' interfaces: a MES that pushes defects and takes instructions, a webhook that is paused, and Suzhou's ERP,
which pushes and has been silent. `make erp` adds Tryton."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from connectors import actions
from connectors.models import Kind, Mode, Webhook
from connectors.outbox import subscriptions
from qms import journal
from qms.accounts.models import Site

from .plants import SUZHOU_ERP

# Instructions only: holds go to the ERP alone here, so that they are confirmed without a MES that answers.
ASKED = ["inspect_sample", "sort", "special_instruction", "stop_operation"]
# Paused, so nothing is posted: give it an address that listens, put its host on the list of targets, and resume it.
RECEIVER, ADDRESS = "Demo receiver", "http://127.0.0.1:8321/qms-events"


def ensure(*, sites: Mapping[str, Site], owner: Any) -> str:
    """Returns the webhook secret of the demo."""
    home, second = sites["AUG"], sites["SUZ"]
    actions.connect(
        code="mes-aug",
        name="MES Augsburg",
        kind=Kind.MES,
        adapter="cloudevents",
        base_url="",
        settings={"timezone": home.timezone, "takes_commands": ASKED},
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
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    if not Webhook.objects.exists():
        subscriptions.subscribe(
            name=RECEIVER, url=ADDRESS, sites=[home.code], types=[], by=journal.SYSTEM, secret=secret, paused=True
        )
    return secret
