"""The one place that asks what time it is; rules get `now` passed in from the edge."""

from datetime import UTC, datetime


def now() -> datetime:
    """Aware UTC time of this process. Records take the database clock instead."""
    return datetime.now(UTC)
