"""The command line: serve, ask, eval, check, import, export, train, rasa, admin."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.locales import LOCALES
from bot.model import BussolaError, Turn, Utterance
from bot.roles import ROLES
from bot.settings import Settings, read


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit status: 0 done, 1 something is wrong with the input, 2 wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("bussola").setLevel(logging.INFO)
    try:
        return int(options.run(options, read()))
    except BussolaError as error:
        print(f"bussola: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bussola", description="A multilingual information desk for migrants.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    command("serve", _serve, "answer on the web, and on Telegram when a token is set")
    ask = command("ask", _ask, "ask one question")
    ask.add_argument("text")
    ask.add_argument("--locale", choices=tuple(LOCALES), help="answer in this locale")
    ask.add_argument("--place", help="a town, in any spelling")
    ask.add_argument("--json", action="store_true", help="the reply as the API gives it")
    ask.add_argument("--explain", action="store_true", help="why: locale, hits with scores, thresholds, verdict")
    evaluate = command("eval", _eval, "measure understanding on a file (or a folder of files) of questions")
    evaluate.add_argument("file", type=Path)
    evaluate.add_argument("--json", action="store_true")
    evaluate.add_argument("--reliability", type=Path, help="write the reliability diagram to this .svg file")
    evaluate.add_argument("--worst", action="store_true", help="list the questions that went wrong")
    command("check", _check, "look for mistakes in knowledge_base/ and nlu_data/")
    load = command("import", _import, "read the files into the database")
    load.add_argument("--force", action="store_true", help="overwrite what was edited in the console")
    dump = command("export", _export, "write what is published back to the files")
    dump.add_argument("--to", type=Path, help="folder to write to (default: the content folder)")
    train = command("train", _train, "learn the encoder from sentence pairs, or the fusion from validation questions")
    train.add_argument("--pairs", type=Path, help="folder of <locale>.tsv.gz files: train the encoder")
    train.add_argument("--teacher", help="a sentence-transformers model to learn from (folder)")
    train.add_argument("--epochs", type=int, default=8)
    train.add_argument("--to", type=Path, help="folder for the encoder (default: bot/encoder)")
    train.add_argument("--validation", type=Path, help="questions to fit the fusion on")
    rasa = command("rasa", _rasa, "train Rasa on the same utterances and serve it on loopback (needs Python 3.10)")
    rasa.add_argument("--install", action="store_true", help="make its environment, and no more")
    admin = command("admin", _admin, "make an account for the console, or help somebody in who cannot get in")
    admin.add_argument("action", choices=("create", "reset"))
    admin.add_argument("--name", required=True)
    admin.add_argument("--role", default="admin", choices=ROLES)
    admin.add_argument("--without-second-factor", action="store_true", help="reset: the telephone is lost too")
    return parser


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from bot.serving import serve

    return serve(settings)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    import secrets

    from bot.build import build

    bussola = build(settings)
    session = f"ask-{secrets.token_hex(8)}"
    if options.locale:
        bussola.assistant.reply(Utterance("cli", session, payload=f"/locale {options.locale}"))
    turn = bussola.assistant.reply(Utterance("cli", session, options.text, place=options.place))
    bussola.desk.delete("cli", session)
    if options.json:
        print(
            json.dumps(
                {"session": turn.session, "replies": [asdict(reply) for reply in turn.replies]},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        print(spoken(turn))
    if options.explain:
        print(explained(turn))
    return 0


def spoken(turn: Turn) -> str:
    """A turn as plain text for a terminal."""
    lines: list[str] = []
    for reply in turn.replies:
        lines += [f"[{reply.kind}] {reply.title}".rstrip(), reply.text]
        lines += [f"\n{section['title']}\n{section['text']}" for section in reply.sections]
        for service in reply.services:
            known = [
                service["name"],
                service["address"],
                service["city"],
                service["phone"],
                service["hours"],
                f"~{service['about_km']} km" if service["about_km"] is not None else None,
                service["note"],
            ]
            lines.append("  · " + " · ".join(str(item) for item in known if item))
        lines += [f"  » {source['title']}: {source['url']} ({source['published'] or '?'})" for source in reply.sources]
        lines += [f"  ! {notice}" for notice in reply.notices]
        lines += ["  " + "  ".join(f"[{button.title}]" for button in reply.buttons), ""]
    return "\n".join(lines).strip()


def explained(turn: Turn) -> str:
    """Why a turn came out as it did."""
    decision = turn.decision
    lines = ["", "— why —", f"engine: {turn.engine}"]
    lines += ["locale: " + ", ".join(f"{tag} {score:.2f}" for tag, score in turn.locale_scores.items())]
    lines += ["hits:"] + [
        f"  {hit.dense:.2f} dense  {hit.lexical:.2f} lexical  {hit.locale}  {hit.intent:34} {hit.text[:60]}"
        for hit in turn.hits[:6]
    ]
    lines += ["candidates:"]
    for item in decision.candidates[:5]:
        evidence = "  ".join(f"{name} {value:.2f}" for name, value in item.evidence.items())
        lines.append(f"  {item.confidence:.2f}  {item.intent:34} {evidence}")
    lines.append("thresholds: " + ", ".join(f"{name} {value:.2f}" for name, value in turn.thresholds.items()))
    lines.append(
        f"verdict: {decision.kind}" + (f", danger {decision.danger}" if decision.danger else "") + f" — {decision.why}"
    )
    return "\n".join(lines)


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from bot.build import build, progress_bar
    from bot.training.evaluate import evaluate, read, table
    from bot.training.reliability import Bin, calibration_error, picture

    questions = read(options.file)
    result = evaluate(build(settings).assistant, questions, progress_bar)
    print(json.dumps(result, ensure_ascii=False, indent=1) if options.json else table(result))
    if options.reliability:
        found = [Bin(**item) for item in result["reliability"]]
        options.reliability.write_text(
            picture(found, f"calibration error {calibration_error(found):.3f}"), encoding="utf-8"
        )
    if options.worst and not options.json:
        for item in result["worst"]:
            print(f"{item['lang']} {item['kind']:9} {','.join(item['marks']):22} {item['expected']:34} {item['q']}")
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from bot.build import read_content
    from bot.matrix import gaps, matrix, readability
    from bot.phrases import counts

    content, faults = read_content(settings.content)
    phrases = counts(settings.content / "translations")
    missing = gaps(content, phrases)
    print(*faults, *matrix(content, phrases), *readability(content), *missing, sep="\n")
    print(
        f"{len(faults)} faults, {len(missing)} gaps; {len(content.entries)} entries in {len(content.locales())} locales, "
        f"{len(content.examples)} utterances, {len(content.services)} services, "
        f"{len(content.courses)} courses, {len(content.places)} places, {len(content.terms)} terms"
    )
    return 1 if faults or missing else 0


def _import(options: argparse.Namespace, settings: Settings) -> int:
    from bot.build import prepare

    store, conflicts = prepare(settings, force=True) if options.force else prepare(settings)
    for conflict in conflicts:
        print(f"{conflict}: edited in the console and in the files; the console's edit stays (--force overwrites it)")
    print(f"revision {store.revision()}")
    return 1 if conflicts else 0


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from bot.build import prepare
    from bot.export import dump

    store, _ = prepare(settings)
    changed = dump(store.content(examples=True), options.to or settings.content, print)
    print(f"{changed} files changed")
    return 0


def _train(options: argparse.Namespace, settings: Settings) -> int:
    from bot.training.commands import train_encoder, train_fusion

    if not options.pairs and not options.validation:
        raise BussolaError(
            "nothing to train", "train", "give --pairs DIR (encoder) or --validation DIR (fusion), or both"
        )
    if options.pairs:
        train_encoder(settings, options.pairs, options.teacher, options.epochs, options.to or Path(settings.encoder))
    if options.validation:
        train_fusion(settings, options.validation)
    return 0


def _rasa(options: argparse.Namespace, settings: Settings) -> int:
    import signal

    from bot.build import prepare
    from bot.rasa import service

    environment, folder = settings.rasa_environment, settings.data / "rasa"
    service.install(environment, print)
    if options.install:
        return 0
    store, _ = prepare(settings)
    model = service.train(environment, store.content(examples=True), settings.content / "config.yml", folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Rasa must not be left behind
    service.keep_running(environment, model, settings.rasa_port, service.secret_in(settings.data), print)
    return 0


def _admin(options: argparse.Namespace, settings: Settings) -> int:
    import getpass

    from bot.accounts import Accounts
    from bot.build import prepare
    from bot.invitations import Invitations
    from bot.people import People

    store, _ = prepare(settings)
    if options.action == "reset":
        accounts, people = Accounts(store), People(Accounts(store))
        people.find(options.name)
        if options.without_second_factor:
            people.remove_factor(options.name, "command line")
        token = Invitations(accounts).reset(options.name, "command line")
        home = settings.public_url or f"http://{settings.host}:{settings.port}"
        print(f"Open this link within seven days to choose a new password: {home}/console/link/{token}")
        return 0
    password = (
        getpass.getpass("Password (at least 12 characters): ")
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    Accounts(store).create(options.name, password, options.role)
    print(
        f"account {options.name} ({options.role}) is ready: sign in at http://{settings.host}:{settings.port}/console"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
