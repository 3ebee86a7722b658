"""What happened in the two demo plants: one NCR a story, told to the state that it shall be found in."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Team:
    """Who does what on a site; as many people as the rules need."""

    language: str
    reporter: str
    engineer: str
    rework: str
    inspector: str
    board: tuple[str, ...]
    supervisor: str
    manager: str
    hold: str
    waiver: str
    marked: str
    cancelled: str
    void: str
    approve: str
    void_signed: str
    verify: str


AUG = Team(
    language="en",
    reporter="inspector",
    engineer="engineer",
    rework="operator",
    inspector="manager",
    board=("mrb1", "mrb2", "designer"),
    supervisor="supervisor",
    manager="manager",
    hold="Keep the lot out of production until it is decided.",
    waiver="All pieces lie in the locked cage of the cell.",
    marked="Slotted with the angle grinder, painted red, put into scrap cage 2.",
    cancelled="Reported twice, see the record before it.",
    void="Wrong lot named.",
    approve="I approve the disposition of %s.",
    void_signed="I declare this record void.",
    verify="I verified the execution of %s and close it.",
)
SUZ = Team(
    language="zh-hans",
    reporter="caozuo",
    engineer="gongcheng",
    rework="caozuo",
    inspector="jianyan",
    board=("pingshen1", "pingshen2", "sheji"),
    supervisor="zhuguan",
    manager="",
    hold="在作出决定之前，该批次不得投入生产。",
    waiver="全部零件已放入单元内上锁的隔离柜。",
    marked="已用角磨机切口并涂红，放入 2 号报废笼。",
    cancelled="重复上报。",
    void="批次填写错误。",
    approve="我批准 %s 的处置。",
    void_signed="我声明本记录作废。",
    verify="我已验证 %s 的执行情况并关闭该记录。",
)
Plan = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Story:
    """`plan`: (disposition, quantity, instruction, then for a regrade the new part, for a return the supplier's reference) per
    line. `hours`: how long ago it was found. `comments`: (who, words)."""

    state: str
    lot: str
    code: str
    quantity: str
    found: str
    hours: int
    plan: Plan = ()
    is_held: bool = True
    comments: tuple[tuple[str, str], ...] = field(default=())
    failed_first: bool = False


CALCULATED = "Function not affected, see calculation in the comment."
MUTILATE = "Mutilate before disposal."
# Held until the ERP is real, some would have stock in quarantine that no real ERP knows; their containment is waived instead.
AUGSBURG = (
    Story(
        "CLOSED", "LOT-26-0101", "DIM-OUT", "12", "Bore ⌀12 H7 measured 12.031 to 12.036 on 12 of 100 pieces.", 620,
        (("scrap", "4", MUTILATE), ("use_as_is", "8", CALCULATED)),
    ),
    Story(
        "VOID", "LOT-26-0102", "MARK", "5", "Data matrix unreadable; the wrong lot was named.", 500,
        (("scrap", "5", MUTILATE),), is_held=False,
    ),
    Story(
        "CLOSED", "LOT-26-0106", "SURF-BUR", "40", "Burrs at the screw holes, felt with the probe after passivation.", 470,
        (("rework", "40", "Deburr by hand under the microscope, passivate again, inspect all pieces."),),
        comments=(("engineer", "First loop failed on 40 pieces: burr moved to the underside. Fixture changed."),),
        failed_first=True,
    ),
    Story(
        "CLOSED", "LOT-26-0012", "MAT-WRONG", "80",
        "80 O-rings of bag 3 are NBR: density 1.24 instead of 1.85, and they swell in the test oil. Ordered and certified: FKM.", 390,
        (("return_to_supplier", "80", "Return bag 3 unopened with the test report; write the RMA on the delivery note.", "RMA-88213"),),
        comments=(
            ("supplierq", "Lumenor takes them back under RMA-88213 and checks its stock; the other bags are FKM, tested one by one."),
            ("buyer", "Credit note CN-5540 received."),
        ),
    ),
    Story(
        "CLOSED", "LOT-26-0107", "DIM-OUT", "30",
        "Length 21.98 to 22.04 on the last 30 screws, required 24 ± 0.1: the bar stop had slipped by one notch.", 360,
        (("regrade", "30", "Remove the laser mark, mark as IM-1034, inspect length, thread and head of every screw.", "IM-1034"),),
        comments=(("designer", "IM-1034 differs from IM-1035 in length and marking only; same bar, same passivation."),),
    ),
    Story("CANCELLED", "LOT-26-0101", "SURF-BUR", "3", "Burrs at the cross hole.", 430),
    Story(
        "VERIFICATION", "LOT-26-0103", "SURF-SCR", "8", "Scratches on the sealing face after deburring.", 190,
        (("scrap", "2", MUTILATE), ("use_as_is", "6", CALCULATED)),
        comments=(("supervisor", "Scrap cage checked, two pieces marked and mutilated."),),
    ),
    Story(
        "IN_EXECUTION", "LOT-26-0104", "DIM-POS", "6", "Position of the M6 pattern 0.21 instead of 0.10.", 150,
        (("scrap", "6", MUTILATE),), is_held=False,
    ),
    Story(
        "IN_EXECUTION", "LOT-26-0109", "SURF-BUR", "14", "Burrs in the cross bores of the pump covers, 14 of 40.", 120,
        (("rework", "14", "Deburr by brush, wash, endoscope every bore."),), is_held=False,
        comments=(("operator", "Nine of fourteen are done; the brush is worn, a new one comes tomorrow."),),
    ),
    Story(
        "DISPOSITIONED", "LOT-26-0102", "DIM-OUT", "9", "Wall thickness 1.82, required 2.0 ± 0.1.", 96,
        (("scrap", "9", MUTILATE),), is_held=False,
    ),
    Story(
        "IN_MRB", "LOT-26-0101", "SURF-POR", "4", "Pores open at the flange after milling.", 71,
        (("scrap", "1", MUTILATE), ("use_as_is", "3", CALCULATED)),
        comments=(
            ("engineer", "Sectioned one piece: pores are below 0.4 mm and not connected."),
            ("mrb2", "请补充密封面的照片。"),
        ),
    ),
    Story(
        "IN_MRB", "LOT-26-0010", "MAT-CERT", "60", "Certificate names another heat than the one laser-marked on the rings.", 64,
        (("return_to_supplier", "60", "Return with the number of this report on the delivery note."),),
        comments=(("supplierq", "Hoshino confirmed a mix-up in packing; replacement leaves on Friday."),),
    ),
    Story(
        "IN_MRB", "LOT-26-0110", "SURF-SCR", "10", "Scratches on the contact face of the spacers, Ra 0.9 instead of 0.4.", 58,
        (("repair", "10", "Polish the contact face to Ra 0.4 or better; measure the height again."),),
    ),
    Story(
        "IN_REVIEW", "LOT-26-0103", "DMG", "2", "Dropped from the fixture, corner dented.", 50, is_held=False,
        comments=(("inspector", "The second piece was found in the same tray."),),
    ),
    Story("CONTAINED", "LOT-26-0104", "CLEAN", "20", "Residue found by the wipe test after washing.", 30),
    Story(
        "OPEN", "LOT-26-0101", "DIM-OUT", "7", "Length 84.12, required 84.0 ± 0.05.", 7,
        comments=(("operator", "Tool T12 was changed between piece 60 and 61."),),
    ),
    Story("DRAFT", "LOT-26-0102", "MAT-CERT", "50", "Certificate 3.1 not in the delivery.", 2),
)  # fmt: skip
SUZHOU = (
    Story(
        "CLOSED", "LOT-SZ-26-101", "SURF-SCR", "6", "抛光后接骨板上表面有划痕，共 6 件。", 380,
        (("scrap", "2", "报废前须破坏。"), ("use_as_is", "4", "划痕位于非接触面，深度小于 0.02 mm。")),
        comments=(("pingshen1", "已核对粗糙度报告，同意让步。"),),
    ),
    Story(
        "CLOSED", "LOT-SZ-26-003", "MAT-CERT", "60",
        "来料铝板布氏硬度 HBW 78，技术协议要求不低于 95；材质证明的炉号与板面喷码不一致。", 300,
        (("return_to_supplier", "60", "连同硬度报告退回供应商，送货单上注明退货单号。", "JN-TH-0118"),),
        comments=(
            ("jianyan", "同批其余板材已逐张复测硬度，合格。"),
            ("gongcheng", "江南铝业确认发货时混入 O 态板，补货周五到厂。"),
        ),
    ),
    Story(
        "DISPOSITIONED", "LOT-SZ-26-102", "DIM-OUT", "20", "螺钉总长 36.02～36.08 mm，图样要求 40±0.2；螺纹和头部尺寸均合格。", 84,
        (("regrade", "20", "去除原激光标识，按 SZ-2234 重新打标，长度逐件检验。", "SZ-2234"),),
        comments=(("sheji", "SZ-2234 与 SZ-2235 仅长度和标识不同，材料与热处理状态一致，同意降级使用。"),),
    ),
    Story(
        "IN_EXECUTION", "LOT-SZ-26-103", "SURF-BUR", "12", "阀体交叉孔内有毛刺，12 件。", 130,
        (("rework", "12", "用尼龙刷去毛刺，清洗后逐孔内窥镜检查。"),), is_held=False,
    ),
    Story(
        "IN_MRB", "LOT-SZ-26-102", "DIM-OUT", "15", "螺纹中径超上差 0.02 mm。", 60,
        (("scrap", "15", "报废前须破坏。"),), is_held=False,
        comments=(("gongcheng", "刀具补偿在第 420 件后被改动，之后的零件已全检。"), ("pingshen2", "请附上通止规检定证书。")),
    ),
    Story("IN_REVIEW", "LOT-SZ-26-101", "MARK", "9", "激光标识对比度不足，扫码枪无法读取。", 26, is_held=False),
    Story(
        "OPEN", "LOT-SZ-26-104", "DMG", "3", "卸料时磕碰，端面有压痕。", 4,
        comments=(("caozuo", "已放入红色料盒，等待处理。"),),
    ),
)  # fmt: skip
