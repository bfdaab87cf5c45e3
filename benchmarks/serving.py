"""Answers a second, latency, memory and start of the whole service, beside an empty FastAPI endpoint in the same run.

python benchmarks/serving.py [--questions FILE_OR_FOLDER] [--seconds 10]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parent.parent
_EMPTY = """
import uvicorn, fastapi
app = fastapi.FastAPI()
@app.post("/api/v1/messages")
def empty(message: dict) -> dict:
    return {}
uvicorn.run(app, host="127.0.0.1", port={port}, log_level="warning", access_log=False)
"""


def main() -> None:
    """Measures both and prints one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=Path, default=ROOT / "tests/eval")
    options.add_argument("--seconds", type=float, default=10)
    chosen = options.parse_args()
    bodies = _bodies(chosen.questions)
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "BUSSOLA_DATA": data, "BUSSOLA_RATE_LIMIT": "0", "BUSSOLA_TELEGRAM_TOKEN": ""}
        serve = [sys.executable, "-m", "bot", "serve"]
        with server(serve, environment, bodies[0]) as (_, first, _pid):
            pass
        with server(serve, environment, bodies[0]) as (port, second, pid):
            ours = _measured(port, bodies, chosen.seconds)
            memory = _memory(pid)
    empty_port = _free_port()
    with server(
        [sys.executable, "-c", _EMPTY.replace("{port}", str(empty_port))], dict(os.environ), bodies[0], empty_port
    ) as (port, _, _pid):
        empty = _measured(port, bodies, chosen.seconds)
    print(f"{'':22}{'answers/s (8 at a time)':>26}{'p50 ms (one at a time)':>26}{'p95 ms':>10}")
    for name, row in (("Bussola", ours), ("empty endpoint", empty)):
        print(f"{name:22}{row[0]:>26.0f}{row[1]:>26.2f}{row[2]:>10.2f}")
    print(f"share of the empty endpoint's rate: {ours[0] / empty[0]:.3f} (target: 0.125)")
    print(f"memory after these {len(bodies)} questions: {memory:.0f} MB (target: under 700)")
    print(
        f"first start to first answer: {first:.1f} s (imports the content and learns); second start: {second:.1f} s (target: under 12)"
    )


def _bodies(path: Path) -> list[bytes]:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.dumps({"text": row["q"], "place": "foggia"}).encode() for row in rows if "q" in row]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    command: list[str], environment: dict[str, str], body: bytes, port: int = 0
) -> Iterator[tuple[int, float, int]]:
    """A server on a free port, the seconds until it answered its first message, and its process id."""
    port = port or _free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**environment, "BUSSOLA_PORT": str(port)}, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            if process.poll() is not None:
                sys.exit(f"the server ended with status {process.returncode}")
            try:
                asyncio.run(_post(port, [body]))
                break
            except OSError:
                time.sleep(0.05)
        yield port, time.perf_counter() - started, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _measured(port: int, bodies: list[bytes], seconds: float) -> tuple[float, float, float]:
    """Answers a second with eight at a time, then p50 and p95 in milliseconds one at a time."""
    asyncio.run(_post(port, bodies[:50]))
    until = time.perf_counter() + seconds
    counts = asyncio.run(_many(port, bodies, until))
    times = asyncio.run(_post(port, bodies))
    cuts = quantiles(times, n=20)
    return counts / seconds, cuts[9] * 1000, cuts[18] * 1000


async def _many(port: int, bodies: list[bytes], until: float) -> int:
    async def one(offset: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < until:
            await _exchange(reader, writer, bodies[(offset + count * 8) % len(bodies)])
            count += 1
        writer.close()
        return count

    return sum(await asyncio.gather(*(one(offset) for offset in range(8))))


async def _post(port: int, bodies: list[bytes]) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for body in bodies:
        started = time.perf_counter()
        await _exchange(reader, writer, body)
        times.append(time.perf_counter() - started)
    writer.close()
    return times


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    """One POST on a kept connection; a plain client, so that the client is not what is measured."""
    writer.write(
        b"POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode())
    length = re.search(rb"content-length: (\d+)", head, re.I)
    await reader.readexactly(int(length[1]) if length else 0)


def _memory(pid: int) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    main()
