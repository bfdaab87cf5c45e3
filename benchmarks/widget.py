"""Weight of the widget and time until it can be used on a slow phone: 400 kbit/s, a CPU four times slower.

python benchmarks/widget.py [--address http://127.0.0.1:8080] [--locale it] [--runs 5]

Without --address it starts a server of its own on all content. Needs Chromium, as the tests do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.serving import server

KILOBITS, SLOWDOWN, LATENCY = 400, 4, 100  # LATENCY: milliseconds there and back, of a weak mobile network
MOST_KILOBYTES, MOST_SECONDS = 30.0, 2.0
_READY = "() => document.querySelector('bussola-desk[data-ready]') && performance.now()"


def main() -> None:
    """Measures a whole page, cold cache, and prints weight and time beside their limits."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--address")
    options.add_argument("--locale", default="it")
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    with _address(chosen.address) as address:
        measured = [_visit(address, chosen.locale) for _ in range(chosen.runs)]
    weights, seconds = [each[0] for each in measured], [each[1] for each in measured]
    for name, size in sorted(measured[0][2].items(), key=lambda item: -item[1]):
        print(f"{size / 1000:8.1f} kB  {name}")
    print(
        f"{max(weights) / 1000:8.1f} kB  all that is loaded for one language, compressed, with headers (target: under {MOST_KILOBYTES:.0f})"
    )
    print(f"{median(seconds):8.2f} s   until it can be used at {KILOBITS} kbit/s, {LATENCY} ms, CPU {SLOWDOWN} times slower "
          f"(median of {len(seconds)}, worst {max(seconds):.2f}; target: under {MOST_SECONDS:.0f})")  # fmt: skip


@contextmanager
def _address(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "BUSSOLA_DATA": data, "BUSSOLA_RATE_LIMIT": "0", "BUSSOLA_TELEGRAM_TOKEN": ""}
        with server([sys.executable, "-m", "bot", "serve"], environment, b'{"text": "ciao"}') as (port, _, _pid):
            yield f"http://127.0.0.1:{port}"


def _visit(address: str, locale: str) -> tuple[float, float, dict[str, float]]:
    """Bytes over the network and seconds until the question field can be used, and bytes by file."""
    from playwright.sync_api import sync_playwright

    sizes: dict[str, float] = {}
    names: dict[str, str] = {}

    def begun(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["request"]["url"].removeprefix(address)

    def ended(event: dict[str, Any]) -> None:
        name = names[event["requestId"]]
        sizes[name] = sizes.get(name, 0) + event["encodedDataLength"]

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(locale=locale, service_workers="block").new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.on("Network.requestWillBeSent", begun)
        devtools.on("Network.loadingFinished", ended)
        devtools.send("Network.enable")
        bytes_a_second = KILOBITS * 1000 / 8
        slow = {
            "offline": False,
            "latency": LATENCY,
            "downloadThroughput": bytes_a_second,
            "uploadThroughput": bytes_a_second,
        }
        devtools.send("Network.emulateNetworkConditions", slow)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.goto(address, wait_until="commit")
        ready = page.wait_for_function(_READY, polling="raf", timeout=60_000).json_value()
        page.wait_for_load_state("networkidle")
        browser.close()
    return sum(sizes.values()), float(ready) / 1000, sizes


if __name__ == "__main__":
    main()
