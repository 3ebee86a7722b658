"""The classes of table (architecture.md §5b), declared by every model as `trail_class`."""

REGULATED = "regulated"  # row history and trail by trigger; a write without an act is refused
MIRROR = "mirror"  # synced; one act per run, changed rows kept as versions by content hash
BULK = "bulk"  # append-only; one act per batch with count and digest
PLUMBING = "plumbing"  # no business fact: cursors, leases, heartbeats, sessions (docs/adr/0004)
CLASSES = (REGULATED, MIRROR, BULK, PLUMBING)
