"""Files of other people, which are not shipped: beside the repository, or where QMS_REFERENCE says."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("QMS_REFERENCE", ROOT.parent / "shared" / "reference"))


def folder(name: str) -> Path:
    if not (FOLDER / name).is_dir():
        pytest.skip(f"the sample files of other people are not at {FOLDER / name} (QMS_REFERENCE)")
    return FOLDER / name
