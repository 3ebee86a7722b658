"""Is the input well formed? One file per subject; nothing here saves."""

from .interfaces import (
    CauseForm,
    ConfigureForm,
    LettersForm,
    ModeForm,
    NoQuestion,
    ReasonForm,
    SyncForm,
    TrialForm,
)
from .reconcile import AssignForm

__all__ = [
    "AssignForm",
    "CauseForm",
    "ConfigureForm",
    "LettersForm",
    "ModeForm",
    "NoQuestion",
    "ReasonForm",
    "SyncForm",
    "TrialForm",
]
