"""The same desk behind both doors: the web API and Telegram give the same replies, buttons, memory and deletion.

`python -m tests.test_parity` writes the table of these behaviours to docs/parity.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.cipher import Cipher
from bot.conversations import Conversations
from bot.desk import WIDGET
from bot.handoff import DeskHours, Handoff
from bot.model import Example, Reply, Session
from bot.received import ReceivedUpdates
from bot.sentences import SAID
from bot.settings import Settings
from connectors.telegram import TelegramDoor
from connectors.telegram_render import LANGUAGE, TOPICS, messages
from connectors.web.app import Metrics, create_app
from tests.small import COST, RENEW, VIOLENCE, content, desk, store
from tests.telegram.desks import plain, running
from tests.telegram.fake_bot_api import TOKEN, FakeBotApi

PAGE = Path(__file__).parent.parent / "docs" / "parity.md"
ASK = "come rinnovo il permesso di soggiorno"
BOTH = "Come rinnovo il permesso di soggiorno? E quanto costa il permesso?"
EXAMPLES = (
    Example("thank", "it", "grazie mille"),
    Example(RENEW, "it", BOTH),
    Example(COST, "en", BOTH),
    Example(COST, "it", "e quanto costa il permesso"),
)


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi() as fake:
        yield fake


@dataclass(frozen=True)
class Behaviour:
    """What a person does, step by step (buttons begin with a slash), and what the last step gets through both doors:
    kinds and entries of the replies, and what is remembered: locale, whether it was chosen, place, entry."""

    name: str
    steps: tuple[str, ...]
    kinds: tuple[str, ...]
    entries: tuple[str | None, ...]
    memory: tuple[str | None, bool, str | None, str | None] | None
    mediators: bool = False  # whether this desk has mediators who answer


BEHAVIOURS = (
    Behaviour("a question is answered", (ASK,), ("answer",), (RENEW,), ("it", False, None, RENEW)),
    Behaviour("a question in another script", ("كيف أجدد تصريح الإقامة",), ("answer",), (RENEW,), ("ar", False, None, RENEW)),
    Behaviour("a button opens an entry", (ASK, f"/entry {COST}"), ("answer",), (COST,), ("it", False, None, COST)),
    Behaviour("of two questions the second is offered below the answer", (BOTH,), ("answer", "clarify"), (RENEW, None), ("it", False, None, RENEW)),
    Behaviour("the second question by its button", (BOTH, f"/entry {COST}"), ("answer",), (COST,), ("it", False, None, COST)),
    Behaviour("a section", (f"/section {RENEW} documents",), ("answer",), (RENEW,), ("en", False, None, RENEW)),
    Behaviour("a section that is not written", (f"/section {COST} deadline",), ("answer",), (COST,), ("en", False, None, COST)),
    Behaviour("a follow-up is about the last entry", (ASK, "quanto costa"), ("answer",), (RENEW,), ("it", False, None, RENEW)),
    Behaviour("a chosen language holds, whatever is written", ("/locale ar", ASK), ("answer",), (RENEW,), ("ar", True, None, RENEW)),
    Behaviour("a language chosen after an answer gives it again", (ASK, "/locale en"), ("answer",), (RENEW,), ("en", True, None, RENEW)),
    Behaviour("a language asked for in words", ("parli arabo",), ("small_talk",), (None,), ("ar", True, None, None)),
    Behaviour("a place in words is remembered", ("abito a foggia", ASK), ("answer",), (RENEW,), ("it", False, "foggia", RENEW)),
    Behaviour("a place by a button after an answer", (ASK, "/place bari"), ("answer",), (RENEW,), ("it", False, "bari", RENEW)),
    Behaviour("a topic", ("/topic legal",), ("small_talk",), (None,), ("en", False, None, None)),
    Behaviour("danger comes first", ("mio marito mi picchia",), ("emergency",), (None,), ("it", False, None, None)),
    Behaviour("danger beside a question", (f"{ASK} mio marito mi picchia",), ("emergency", "answer"), (None, RENEW), ("it", False, None, RENEW)),
    Behaviour("the entry behind the danger", ("mio marito mi picchia", f"/entry {VIOLENCE}"), ("answer",), (VIOLENCE,), ("it", False, None, VIOLENCE)),
    Behaviour("what nobody should answer gets a human", ("che tempo fa domani",), ("handoff",), (None,), ("it", False, None, None)),
    Behaviour("a human when asked for", ("voglio parlare con una persona",), ("handoff",), (None,), ("it", False, None, None)),
    Behaviour("a human by a button, near the place", ("abito a foggia", "/human"), ("handoff",), (None,), ("it", False, "foggia", None)),
    Behaviour("thanks", (ASK, "grazie mille"), ("small_talk",), (None,), ("it", False, None, RENEW)),
    Behaviour("a greeting", ("buongiorno",), ("small_talk",), (None,), ("it", False, None, None)),
    Behaviour("this helped", (ASK, "/helpful yes"), ("small_talk",), (None,), ("it", False, None, RENEW)),
    Behaviour("this did not help", (ASK, "/helpful no"), ("small_talk",), (None,), ("it", False, None, RENEW)),
    Behaviour("say it again", (ASK, "ripeti per favore"), ("answer",), (RENEW,), ("it", False, None, RENEW)),
    Behaviour("say it simpler", (ASK, "troppo difficile"), ("answer",), (RENEW,), ("it", False, None, RENEW)),
    Behaviour("a word is explained", ("cosa vuol dire questura",), ("small_talk",), (None,), ("it", False, None, None)),
    Behaviour("a button that is none", ("/nonsense 5",), ("small_talk",), (None,), ("en", False, None, None)),
    Behaviour("an entry that is gone", ("/entry legal/gone",), ("small_talk",), (None,), ("en", False, None, None)),
    Behaviour("no words", ("😀",), ("small_talk",), (None,), ("en", False, None, None)),
    Behaviour("deletion is asked about", (ASK, "cancella i miei dati"), ("small_talk",), (None,), ("it", False, None, RENEW)),
    Behaviour("deletion forgets everything", (ASK, "/place bari", "/delete"), ("small_talk",), (None,), None),
    Behaviour("a mediator is offered, with a yes", (ASK, "/human"), ("handoff",), (None,), ("it", False, None, RENEW), True),
    Behaviour("yes: a mediator will read", (ASK, "/human", "/human yes"), ("handoff",), (None,), ("it", False, None, RENEW), True),
    Behaviour("to a mediator the bot is silent, until it is called back", (ASK, "/human yes", "quanto costa", "/bot"), ("handoff",), (None,), ("it", False, None, RENEW), True),
    Behaviour("danger is answered even then", ("/human yes", "mio marito mi picchia"), ("emergency",), (None,), ("en", False, None, None), True),
    Behaviour("after the mediator the bot answers again", ("/human yes", "/bot", ASK), ("answer",), (RENEW,), ("it", False, None, RENEW), True),
    Behaviour("without mediators a yes offers people to call", ("/human yes",), ("handoff",), (None,), ("en", False, None, None)),
    Behaviour("after deletion nothing is known", (ASK, "/delete", "quanto costa"), ("clarify",), (None,), ("it", False, None, COST)),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What a step got: texts as Telegram would show them, payloads of all buttons."""

    texts: list[str]
    payloads: list[str]


