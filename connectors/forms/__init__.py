"""Is the input well formed? One file per subject; nothing here saves."""

from .interfaces import (
    CauseForm,
    ConfigureForm,
    LettersForm,
    MasterForm,
    ModeForm,
    NoQuestion,
    ReasonForm,
    SyncForm,
    TrialForm,
)

__all__ = [
    "CauseForm",
    "ConfigureForm",
    "LettersForm",
    "MasterForm",
    "ModeForm",
    "NoQuestion",
    "ReasonForm",
    "SyncForm",
    "TrialForm",
]
