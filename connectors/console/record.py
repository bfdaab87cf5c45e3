"""The audit log, for administrators: to read, to filter, to take away."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from bot.audit import PAGE, Audit, Wanted
from connectors.console import account_words as said
from connectors.console.front import Front

PATH = "/record"


def add(console: APIRouter, front: Front) -> None:
    """Adds the page and the download."""
    audit = Audit(front.accounts.store)

    @console.get(PATH)
    def record(request: Request, account: str = "", entry: str = "", action: str = "", page: str = "1") -> Response:
        reader = front.admin(request)
        wanted, number = Wanted(account[:80], entry.strip()[:120], action[:40]), _number(page)
        deeds, count = audit.deeds(wanted, number)
        accounts, actions = audit.names()
        query = {"account": wanted.account, "entry": wanted.entry, "action": wanted.action}
        return front.page(
            request, "record.html", reader, a=said, deeds=deeds, count=count, wanted=wanted, accounts=accounts, actions=actions,
            page_number=number, last=max(1, -(-count // PAGE)), query=urlencode({name: text for name, text in query.items() if text}),
        )  # fmt: skip

    @console.get(f"{PATH}.csv")
    def table(request: Request, account: str = "", entry: str = "", action: str = "") -> Response:
        reader = front.admin(request)
        front.log(reader, "export", "audit log")
        text = audit.table(Wanted(account[:80], entry.strip()[:120], action[:40]))
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        headers = {"Content-Disposition": 'attachment; filename="bussola-record.csv"', "Cache-Control": "no-store"}
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else 1