class Doors:
    """One desk, both doors."""

    def __init__(self, folder: Path, api: FakeBotApi, rate_limit: int = 0, mediators: bool = False) -> None:
        said = content()
        self.store = store(folder, replace(said, examples=(*said.examples, *EXAMPLES)))
        people = (
            Handoff(Conversations(self.store, Cipher("conversations", b"secret")), DeskHours("")) if mediators else None
        )
        self.assistant, counter = desk(self.store, people)
        settings = Settings(rate_limit=rate_limit, telegram_token=TOKEN, telegram_api=api.url)
        metrics, self.api = Metrics(), api
        self.client = TestClient(create_app(self.assistant, counter, settings, (), metrics))
        self.door = TelegramDoor(self.assistant, counter, settings, ReceivedUpdates(self.store), metrics.turn)
        self.token: str | None = None
        self.answered = 0

    def post(self, step: str) -> Any:
        """The web's response to a step."""
        said = {"payload" if step.startswith("/") else "text": step, "session": self.token}
        return self.client.post("/api/v1/messages", json=said, headers={"Accept-Language": "en"})

    def web(self, step: str) -> tuple[list[dict[str, Any]], Seen]:
        """The web's replies, and what Telegram would have to show of them."""
        body = self.post(step).json()
        self.token = body["session"]
        shown = [
            message for reply in body["replies"] for message in messages(Reply(**reply | {"buttons": ()}), str.format)
        ]
        payloads = [button["payload"] for reply in body["replies"] for button in reply["buttons"]]
        return body["replies"], Seen([plain(message.text) for message in shown], payloads)

    def telegram(self, step: str, count: int) -> Seen:
        """What Telegram shows after a step that gets `count` messages. A button stands under a message of the bot."""
        if step.startswith("/"):
            if not self.api.made("sendMessage"):
                self.api.write("/help")
                self.api.wait("sendMessage")
                self.answered = 1
            self.api.deliver(self.api.press(step, self.api.last_message()))
        else:
            self.api.write(step)
        if not count:  # silence: a word too many would stand where the next step's is expected
            return Seen([], [])
        self.answered += count
        sent = self.api.wait(("sendMessage", "editMessageText"), self.answered)[-count:]
        payloads = [payload for call in sent for payload in call.buttons.values() if payload not in (TOPICS, LANGUAGE)]
        return Seen([plain(call.text) for call in sent], payloads)

    def memory(self, channel: str, name: str) -> Session | None:
        return self.store.session(self.assistant.session_key(channel, name))


