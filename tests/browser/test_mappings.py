"""The integration owner writes a mapping, tries it on a message, tests it; the quality manager signs; messages are read by it."""

import json

from .conftest import Product
from .harness import Browser, Screen

PROVES = ("89",)
SENT = {"Fehler": {"Code": 17}, "Material": "TB-4711", "Menge": "2,5", "Klasse": "A"}
RULES = (
    ("nc_code", "from", "/Fehler/Code", {"values": "17 = DIM-OUT", "only": True}),
    ("part", "from", "/Teil, /Material", {}),
    ("quantity.affected", "from", "/Menge", {"kind": "decimal", "comma": True}),
    ("severity", "value", "critical", {"when": "data.Klasse == 'A'"}),
)


def fill(screen: Screen, row: int, to: str, source: str, text: str, more: dict[str, object]) -> None:
    page = screen.page
    if not page.locator(f"#id_rules-{row}-to").count():
        page.click("[data-add-row=rules]")
    page.fill(f"#id_rules-{row}-to", to)
    page.select_option(f"#id_rules-{row}-source", source)
    page.fill(f"#id_rules-{row}-text", text)
    for name, value in more.items():
        field = page.locator(f"#id_rules-{row}-{name}")
        if value is True:
            field.check()
        elif name == "kind":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def drafted(product: Product, browser: Browser) -> tuple[Screen, str]:
    screen = product.sign_in(browser, "integration")
    page = screen.open("/interfaces/mappings/new?interface=mes-aug").settle().page
    page.select_option("#id_interface", "mes-aug")
    page.select_option("#id_message_type", "mes.defect.logged")
    page.fill("#id_note", "The cell at line 4 speaks German.")
    screen.check().shot("mapping-draft")
    page.click("#act-form .btn-primary")
    page.wait_for_url("**/MAP-*")
    screen.settle().check().shot("mapping-empty")
    return screen, page.url.rsplit("/", 1)[-1]


def written(screen: Screen, number: str) -> None:
    """Rules, tried on a message, which becomes the test."""
    page = screen.open(f"/interfaces/mappings/{number}/edit").settle().page
    for row, (to, source, text, more) in enumerate(RULES):
        fill(screen, row, to, source, text, more)
    page.fill("#id_sample", json.dumps(SENT, ensure_ascii=False))
    page.click("button[hx-post$='/try']")
    page.wait_for_selector("#q-tried .alert-success")
    made = page.input_value("#q-tried textarea")
    assert "nc_code = DIM-OUT" in made and "quantity.affected = 2.5" in made
    page.fill("#id_vectors-0-name", "class A")
    page.fill("#id_vectors-0-message", json.dumps(SENT))
    page.fill("#id_vectors-0-expect", made)
    screen.settle().check().shot("mapping-edit")
    step(screen, ".q-verdicts")


def step(screen: Screen, after: str) -> None:
    screen.page.click("#act-form .btn-primary")
    screen.page.wait_for_selector(after)


def approved(product: Product, browser: Browser, number: str) -> None:
    manager = product.sign_in(browser, "manager")
    manager.open(f"/interfaces/mappings/{number}/approve").settle()
    step(manager, "#q-sign-title")
    manager.page.fill("input[name=_username]", "manager")
    manager.page.fill("input[name=_password]", product.users["manager"])
    manager.check().shot("mapping-sign")
    manager.page.click("dialog[open] .btn-primary")
    manager.page.wait_for_selector(".q-signatures")
    manager.page.context.close()


def test_a_mapping_from_the_draft_to_the_message_that_it_reads(product: Product, browser: Browser):
    screen, number = drafted(product, browser)
    written(screen, number)
    screen.open(f"/interfaces/mappings/{number}/test").settle()
    step(screen, ".q-verdicts")
    screen.settle().check().shot("mapping-tested")
    approved(product, browser, number)
    screen.open(f"/interfaces/mappings/{number}/activate").settle()
    step(screen, ".q-signatures")
    screen.open("/interfaces/mappings/").settle().check().shot("mapping-list")
    screen.page.context.close()
    event = {"specversion": "1.0", "id": "map-1", "source": "mes-aug", "type": "mes.defect.logged", "data": SENT}
    answer = product.call("mes/events", event)
    assert answer.status == 201, answer.body
    assert product.call("mes/receipts/mes-aug/map-1").body["mapping"] == 1
    reader = product.sign_in(browser, "gongcheng", width=390, language="zh-hans")
    reader.open("/interfaces/mappings/", status=200).settle().check()
    reader.page.context.close()
    reader = product.sign_in(browser, "integration", width=390, language="zh-hans")
    reader.open(f"/interfaces/mappings/{number}").settle().check().shot("mapping-390-zh")
    reader.open(f"/interfaces/mappings/{number}/retire").settle()
    reader.page.fill("#id_reason", "试运行结束")
    step(reader, ".q-signatures")
    reader.page.context.close()
