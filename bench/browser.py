"""What a reader waits for in Chromium, at size: the first byte of the list, and a filter swapped in by htmx."""

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .place import Scratch
from .report import Report

ROUNDS = 15
FIRST_BYTE = (
    "() => { const n = performance.getEntriesByType('navigation')[0]; return n.responseStart - n.requestStart }"
)
SWAP = """async (url) => {
  const begun = performance.now()
  const done = new Promise((resolve) => document.addEventListener('htmx:after:settle', resolve, { once: true }))
  htmx.ajax('GET', url, { target: '#q-results', swap: 'outerHTML' })
  await done
  return performance.now() - begun
}"""
FILTERS = ("?state=OPEN&severity=major", "?q=LOT-26-0101", "?state=OPEN&order=occurred_at", "?severity=minor")


def pages(report: Report, scratch: Scratch) -> None:
    """Issue figures: first byte ≤ 300 ms, filter swap ≤ 250 ms at 1,000,000 NCRs; median of all rounds, slowest in the detail."""
    scratch.manage("collectstatic", "--noinput", "--verbosity", "0")
    with scratch.server(), screen(scratch) as page:
        address = f"http://127.0.0.1:{scratch.port}/ncr/"
        first, swaps = [], []
        for number in range(ROUNDS):
            page.goto(address)
            first.append(page.evaluate(FIRST_BYTE))
            swaps.append(page.evaluate(SWAP, address + FILTERS[number % len(FILTERS)]))
    first, swaps = first[1:], swaps[1:]  # without the first: templates are compiled then
    for name, found, gate in (("first byte of the list", first, 300), ("filter swapped", swaps, 250)):
        detail = {"slowest": round(max(found), 1)}
        title = f"{name} in Chromium at {report.size:,}"
        report.add(title, statistics.median(found), "ms", gate=gate, aim=gate / 3, better="less", detail=detail)


@contextmanager
def screen(scratch: Scratch) -> Iterator[Any]:
    """A page signed in as the quality engineer, by a session of the scratch database."""
    from django.conf import settings
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from qms.accounts.models import User
    from tests.browser.harness import ARGUMENTS, chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    client = Client()
    client.force_login(User.objects.get(username="engineer"), "qms.accounts.backends.PasswordBackend")
    name = settings.SESSION_COOKIE_NAME
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        context = browser.new_context()
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{scratch.port}/"}])
        yield context.new_page()
        browser.close()
