"""The defect catalogue of the demo plant."""

from ncr import actions
from ncr.models import DefectCode
from qms import journal

from .cast import SINCE

CODES = (
    ("DIM-OUT", "Dimension out of tolerance", "尺寸超差", "major"),
    ("DIM-POS", "Position out of tolerance", "位置度超差", "major"),
    ("SURF-SCR", "Scratch", "划伤", "minor"),
    ("SURF-BUR", "Burr", "毛刺", "minor"),
    ("SURF-POR", "Porosity", "气孔", "major"),
    ("MAT-CERT", "Material certificate missing", "缺少材质证明", "major"),
    ("MAT-WRONG", "Wrong material", "材料错误", "critical"),
    ("CLEAN", "Residue or contamination", "残留或污染", "critical"),
    ("MARK", "Marking wrong or unreadable", "标识错误或不可读", "minor"),
    ("DMG", "Handling damage", "搬运损伤", "minor"),
)


def ensure_codes() -> dict[str, DefectCode]:
    for code, label, label_zh, severity in CODES:
        if not DefectCode.objects.filter(code=code).exists():
            actions.create_defect_code(
                by=journal.SYSTEM,
                code=code,
                label_en=label,
                label_zh_hans=label_zh,
                severity=severity,
                valid_from=SINCE,
            )
    return {c.code: c for c in DefectCode.objects.all()}
