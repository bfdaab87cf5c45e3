"""`bussola rasa`: Rasa Open Source 3.6 in an environment of its own, trained on our content, kept running on loopback."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.export import nlu_yaml
from bot.model import BussolaError, Content
from bot.rasa.client import authorization

log = logging.getLogger("bussola")
_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
_PROBE = "import sys, venv, ssl, sqlite3, ctypes; sys.exit(sys.version_info[:2] != (3, 10))"
_STARTS_WITHIN = 180.0  # seconds
# The secret comes by the environment, as a command line can be read by everybody on the machine.
_LAUNCH = (
    "import os, sys; sys.argv += ['--jwt-secret', os.environ.pop('BUSSOLA_RASA_SECRET')]; "
    "from rasa.__main__ import main; main()"
)


@dataclass(frozen=True)
class RasaServer:
    """A running server: its address, and its process."""

    address: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Ends the process and waits for it."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_python() -> Path:
    """A Python 3.10 that works. Raises BussolaError that says how to give one."""
    for candidate in _pythons():
        # A python3.10 on PATH may be a shim that fails: each is tried before it is believed.
        if shutil.which(candidate) and subprocess.run([candidate, "-c", _PROBE], capture_output=True).returncode == 0:
            return Path(shutil.which(candidate) or candidate)
    raise BussolaError(
        "Rasa needs Python 3.10, and none was found",
        "rasa",
        "install one and name it: RASA_PYTHON=/path/to/python3.10 make rasa; Bussola itself runs without it",
    )


def _pythons() -> Iterable[str]:
    if named := os.environ.get("RASA_PYTHON"):
        yield named
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    for folder, pattern in ((pyenv / "versions", "3.10*/bin/python3.10"), (uv, "cpython-3.10*/bin/python3.10")):
        yield from map(str, sorted(folder.glob(pattern), reverse=True))
    yield from ("/usr/bin/python3.10", "/usr/local/bin/python3.10", "python3.10")


def is_installed(environment: Path) -> bool:
    """Whether the environment holds what the pins name."""
    mark = environment / "ready"
    return mark.exists() and mark.read_text() == _stamp()


def install(environment: Path, say: Callable[[str], None]) -> None:
    """Makes Rasa's environment (1.6 GB, some minutes) unless it is there. Raises BussolaError when it cannot be made."""
    if is_installed(environment):
        return
    python = find_python()
    say(f"making Rasa's environment with {python} in {environment} (once; 1.6 GB, some minutes)")
    pip = [environment / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    _run([python, "-m", "venv", "--clear", environment])
    _run([*pip, "--progress-bar", "on", "--no-deps", "-r", _REQUIREMENTS])
    (environment / "ready").write_text(_stamp())


def _stamp() -> str:
    return hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()


def _run(command: Sequence[object], **more: object) -> None:
    done = subprocess.run([str(part) for part in command], **more)  # type: ignore[call-overload]
    if done.returncode:
        raise BussolaError(
            f"`{' '.join(map(str, command[:6]))} ...` ended with {done.returncode}", "rasa", "see its output above"
        )


def train(environment: Path, content: Content, config: Path, folder: Path) -> Path:
    """Trains Rasa on the utterances of the locales that answers are written in; returns the model's path. What was
    trained on the same before is used again. Raises BussolaError when Rasa fails."""
    data, spoken = folder / "nlu_data", content.locales()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    digest = hashlib.sha256(config.read_bytes() + _stamp().encode())
    for locale in sorted(spoken):
        own = [example for example in content.examples if example.locale == locale]
        text = nlu_yaml(own, {})
        digest.update(text.encode())
        (data / f"{locale}.yml").write_text(text, encoding="utf-8")
    model = folder / f"nlu-{digest.hexdigest()[:16]}.tar.gz"
    if not model.exists():
        command = ["train", "nlu", "--config", config, "--nlu", data, "--out", folder, "--fixed-model-name", model.name]
        _run([environment / "bin/python", "-m", "rasa", *command], env=_environment(folder), cwd=folder)
    return model


def start(environment: Path, model: Path, port: int, secret: str) -> RasaServer:
    """Serves `model` on 127.0.0.1, to those who know the secret; returns when it answers. Raises BussolaError when it
    does not within three minutes."""
    options = [
        "run",
        "--enable-api",
        "--model",
        model,
        "--interface",
        "127.0.0.1",
        "--port",
        port,
        "--jwt-method",
        "HS256",
    ]
    process = subprocess.Popen(
        [str(part) for part in (environment / "bin/python", "-c", _LAUNCH, *options)],
        env={**_environment(model.parent), "BUSSOLA_RASA_SECRET": secret},
        cwd=model.parent,
    )
    server, late = RasaServer(f"http://127.0.0.1:{port}", process), time.monotonic() + _STARTS_WITHIN
    while not is_ready(server.address, secret):
        if process.poll() is not None or time.monotonic() > late:
            server.stop()
            raise BussolaError("Rasa does not start", f"port {port}", "see its output above; is the port free?")
        time.sleep(0.3)
    return server


def is_ready(address: str, secret: str) -> bool:
    """Whether a Rasa server has a model loaded there."""
    try:
        return (
            httpx.get(f"{address}/status", headers=authorization(secret), trust_env=False, timeout=5).status_code == 200
        )
    except httpx.HTTPError:
        return False


def keep_running(environment: Path, model: Path, port: int, secret: str, say: Callable[[str], None]) -> None:
    """Serves until interrupted; a server that dies is started again after a second."""
    while True:
        server = start(environment, model, port, secret)
        say(
            f"Rasa answers at {server.address} (process {server.process.pid}); in another terminal: BUSSOLA_NLU=rasa make run"
        )
        try:
            ended = server.process.wait()
        except KeyboardInterrupt:
            server.stop()
            return
        log.error("Rasa ended with %s and is started again", ended)
        time.sleep(1)


def secret_in(data: Path) -> str:
    """The secret that app and Rasa share, made once, in the data folder."""
    path = data / "rasa-secret"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def _environment(folder: Path) -> Mapping[str, str]:
    """What Rasa's process sees: our package for its tokenizer, no telemetry, caches in its own folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(_HERE.parent.parent),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(folder / "cache"),
        "MPLCONFIGDIR": str(folder / "cache"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
