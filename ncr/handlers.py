"""News that the connectors act on."""


def register() -> None:
    """Import is registration; named so that the app says what it needs."""
