"""Where a simulator shows its faults: told in the interface's settings by the demo plant, and believed of this machine only."""

from urllib.parse import urlsplit

from connectors.models import Interface


def panel(interface: Interface) -> str:
    """Its address, or ""."""
    told = interface.settings.get("panel")
    parts = urlsplit(told) if isinstance(told, str) else None
    return str(told) if parts and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost") else ""
