"""E-mail, where the settings name a server for it; without one everything works by links that people hand over."""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from bot.settings import Settings

log = logging.getLogger("bussola")
_PATIENCE = 10


class Letters:
    """Sends e-mail, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def can_send(self) -> bool:
        """Whether there is a server to send by."""
        return bool(self._settings.smtp_host)

    def send(self, to: str, subject: str, text: str) -> bool:
        """Sends a letter and returns whether the server took it; what went wrong is logged, without the address."""
        letter, settings = EmailMessage(), self._settings
        letter["From"], letter["To"], letter["Subject"] = settings.smtp_from, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=settings.smtp_from.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        try:
            with self._server() as server:
                if settings.smtp_user:
                    server.login(settings.smtp_user, settings.smtp_password)
                server.send_message(letter)
        except (OSError, smtplib.SMTPException) as error:
            log.error("an e-mail was not sent by %s:%s: %s; check BUSSOLA_SMTP_*", settings.smtp_host, settings.smtp_port,
                      type(error).__name__)  # fmt: skip
            return False
        return True

    def _server(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=_PATIENCE)
        if self._settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server
