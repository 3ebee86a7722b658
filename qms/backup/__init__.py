"""Backup and restore: the whole plant in one file, and back. Looks at every room; its commands work as the owner of the tables."""
