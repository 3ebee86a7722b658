"""Translators: bytes in, messages out. No Django, no domain app, no socket."""
