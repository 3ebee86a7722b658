"""What goes out: postings to the ERP, one file per kind of delivery."""

from .postings import CHANNEL, LEASE_SECONDS, acknowledged, adopt, deliver_next, enqueue, send_again, settle

__all__ = ["CHANNEL", "LEASE_SECONDS", "acknowledged", "adopt", "deliver_next", "enqueue", "send_again", "settle"]
