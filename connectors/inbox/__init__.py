"""What comes in: kept raw (T1), applied in a transaction of its own (T2), and swept when something died in between.

answer = inbox.receive(body=…, headers=…, caller=user)     # the user of a token
answers = inbox.receive_all(body=…, headers=…, caller=user)  # a list of events, one answer each
inbox.sweep()            # rows that a dead process left behind
inbox.retry_waiting()    # after a name was mapped or master data arrived
"""

from . import worklist
from .arrival import Answer, Refused, receive, refuse
from .batch import ItemAnswer, receive_all
from .intake import Event, faults_of, take_in
from .sweep import retry_waiting, sweep

__all__ = [
    "Answer",
    "Event",
    "ItemAnswer",
    "Refused",
    "faults_of",
    "receive",
    "receive_all",
    "refuse",
    "retry_waiting",
    "sweep",
    "take_in",
    "worklist",
]
