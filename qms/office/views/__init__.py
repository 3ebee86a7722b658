"""Files of records, people and their roles, sites, service accounts: what belongs to no domain app."""

from . import accounts, files, people, settings, tokens

__all__ = ["accounts", "files", "people", "settings", "tokens"]
