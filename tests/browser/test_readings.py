"""The grid of readings: 25 cells without a mouse beside the drawing, judged at once; what the network loses waits and arrives once."""

import re

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from .conftest import Product
from .harness import Browser, Screen

MADE = """
from decimal import Decimal
from inspection import actions
from qms.accounts.models import Site
from qms.demo.seed.walk import person
from qms.masterdata.models import Item
rows = [
    {"balloon": str(n), "name": f"Step {n}", "lower": Decimal(n), "upper": Decimal(n) + Decimal("0.1"), "unit": "mm"}
    for n in range(1, 6)
]
plan = actions.draft(
    by=person("engineer"), site=Site.objects.get(code="AUG"), item=Item.objects.live().get(number="TB-4711"), kind="final",
    operation="990", title="Stepped shaft", scheme="fixed", size=5, characteristics=rows,
)
print(plan.number)
"""
OPENED = """
from decimal import Decimal
from inspection import actions
from inspection.models import InspectionPlan
from qms.demo.seed.walk import person, signing
plan = InspectionPlan.objects.get(number="{number}")
plan = actions.INSPECTIONPLAN_STEPS["submit"](inspectionplan=plan, by=person("engineer"))
manager = person("manager")
plan = actions.INSPECTIONPLAN_STEPS["release"](inspectionplan=plan, by=manager, signing=signing(manager, "I release it."))
made = actions.create(by=person("engineer"), plan=plan, quantity=Decimal(40), lot_number="SHAFT-1")
print(actions.INSPECTION_STEPS["release"](inspection=made, by=person("engineer")).number)
"""
CHARTED = """
from inspection import actions
from inspection.models import Inspection
from qms.demo.seed.walk import person
lot = Inspection.objects.get(number="{number}")
print(actions.open_chart(
    by=person("engineer"), site=lot.site, source="readings", item=lot.item, characteristic="Step 4", kind="i_mr", rules=["1"],
    reaction="Stop the lathe.",
).number)
"""
COMPLETED = """
from inspection import actions
from inspection.models import Inspection
from qms.demo.seed.walk import person
actions.INSPECTION_STEPS["complete"](inspection=Inspection.objects.get(number="{number}"), by=person("inspector"))
print("completed")
"""
STATES = """
from inspection.models import Reading
rows = Reading.objects.filter(characteristic__inspection__number="{number}").order_by("pk")
print([(r.characteristic.balloon, r.sample, r.attempt, r.given, r.verdict) for r in rows])
"""
# How long until the browser judged, and until the server answered: told, not asserted.
CLOCK = """
window.__asked = []; window.__saved = [];
const began = new Map();
document.addEventListener("htmx:before:request", (e) => began.set(e.detail.ctx, performance.now()));
document.addEventListener("htmx:after:swap", (e) => {
  const t = began.get(e.detail.ctx);
  if (t) window.__saved.push(performance.now() - t);
});
document.addEventListener("input", (e) => {
  const t = performance.now();
  requestAnimationFrame(() => window.__asked.push(performance.now() - t));
}, true);
"""


PACED = 10


def shell(product: Product, code: str) -> str:
    told = product.manage("shell", "-c", code)
    assert told.returncode == 0, told.stderr
    return told.stdout.strip().splitlines()[-1]


def sheet(path) -> str:
    picture = Image.new("RGB", (1200, 800), "white")
    draw = ImageDraw.Draw(picture)
    for step in range(5):
        draw.rectangle((150 + 180 * step, 300 + 20 * step, 330 + 180 * step, 500 - 20 * step), outline="black", width=4)
    picture.save(path)
    return str(path)


def placed(product: Product, browser: Browser, number: str, picture: str) -> None:
    """The engineer attaches the sheet and clicks where each balloon stands."""
    screen = product.sign_in(browser, "engineer")
    page = screen.open(f"/inspection-plans/{number}").settle().page
    page.set_input_files("#q-file", picture)
    page.locator("form:has(#q-file) .btn").click()
    page.wait_for_selector("img[src*='/files/']")
    page = screen.open(f"/inspection-plans/{number}/place").settle().page
    page.wait_for_function("document.querySelector('[data-sheet]').complete")
    frame = page.locator("[data-sheet]").bounding_box()
    for step in range(5):
        page.locator("[data-sheet]").click(
            position={"x": frame["width"] * (0.2 + 0.15 * step), "y": frame["height"] * 0.5}
        )
    assert page.input_value("tbody tr:nth-child(3) input[name^='x.']").startswith(("49", "50"))
    assert page.locator("[data-mark]:visible").count() == 5
    screen.check().shot("plan-place")
    page.click("#act-form .btn-primary")
    page.wait_for_selector("#characteristics, .q-rows")
    page.context.close()


