"""States and transitions as data. One table per record type, one line per transition.

The only writer of `.state`. Knows nothing of people: whoever calls `apply` has checked permission and signature
(qms.records.actions.transition does). A database trigger built from the same table refuses an illegal change.
"""

from .tables import REGISTRY, Guard, State, Transition, Workflow, edges

__all__ = ["REGISTRY", "Guard", "State", "Transition", "Workflow", "edges"]
