"""How pages look and behave: every place of the navigation, records in their states, forms, dialogs and refusals, within
the policy, accessible, never wider than the screen, light on the wire; one record per double tap; evidence on paper."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Plant
from .harness import Broken, Browser, Screen

pytestmark = [pytest.mark.browser, pytest.mark.erp]
# A sample of harness.matrix(); test_shell.py walks the whole of it with the shell's own pages.
LOOKS = ((1440, "light", "en"), (1440, "dark", "zh-hans"), (390, "light", "zh-hans"))
STATES = ("DRAFT", "OPEN", "CONTAINED", "IN_REVIEW", "IN_MRB", "DISPOSITIONED", "VERIFICATION", "CLOSED", "VOID")
REFUSED = {403, 404, 409}


FIRST = (
    "[data-row] td:first-child a, [data-row] td.q-check + td a"  # the record itself, with and without boxes before it
)


def hrefs(screen: Screen, path: str, selector: str) -> list[str]:
    screen.open(path)
    return list(
        dict.fromkeys(screen.page.locator(selector).evaluate_all("all => all.map(a => a.getAttribute('href'))"))
    )


def first_row(screen: Screen, path: str) -> list[str]:
    return hrefs(screen, path, FIRST)[:1]


def places(screen: Screen) -> list[str]:
    """What the reader's navigation offers, and the first row of every list there."""
    found = hrefs(screen, "/menu", ".q-menu-list a")
    return [*found, *(row for path in found for row in first_row(screen, path))]


@pytest.fixture(scope="module")
def paths(plant: Plant, browser: Browser) -> dict[str, list[str]]:
    """Pages by reader. Records are found in the lists, so that the demo's numbers may change."""
    engineer = plant.sign_in(browser, "engineer")
    records = {state: first_row(engineer, f"/ncr/?state={state}")[0] for state in STATES}
    interface = "/interfaces/tryton/"
    mine = [
        *places(engineer),
        *records.values(),
        "/ncr/new",
        f"{records['IN_REVIEW']}/disposition",
        f"{records['IN_REVIEW']}/edit",
        f"{records['OPEN']}/hold",
        f"{records['OPEN']}/cancel",
        f"{records['OPEN']}?show=comment",
        "/ncr/?q=nothing-is-called-so",
        *hrefs(engineer, "/masterdata/", "main table a"),
        *first_row(engineer, "/masterdata/lots/"),
        *first_row(engineer, "/masterdata/items/"),
        *(f"{interface}?tab={tab}" for tab in ("deliveries", "inbox", "abilities", "history")),
        *hrefs(engineer, interface, "main table a")[:1],
        *hrefs(engineer, f"{interface}?tab=deliveries", "main table a")[:1],
        "/interfaces/messages/",
        f"{records['IN_MRB']}/approve",  # not theirs: 403
        f"{records['CLOSED']}/hold",  # not now: 409
        "/ncr/NCR-26-999999",
    ]
    others = {"admin": places(plant.sign_in(browser, "admin")), "auditor": places(plant.sign_in(browser, "auditor"))}
    others["integration"] = [interface, f"{interface}pause", f"{interface}?tab=deliveries"]
    return {"engineer": mine, "mrb1": ["/", records["IN_MRB"], f"{records['IN_MRB']}/return"], **others}


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_in_this_look(plant: Plant, browser: Browser, paths: dict[str, list[str]], look: Any) -> None:
    width, theme, language = look
    broken: list[str] = []
    seen: set[str] = set()
    for username, mine in paths.items():
        screen = plant.sign_in(browser, username, width=width, theme=theme, language=language)
        for path in dict.fromkeys(mine):
            if path not in seen or username == "integration":
                broken += problems(screen, path)
            seen.add(path)
        screen.page.context.close()
    assert not broken, "\n\n".join(broken)


def problems(screen: Screen, path: str) -> Iterator[str]:
    screen.errors.clear()
    screen.failed.clear()
    screen.expected = REFUSED
    screen.page.goto(screen.base + path)
    try:
        screen.check()
    except Broken as found:
        yield f"{path}: {found}"


@pytest.mark.parametrize(
    "look", [*LOOKS, (390, "dark", "en"), (1180, "light", "zh-hans")], ids=lambda look: "-".join(map(str, look))
)
def test_the_dialog_of_a_signature_in_this_look(plant: Plant, browser: Browser, paths: dict[str, list[str]], look: Any):
    width, theme, language = look
    screen = plant.sign_in(browser, "mrb2", width=width, theme=theme, language=language)
    screen.open(f"{paths['mrb1'][1]}/approve").check()
    screen.page.click("#act-form .btn-primary")
    expect(screen.page.locator("dialog:modal #sign-username")).to_be_focused()
    screen.check()
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator("dialog:modal")).to_have_count(0)
    screen.page.context.close()