def type_all(screen: Screen) -> None:
    """Twenty-five values and Enter; one of them outside its limits. Ten as fast as keys go, so that saves overtake each other; of the
    others each is awaited, and timed."""
    page = screen.page
    page.locator("[data-cell]").first.focus()
    for balloon in range(1, 6):
        for sample in range(1, 6):
            page.keyboard.type(f"{balloon},05" if (balloon, sample) != (2, 3) else "9.9")
            page.keyboard.press("Enter")
            done = 5 * (balloon - 1) + sample
            if done >= PACED:
                expect(page.locator("[data-readings-progress]")).to_have_text(f"{done}/25")
            if done == PACED:
                page.evaluate("window.__saved = []")
    expect(page.locator("[data-readings-progress]")).to_have_text("25/25")


def test_twenty_five_cells_beside_the_drawing_and_a_network_that_goes(product: Product, browser: Browser, tmp_path):
    plan = shell(product, MADE)
    placed(product, browser, plan, sheet(tmp_path / "shaft.png"))
    number = shell(product, OPENED.format(number=plan))
    screen = product.sign_in(browser, "inspector")
    page = screen.open(f"/inspections/{number}/readings").settle().page
    page.evaluate(CLOCK)
    type_all(screen)
    asked, saved = (page.evaluate(f"window.{name}.sort((a, b) => a - b)") for name in ("__asked", "__saved"))
    print(
        f"judged: median {asked[len(asked) // 2]:.0f} ms; saved: median {saved[len(saved) // 2]:.0f} ms, {len(saved)} cells"
    )
    assert page.locator(".q-cell-failed").count() == 1
    chart = shell(product, CHARTED.format(number=number))
    page.reload()
    page.locator("tbody tr:nth-child(4) [data-cell]").first.focus()
    expect(page.locator("[data-crop-mark]")).to_have_text("4")
    expect(page.locator("[data-row-chart]")).to_contain_text(chart)
    assert page.locator("[data-row-chart] svg circle").count() == 5
    screen.settle().check().shot("readings-1440")
    page.context.close()
    small = product.sign_in(browser, "inspector", width=390, theme="dark", language="zh-hans")
    small.open(f"/inspections/{number}/readings").settle().check().shot("readings-390-zh")
    small.page.context.close()
    lost(product, browser, number)


def refused_for_good(page) -> None:
    """What the server does not take any more is listed with its value, goes only by hand, and holds up nothing behind it."""
    gone = re.compile("/readings$")
    page.context.set_offline(True)
    for row, text in ((3, "3,08"), (4, "4,08")):
        cell = page.locator(f"tbody tr:nth-child({row}) [data-cell]").nth(1)
        cell.fill(text)
        cell.press("Enter")
        expect(page.locator(".q-cell-waits")).to_have_count(row - 2)
    page.route(
        gone, lambda route: route.fulfill(status=404) if "3%2C08" in route.request.post_data else route.continue_()
    )
    page.context.set_offline(False)
    expect(page.locator("[data-refused]")).to_contain_text("3,08")
    expect(
        page.locator("tbody tr:nth-child(4) .q-cell-problem")
    ).to_be_visible()  # it came through: asked for its reason
    page.locator("[data-discard]").click()
    expect(page.locator("[data-waiting]")).to_be_hidden()
    page.unroute(gone)


def too_late(product: Product, page, number: str) -> None:
    """What waits while somebody completes the inspection is told in its cell, beside the value that was typed."""
    page.context.set_offline(True)
    cell = page.locator("tbody tr:nth-child(3) [data-cell]").first
    cell.fill("3,09")
    cell.press("Enter")
    expect(page.locator("tbody tr:nth-child(3) .q-cell-waits")).to_have_count(1)
    shell(product, COMPLETED.format(number=number))
    page.context.set_offline(False)
    expect(page.locator("tbody tr:nth-child(3) .q-cell-problem").first).to_contain_text("Results complete")
    expect(page.locator("tbody tr:nth-child(3) [data-cell]").first).to_have_value("3,09")
    expect(page.locator("[data-waiting]")).to_be_hidden()


def lost(product: Product, browser: Browser, number: str) -> None:
    """A reading read again while the network is gone: it waits on the device, is told, and arrives once with its reason asked for."""
    screen = product.sign_in(browser, "inspector")
    page = screen.open(f"/inspections/{number}/readings").settle().page
    page.context.set_offline(True)
    cell = page.locator("tbody tr:nth-child(2) [data-cell]").nth(2)
    cell.fill("2,04")
    cell.press("Enter")
    expect(page.locator("[data-waiting]")).to_be_visible()
    expect(page.locator(".q-cell-waits")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator(".q-cell-problem")).to_contain_text("9.9")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    page.locator(".q-cell-why input").fill("Chip on the anvil, wiped and read again")
    page.locator(".q-cell-why input").press("Tab")
    expect(page.locator("tbody tr:nth-child(2)")).to_contain_text(re.compile("attempt 2"))
    refused_for_good(page)
    too_late(product, page, number)
    told = shell(product, STATES.format(number=number))
    assert told.count("('2', 3, ") == 2 and "('2', 3, 2, '2,04', 'passed')" in told
    page.context.close()
