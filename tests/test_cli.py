"""The command line as a person uses it: its own process, real content."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pyotp
import pytest

from bot.accounts import Accounts
from bot.build import Bussola
from bot.invitations import Invitations
from bot.people import People

ROOT = Path(__file__).parent.parent


def _run(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "BUSSOLA_DATA": str(data), **environment},
    )  # fmt: skip


@pytest.mark.usefixtures("bussola")
def test_ask_prints_json_and_explains(data: Path) -> None:
    done = _run(data, "ask", "come rinnovo il permesso di soggiorno?", "--place", "Foggia", "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)["replies"][0]
    assert (reply["kind"], reply["entry"], reply["locale"], reply["state"]) == (
        "answer",
        "legal/permit-renewal",
        "it",
        "unconfirmed",
    )
    done = _run(data, "ask", "كيف أجدد تصريح الإقامة؟", "--explain")
    for word in ("locale: ar", "hits:", "candidates:", "thresholds:", "verdict: answer"):
        assert word in done.stdout, done.stdout + done.stderr


@pytest.mark.usefixtures("bussola")
def test_eval_reads_a_file_and_names_a_broken_line(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    question = {
        "kind": "entry",
        "q": "come rinnovo il permesso di soggiorno?",
        "entry": "legal/permit-renewal",
        "also": [],
        "style": "plain",
        "lang": "it",
    }
    path.write_text(json.dumps(question) + "\n")
    result = json.loads(_run(data, "eval", str(path), "--json").stdout)
    assert result["all"]["hit@1"] == result["all"]["answered_right"] == 1.0
    assert result["language"]["it"]["questions"] == 1
    path.write_text(json.dumps(question) + "\n{broken\n")
    broken = _run(data, "eval", str(path))
    assert broken.returncode == 1 and f"{path}:2: not a question" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_check_exits_with_one_and_names_the_line(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge_base/entries/legal/permit-renewal"
    folder.mkdir(parents=True)
    (folder / "entry.yml").write_text("id: legal/permit-renewal\nrisk: high\nreview_by: soon\n")
    done = _run(tmp_path / "var", "check", BUSSOLA_CONTENT=str(tmp_path))
    assert done.returncode == 1
    assert (
        "knowledge_base/entries/legal/permit-renewal/entry.yml:3: review_by is not a date — write it as 2027-05-31"
        in done.stdout
    )


def test_a_broken_file_a_taken_port_and_wrong_settings_are_one_sentence(tmp_path: Path) -> None:
    broken = _run(tmp_path / "var", "ask", "ciao", BUSSOLA_CONTENT=str(tmp_path))
    assert (broken.returncode, broken.stderr.count("\n")) == (1, 1)
    assert "knowledge_base/values.yml:1: the file is missing" in broken.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _run(tmp_path / "var", "serve", BUSSOLA_PORT=str(port))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"port {port} cannot be used" in done.stderr and "BUSSOLA_PORT" in done.stderr
    wrong = _run(
        tmp_path / "var", "ask", "ciao", BUSSOLA_PORT="many", BUSSOLA_ENVIRONMENT="moon", BUSSOLA_RATE_LIMIT="-1"
    )
    assert wrong.returncode == 1
    assert all(name in wrong.stderr for name in ("BUSSOLA_PORT", "BUSSOLA_ENVIRONMENT", "BUSSOLA_RATE_LIMIT"))


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _run(tmp_path / "file" / "var", "ask", "ciao")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "BUSSOLA_DATA" in done.stderr


def test_without_an_encoder_intents_still_answer_and_the_log_says_so(tmp_path: Path) -> None:
    root = tmp_path / "content"
    (root / "nlu_data").mkdir(parents=True)
    for name in ("knowledge_base", "translations", "config.yml", "nlu_data/it.yml"):
        (root / name).symlink_to(ROOT / name)
    done = _run(
        tmp_path / "var", "ask", "come rinnovo il permesso di soggiorno?", "--json",
        BUSSOLA_ENCODER=str(tmp_path / "gone"), BUSSOLA_CONTENT=str(root),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["replies"][0]["kind"] in ("answer", "clarify")
    assert "the encoder cannot be loaded" in done.stderr and "BUSSOLA_ENCODER" in done.stderr


def test_the_first_account_is_made_and_a_short_password_refused(bussola: Bussola, data: Path) -> None:
    def create(password: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "admin", "create", "--name", "cli-anna"], cwd=ROOT, input=password + "\n",
            capture_output=True, text=True, check=False, env={**os.environ, "BUSSOLA_DATA": str(data)},
        )  # fmt: skip

    short = create("short")
    assert short.returncode == 1 and "12" in short.stderr
    assert "cli-anna" in create("a long enough password").stdout
    assert create("a long enough password").returncode == 1


def test_somebody_who_cannot_get_in_gets_a_link_from_the_command_line(bussola: Bussola, data: Path) -> None:
    accounts = Accounts(bussola.store, installation=(b"x",))
    accounts.create("cli-berta", "a long enough password", "viewer")
    secret, _ = accounts.factors.begin("cli-berta")
    People(accounts).add_factor("cli-berta", secret, pyotp.TOTP(secret).now())
    done = _run(data, "admin", "reset", "--name", "cli-berta", "--without-second-factor")
    assert (done.returncode, done.stderr) == (0, "")
    found = Invitations(accounts).find(done.stdout.strip().rsplit("/", 1)[1])
    assert found is not None and found.account == "cli-berta"
    assert People(accounts).find("cli-berta").factor is False
    assert _run(data, "admin", "reset", "--name", "cli-nobody").returncode == 1


def test_usage_mistakes_end_with_two() -> None:
    assert _run(Path("var"), "dance").returncode == 2
    assert _run(Path("var")).returncode == 2
