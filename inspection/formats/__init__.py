"""Files of measuring machines: bytes in, rows out. No ORM, no Django (ADR 31)."""
