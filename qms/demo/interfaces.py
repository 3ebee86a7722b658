"""The demo plant's MES interface, which pushes defects; `make erp` connects the ERP beside it."""

import base64
import secrets
from typing import Any

from connectors import actions
from connectors.models import Kind, Mode
from qms import journal
from qms.accounts.models import Site


def ensure(*, site: Site, owner: Any) -> str:
    """Returns the webhook secret of the demo."""
    actions.connect(
        code="mes-aug",
        name="MES Augsburg",
        kind=Kind.MES,
        adapter="cloudevents",
        base_url="",
        settings={"timezone": site.timezone},
        secrets={},
        site=site,
        mode=Mode.LIVE,
        owner=owner,
        purpose="Defects logged on the shop floor become nonconformances.",
        by=journal.SYSTEM,
    )
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