def test_pages_stay_narrow_at_the_width_of_a_tablet(
    plant: Plant, browser: Browser, paths: dict[str, list[str]]
) -> None:
    screen = plant.sign_in(browser, "engineer", width=1180)
    wide = []
    for path in dict.fromkeys(paths["engineer"]):
        screen.page.goto(screen.base + path)
        wide += [path] if screen.overflows() else []
    screen.page.context.close()
    assert not wide


def test_pages_are_light_on_the_wire(plant: Plant, browser: Browser, paths: dict[str, list[str]]) -> None:
    """At most 8 requests and 150 KB, with an empty cache; bodies and headers as sent."""
    reader = plant.sign_in(browser, "engineer")
    signed_in: Any = reader.page.context.storage_state()
    heavy = []
    for path in ("/", "/ncr/", paths["mrb1"][1], "/interfaces/", "/interfaces/tryton/", "/masterdata/lots/"):
        context = browser.browser.new_context(storage_state=signed_in)
        page, sizes = context.new_page(), list[int]()
        page.on("requestfinished", lambda request, sizes=sizes: sizes.append(weight(request)))
        page.goto(plant.url + path, wait_until="networkidle")
        if len(sizes) > 8 or sum(sizes) > 150_000:
            heavy.append((path, len(sizes), sum(sizes)))
        context.close()
    reader.page.context.close()
    assert not heavy


def weight(request: Any) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def test_a_double_tap_reports_one_nonconformance(plant: Plant, browser: Browser) -> None:
    screen = plant.sign_in(browser, "inspector")
    page = screen.open("/ncr/new").settle().page
    words = "Seen twice by a nervous finger."
    page.fill("#id_part", "TB-4711")
    page.select_option("#id_defect_code", "SURF-SCR")
    page.fill("#id_quantity", "1,5")
    page.fill("#id_description", words)
    form = page.evaluate("Object.fromEntries(new FormData(document.getElementById('act-form')))")
    page.dblclick("#act-form .btn-primary")
    page.wait_for_url("**/ncr/NCR-*")
    number = page.locator(".q-record-number").inner_text()
    expect(page.locator("#description")).to_contain_text(words)
    expect(page.locator("#description")).to_contain_text("1.5")
    again = page.request.post(f"{plant.url}/ncr/new", form=form, headers={"Referer": f"{plant.url}/ncr/new"})
    assert again.url.endswith(f"/ncr/{number}")
    screen.open("/ncr/").settle()
    latest = page.locator(FIRST).all_inner_texts()[:2]
    assert latest[0] == number
    page.goto(f"{plant.url}/ncr/{latest[1]}")
    expect(page.locator("#description")).not_to_contain_text(words)
    page.context.close()


def test_a_file_is_attached_and_a_comment_stands_in_the_timeline(plant: Plant, browser: Browser, paths: Any) -> None:
    screen = plant.sign_in(browser, "engineer")
    page = screen.open(paths["mrb1"][1]).settle().page
    page.set_input_files("#q-file", {"name": "pores.txt", "mimeType": "text/plain", "buffer": b"0.4 mm"})
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#files a", has_text="pores.txt")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator("#q-comment")).to_be_focused()
    page.keyboard.type("The section is in the file.")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator("#record-events li").first).to_contain_text("The section is in the file.")
    screen.check()
    page.context.close()


def test_the_header_stays_in_sight_and_paper_shows_the_record_without_controls(
    plant: Plant, browser: Browser, paths: dict[str, list[str]]
) -> None:
    screen = plant.sign_in(browser, "engineer")
    page = screen.open(paths["mrb1"][1]).settle().page
    page.locator("#timeline").scroll_into_view_if_needed()
    expect(page.locator("#record-head")).to_be_in_viewport()
    page.emulate_media(media="print")
    for gone in (".q-rail", ".q-topbar", ".q-record-acts", ".q-comment", ".q-crumbs"):
        expect(page.locator(gone).first).to_be_hidden()
    for there in (".q-record-number", "#record-head .q-chip", "#disposition table", ".q-print-foot"):
        expect(page.locator(there).first).to_be_visible()
    expect(page.locator(".q-print-foot")).to_contain_text("Quentin Adler")
    page.context.close()
