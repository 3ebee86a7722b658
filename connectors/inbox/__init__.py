"""What comes in: kept raw (T1), applied in a transaction of its own (T2), and swept when something died in between.

answer = inbox.receive(body=…, headers=…, caller=user)     # the user of a token
inbox.sweep()            # rows that a dead process left behind
inbox.retry_waiting()    # after a name was mapped or master data arrived
"""

from .arrival import Answer, Refused, receive, refuse
from .sweep import retry_waiting, sweep

__all__ = ["Answer", "Refused", "receive", "refuse", "retry_waiting", "sweep"]
