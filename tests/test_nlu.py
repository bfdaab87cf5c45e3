"""The promises of the NLU port, kept by both engines; Rasa runs for real, on a few entries in four locales."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml

from bot import nlu
from bot.build import NoNlu, progress_bar
from bot.embedder import open_encoder
from bot.model import BussolaError, Content, Example, Understanding
from bot.ports import Nlu
from bot.rasa import service
from bot.rasa.client import Breaker, RasaNlu
from bot.settings import Settings
from tests.conftest import without

ROOT = Path(__file__).parent.parent
ENTRIES = (
    "legal/permit-renewal", "asylum/ask-asylum", "registry/codice-fiscale", "health/ssn-registration", "work/undeclared-work",
    "housing/rent-contract", "benefits/isee", "learning/italian-courses-cpia",
)  # fmt: skip
OTHERS = ("greet", "thank", "talk_to_human", "ask.cost", "danger.fire", "out_of_scope")
LOCALES = ("it", "en", "bn", "zh")
SECRET = "a secret for tests, long enough for HS256"


@dataclass(frozen=True)
class Engines:
    """The examples that both engines learnt, and those that were kept from them."""

    learnt: Content
    held_out: tuple[Example, ...]
    embedded: Nlu


@dataclass(frozen=True)
class Rasa:
    """Rasa as `bussola rasa` runs it: kept running by a process of its own, whose output is in a file."""

    port: int
    log: Path

    def processes(self) -> list[int]:
        """The processes that served so far, in order."""
        return [int(found) for found in re.findall(r"\(process (\d+)\)", self.log.read_text())]


@pytest.fixture(scope="module")
def engines(written: Content) -> Engines:
    chosen, count = [], Counter[tuple[str, str]]()
    for example in written.examples:
        if example.locale in LOCALES and example.intent in (*ENTRIES, *OTHERS):
            count[example.locale, example.intent] += 1
            if count[example.locale, example.intent] <= 30:
                chosen.append(example)
    held_out = tuple(chosen[::6])
    learnt = replace(written, examples=tuple(example for example in chosen if example not in held_out))
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    encoder = open_encoder(Settings().encoder)
    return Engines(
        learnt, held_out, nlu.EmbeddedNlu(nlu.train(learnt.examples, config, encoder.embed, progress_bar), encoder)
    )


@pytest.fixture(scope="module")
def rasa(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    environment = Settings().rasa_environment
    if not service.is_installed(environment):
        try:
            found = service.find_python()
        except BussolaError as error:
            without(str(error))
        without(f"Rasa is not installed, but could be, with {found}: bussola rasa --install")
    folder = tmp_path_factory.mktemp("rasa")
    model = service.train(environment, engines.learnt, ROOT / "config.yml", folder)
    assert service.train(environment, engines.learnt, ROOT / "config.yml", folder) == model
    port, log = _free_port(), folder / "log"
    code = (
        "import signal, sys; from pathlib import Path; from bot.rasa import service; "
        "signal.signal(signal.SIGTERM, signal.default_int_handler); "
        "service.keep_running(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], lambda line: print(line, flush=True))"
    )
    with log.open("w") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-c", code, environment, model, str(port), SECRET], stdout=output, stderr=output, cwd=ROOT
        )
        running = Rasa(port, log)
        _wait(lambda: running.processes() or keeper.poll() is not None, log)
        assert keeper.poll() is None, log.read_text()
        yield running
        keeper.terminate()
        keeper.wait(30)
    with pytest.raises(ProcessLookupError):  # it leaves nothing behind
        os.kill(running.processes()[-1], 0)


@pytest.fixture(params=["embedded", "rasa"])
def engine(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Nlu]:
    if request.param == "embedded":
        yield engines.embedded
    else:
        with _client(request.getfixturevalue("rasa").port, engines, NoNlu()) as client:
            yield client


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _client(port: int, engines: Engines, fallback: Nlu, secret: str = SECRET, limit: float = 10) -> Iterator[RasaNlu]:
    client = RasaNlu(
        f"http://127.0.0.1:{port}", secret, {item.intent for item in engines.learnt.examples}, fallback, limit
    )
    yield client
    client.close()


def _wait(done: object, log: Path, seconds: float = 180) -> None:
    late = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < late, log.read_text()
        time.sleep(0.2)


def test_what_was_not_learnt_is_mostly_understood_in_every_locale(engine: Nlu, engines: Engines) -> None:
    for locale in LOCALES:
        asked = [item for item in engines.held_out if item.locale == locale]
        best = [engine.parse(example.text, locale).intents[:1] for example in asked]
        right = [bool(found) and found[0][0] == example.intent for example, found in zip(asked, best, strict=True)]
        assert len(asked) >= 30
        assert np.mean(right) >= 0.6, locale  # of fourteen intents, with some twenty-five utterances each


def test_intents_come_best_first_and_are_known(engine: Nlu, engines: Engines, request: pytest.FixtureRequest) -> None:
    known = {example.intent for example in engines.learnt.examples}
    found = engine.parse("come rinnovo il permesso di soggiorno?", "it")
    assert found.engine == request.node.callspec.params["engine"]
    assert found.intents[0][0] == "legal/permit-renewal"
    assert 1 < len(found.intents) <= 12
    assert [confidence for _, confidence in found.intents] == sorted(
        (confidence for _, confidence in found.intents), reverse=True
    )
    assert {intent for intent, _ in found.intents} <= known


@pytest.mark.parametrize("text", ["", "   ", "/", "?!", "🙂🙂", "\u200e\u200f"])
def test_a_text_without_words_means_nothing(engine: Nlu, text: str) -> None:
    assert engine.parse(text, "it").intents == ()


@pytest.mark.parametrize("text", ["/restart ciao, come rinnovo il permesso?", "permesso [a](b){\"c\": 1}", "x" * 4000, "a\0b permesso"])  # fmt: skip
def test_a_strange_text_is_only_a_text(engine: Nlu, engines: Engines, text: str) -> None:
    known = {example.intent for example in engines.learnt.examples}
    found = engine.parse(text, "it")
    assert {intent for intent, _ in found.intents} <= known
    assert all(np.isfinite(confidence) for _, confidence in found.intents)


def test_another_secret_is_not_let_in(rasa: Rasa, engines: Engines) -> None:
    with _client(rasa.port, engines, engines.embedded, "another secret of thirty-two bytes") as stranger:
        assert stranger.parse("ciao", "it").engine == "embedded"
    assert httpx.post(f"http://127.0.0.1:{rasa.port}/model/parse", json={"text": "ciao"}).status_code == 401


def test_rasa_killed_in_mid_conversation_is_not_noticed_and_comes_back(
    rasa: Rasa, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    question = "come rinnovo il permesso di soggiorno?"
    with _client(rasa.port, engines, engines.embedded) as client:
        assert client.parse(question, "it").engine == "rasa"
        os.kill(rasa.processes()[-1], signal.SIGKILL)
        for _ in range(4):
            found = client.parse(question, "it")
            assert (found.engine, found.intents[0][0]) == ("embedded", "legal/permit-renewal")
        assert "Rasa is away" in caplog.text
        _wait(lambda: client.parse(question, "it").engine == "rasa", rasa.log)
        assert client.parse(question, "it").intents[0][0] == "legal/permit-renewal"
    assert "Rasa is back" in caplog.text
    _wait(lambda: len(rasa.processes()) == 2, rasa.log)  # the keeper asks every 0.3 s whether it serves again


def test_a_server_that_is_slow_or_none_is_not_waited_for(engines: Engines) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,  # it takes the connection and says nothing
        _client(mute.getsockname()[1], engines, engines.embedded, limit=0.05) as client,
    ):
        assert client.parse("ciao", "it").engine == "embedded"
    with _client(1, engines, NoNlu()) as client:
        assert client.parse("ciao", "it") == Understanding()


def test_a_breaker_opens_after_failures_in_a_row_and_tries_again_after_a_pause() -> None:
    now = [0.0]
    breaker = Breaker(2, 5.0, lambda: now[0])
    assert (breaker.failed(), breaker.allows()) == (False, True)
    assert (breaker.failed(), breaker.allows()) == (True, False)
    now[0] = 5.0
    assert (breaker.allows(), breaker.allows()) == (True, False)  # one try, not two
    assert breaker.failed() is False
    now[0] = 10.0
    assert breaker.allows() and breaker.succeeded() and breaker.allows()
    assert breaker.succeeded() is False


def test_without_python_3_10_the_error_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service, "_pythons", lambda: iter([str(tmp_path / "none"), sys.executable]))
    with pytest.raises(BussolaError, match=r"RASA_PYTHON=.*make rasa"):
        service.install(tmp_path / "environment", print)
    assert not (tmp_path / "environment").exists()
