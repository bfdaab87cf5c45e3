"""Weight of the widget and time until it can be used on a slow phone: 400 kbit/s, a CPU four times slower.

python -m benchmarks.widget [--address http://127.0.0.1:8080] [--locale it ar bn zh] [--runs 5]

Without --address it starts a server of its own on all content. Needs Chromium, as the tests do. Fails over the limits.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.serving import server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KILOBITS, SLOWDOWN, LATENCY = 400, 4, 100  # LATENCY: milliseconds there and back, of a weak mobile network
MOST_KILOBYTES, MOST_SECONDS = 30.0, 2.0
_READY = "() => document.querySelector('bussola-desk[data-ready]') && performance.now()"
_NAMED = "locale => document.documentElement.lang === locale"


@dataclass(frozen=True)
class Visited:
    """A first visit with nothing in the cache: bytes by file with headers, of bodies alone, and seconds until ready."""

    travelled: dict[str, float]
    bodies: float
    seconds: float


def main() -> None:
    """Measures whole pages, cold cache, and prints weights and times beside their limits; exits with 1 over them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--address")
    options.add_argument("--locale", nargs="+", default=["it"])
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    with _address(chosen.address) as address:
        held = [_measured(address, locale, chosen.runs) for locale in chosen.locale]
    if not all(held):
        sys.exit(1)


def _measured(address: str, locale: str, runs: int) -> bool:
    """Whether everything (bodies, compressed) and the median of the times stay within the limits."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        visits = [_visit(browser, address, locale) for _ in range(runs)]
        browser.close()
    for name, size in sorted(visits[0].travelled.items(), key=lambda item: -item[1]):
        print(f"{size / 1000:8.1f} kB  {name}")
    return _printed(locale, visits)


def _printed(locale: str, visits: Sequence[Visited]) -> bool:
    seconds = [visit.seconds for visit in visits]
    body, whole = (
        max(sizes) / 1000 for sizes in ([v.bodies for v in visits], [sum(v.travelled.values()) for v in visits])
    )
    print(
        f"{body:8.1f} kB  {locale}: everything that is ever loaded by itself, compressed (target: under {MOST_KILOBYTES:.0f})"
    )
    print(f"{whole:8.1f} kB  {locale}: the same with the headers of {len(visits[0].travelled)} responses")
    print(f"{median(seconds):8.2f} s   {locale}: until it can be used at {KILOBITS} kbit/s, {LATENCY} ms, CPU {SLOWDOWN} times slower "
          f"(median of {len(seconds)}, worst {max(seconds):.2f}; target: under {MOST_SECONDS:.0f})")  # fmt: skip
    return body < MOST_KILOBYTES and median(seconds) < MOST_SECONDS


@contextmanager
def _address(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "BUSSOLA_DATA": data, "BUSSOLA_RATE_LIMIT": "0", "BUSSOLA_TELEGRAM_TOKEN": ""}
        with server([sys.executable, "-m", "bot", "serve"], environment, b'{"text": "ciao"}') as (port, _, _pid):
            yield f"http://127.0.0.1:{port}"


def _visit(browser: Browser, address: str, locale: str) -> Visited:
    """One visit, from the address until everything has come that comes by itself."""
    travelled: dict[str, float] = {}
    bodies: dict[str, float] = {}
    names: dict[str, str] = {}

    def begun(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["request"]["url"].removeprefix(address)

    def came(event: dict[str, Any]) -> None:
        bodies[event["requestId"]] = bodies.get(event["requestId"], 0) + event["encodedDataLength"]

    def ended(event: dict[str, Any]) -> None:
        name = names[event["requestId"]]
        travelled[name] = travelled.get(name, 0) + event["encodedDataLength"]

    page = browser.new_context(locale=locale, service_workers="block").new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.requestWillBeSent", begun)
    devtools.on("Network.dataReceived", came)
    devtools.on("Network.loadingFinished", ended)
    devtools.send("Network.enable")
    speed = KILOBITS * 1000 / 8
    slow = {"offline": False, "latency": LATENCY, "downloadThroughput": speed, "uploadThroughput": speed}
    devtools.send("Network.emulateNetworkConditions", slow)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(address, wait_until="commit")
    ready = page.wait_for_function(_READY, polling="raf", timeout=60_000).json_value()
    page.wait_for_function(_NAMED, arg=locale)
    page.wait_for_load_state("networkidle")
    page.evaluate("fetch('/offline.js').then(answer => answer.text())")  # which the browser fetches out of sight
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(each => each.name.includes('/titles.json'))"
    )
    page.context.close()
    return Visited(travelled, sum(bodies.values()), float(ready) / 1000)


if __name__ == "__main__":
    main()