def _remembered(session: Session | None) -> tuple[str | None, bool, str | None, str | None] | None:
    return (session.locale, session.locale_chosen, session.place, session.last_entry) if session else None


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_both_doors_do_the_same(tmp_path: Path, api: FakeBotApi, behaviour: Behaviour) -> None:
    doors = Doors(tmp_path, api, mediators=behaviour.mediators)
    with running(doors.door):
        for step in behaviour.steps:
            replies, expected = doors.web(step)
            assert doors.telegram(step, len(expected.texts)) == expected
    assert len(api.made("sendMessage", "editMessageText")) == doors.answered
    assert tuple(reply["kind"] for reply in replies) == behaviour.kinds
    assert tuple(reply["entry"] for reply in replies) == behaviour.entries
    assert doors.token is not None
    ours, theirs = doors.memory("telegram", "7"), doors.memory("web", doors.token)
    assert _remembered(ours) == _remembered(theirs) == behaviour.memory
    assert (ours and (ours.last_text, ours.last_section)) == (theirs and (theirs.last_text, theirs.last_section))
    counted = doors.client.get("/metrics").text
    turns = re.findall(r'bussola_turns_total\{channel="(\w+)",(.*)\} (\S+)', counted)
    by = {
        name: sorted((rest, count) for channel, rest, count in turns if channel == name) for name in ("web", "telegram")
    }
    assert by["telegram"] == by["web"] != []


def test_the_second_of_two_questions_has_one_button_at_both_doors(tmp_path: Path, api: FakeBotApi) -> None:
    doors = Doors(tmp_path, api)
    replies, seen = doors.web(BOTH)
    assert [reply["title"] for reply in replies] == ["Rinnovare il permesso", ""]
    assert replies[1]["text"] == SAID["also"]
    assert replies[1]["buttons"] == [{"title": "Quanto costa il permesso", "payload": f"/entry {COST}"}]
    with running(doors.door):
        assert doors.telegram(BOTH, len(seen.texts)) == seen
        offered = api.made("sendMessage")[-1]
        assert (offered.text, offered.buttons["Quanto costa il permesso"]) == (SAID["also"], f"/entry {COST}")


def test_too_many_messages_are_refused_by_both(tmp_path: Path, api: FakeBotApi) -> None:
    doors = Doors(tmp_path, api, rate_limit=2)
    assert [doors.post("buongiorno").status_code for _ in range(3)] == [200, 200, 429]
    with running(doors.door):
        for _ in range(3):
            api.write("buongiorno")
        assert api.wait("sendMessage", 3)[2].text == WIDGET["too_many"]


def test_a_text_that_is_too_long_is_refused_by_both(tmp_path: Path, api: FakeBotApi) -> None:
    doors = Doors(tmp_path, api)
    assert doors.post("parola " * 572).status_code == 422
    with running(doors.door):
        api.write("parola " * 572)
        assert api.wait("sendMessage")[0].text == WIDGET["too_long"]


def table(behaviours: Sequence[Behaviour] = BEHAVIOURS) -> str:
    """The page docs/parity.md."""
    lines = [
        "# The same desk behind every door",
        "",
        "Each row is run through the web API and through Telegram (`tests/test_parity.py`): both give the same texts, the same buttons, remember",
        "the same (language, whether it was chosen, town, last entry), forget the same and are counted the same. Steps that begin with a slash are",
        "buttons. This page is made from the tests: `python -m tests.test_parity`.",
        "",
        "| what happens | what a person does | what they get | what is remembered |",
        "|---|---|---|---|",
    ]
    for item in behaviours:
        steps = ", then ".join(f"`{step}`" for step in item.steps)
        got = ", ".join(f"{kind} {entry or ''}".strip() for kind, entry in zip(item.kinds, item.entries, strict=True))
        kept = (
            "nothing"
            if item.memory is None
            else ", ".join(
                str(part)
                for part in (item.memory[0], "chosen" if item.memory[1] else "as written", *item.memory[2:])
                if part
            )
        )
        desk_with = " (with mediators)" if item.mediators else ""
        lines.append(f"| {item.name}{desk_with} | {steps} | {got} | {kept} |")
    lines += [
        "",
        "Too many messages: the web answers 429 with the seconds to wait, Telegram one sentence and then silence until the minute is over;",
        "danger is answered even then, on both. A text of more than 4,000 characters: the web answers 422, the widget and Telegram ask to write it",
        "shorter. Telegram alone has a button between menus (topics, language), commands, locations, and pins for confirmed offices.",
        "",
    ]
    return "\n".join(lines)


def test_the_page_says_what_is_tested() -> None:
    assert PAGE.read_text(encoding="utf-8") == table()


if __name__ == "__main__":
    PAGE.write_text(table(), encoding="utf-8")
