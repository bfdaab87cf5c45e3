"""What the environment says (BUSSOLA_*): all faults are reported at once, none is guessed away."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.locales import LOCALES
from bot.model import BussolaError

_HOME = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting, with its default. Names are the environment's, without BUSSOLA_ and in lower case."""

    model_config = SettingsConfigDict(env_prefix="BUSSOLA_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="port to listen on")
    environment: Literal["development", "production"] = Field(
        "development", description="production hides details and wants a secret"
    )
    content: Path = Field(_HOME, description="folder with knowledge_base/, nlu_data/, translations/ and config.yml")
    data: Path = Field(_HOME / "var", description="folder that Bussola may write: database, learnt models, secret")
    database_url: str = Field("", description="SQLAlchemy address of the database; empty: SQLite in the data folder")
    nlu: Literal["embedded", "rasa"] = Field(
        "embedded", description="which engine finds intents; rasa: see `make rasa`"
    )
    rasa_port: int = Field(5005, ge=1, le=65535, description="port of Rasa on this machine")
    rasa_environment: Path = Field(_HOME / ".venv-rasa", description="folder for Rasa's own environment")
    encoder: str = Field(
        str(_HOME / "bot/encoder"), description="a sentence-transformers model: folder or name in the local cache"
    )
    public_url: str = Field(
        "", description="where people find this server, for links and QR codes; empty: as the browser asks"
    )
    telegram_token: str = Field("", description="token of the Telegram bot; empty: no Telegram")
    telegram_api: str = Field("https://api.telegram.org", description="base address of the Bot API")
    telegram_webhook: str = Field("", description="public address of this server for webhooks; empty: polling")
    rate_limit: int = Field(30, ge=0, description="messages a minute for each session and address; 0: no limit")
    municipalities: Path | None = Field(
        None, description="YAML file of the municipalities that this server is the desk of; none: just one desk"
    )
    allowed_origins: str = Field("", description="origins whose pages may hold the widget, separated by spaces")
    desk_hours: str = Field(
        "", description="when mediators answer, as in OpenStreetMap (Mo-Fr 09:00-13:00); empty: nobody knows"
    )
    desk_languages: str = Field("", description="languages that the mediators speak, as tags separated by spaces")
    escalate_minutes: int = Field(30, ge=1, description="minutes after which an unanswered person is marked as urgent")
    keep_conversations_days: int = Field(7, ge=0, description="days for which a closed conversation is kept")
    secret_before: str = Field(
        "", description="the secret before this one, to read what was sealed with it: conversations, second factors"
    )
    secret: str = Field(
        "", description="key for session names and cookies; empty: made once and kept in the data folder"
    )
    second_factor: Literal["none", "editors", "all"] = Field(
        "none", description="who must sign in with a second factor: nobody, admins and editors, everybody"
    )
    smtp_host: str = Field("", description="server for e-mail (links for a new password); empty: no e-mail is sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how it is reached")
    smtp_user: str = Field("", description="name to sign in there; empty: without")
    smtp_password: str = Field("", description="password to sign in there")
    smtp_from: str = Field("", description="the address that e-mail comes from")
    oidc_issuer: str = Field("", description="address of a municipality's OpenID Connect sign-on; empty: none")
    oidc_client_id: str = Field("", description="what Bussola is called there")
    oidc_client_secret: str = Field("", description="Bussola's password there")
    oidc_name: str = Field("preferred_username", description="the claim that holds a person's name")
    oidc_role: Literal["", "editor", "mediator", "translator", "viewer"] = Field(
        "", description="role of people who come from there for the first time; empty: none until an admin gives one"
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith("sqlite:///"):
            raise ValueError("begins with sqlite:///")
        return url

    @field_validator("desk_hours")
    @classmethod
    def _hours(cls, hours: str) -> str:
        from opening_hours import OpeningHours

        try:
            return hours if not hours or OpeningHours(hours) else ""
        except Exception as error:  # the library names its own only at run time
            raise ValueError("is like Mo-Fr 09:00-13:00,15:00-18:00 (OpenStreetMap's opening_hours)") from error

    @field_validator("desk_languages")
    @classmethod
    def _languages(cls, languages: str) -> str:
        if unknown := [tag for tag in languages.split() if tag not in LOCALES]:
            raise ValueError(f"names {unknown[0]}, which is not one of {', '.join(LOCALES)}")
        return languages

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#\"<>]+(/[^\s?#\"<>]*)?", url):
            raise ValueError("is an address such as https://desk.example.org")
        return url.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        if url and not re.fullmatch(
            r"(https://[^\s?#\"<>]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#\"<>]*)?)", url
        ):
            raise ValueError("is an address such as https://login.example.org (http only on this machine)")
        return url

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.smtp_host and not (self.smtp_from and self.public_url):
            # A link in an e-mail must not begin with what a stranger's browser says that this server is called.
            raise ValueError("BUSSOLA_SMTP_HOST needs BUSSOLA_SMTP_FROM and BUSSOLA_PUBLIC_URL")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError("BUSSOLA_OIDC_ISSUER needs BUSSOLA_OIDC_CLIENT_ID and BUSSOLA_OIDC_CLIENT_SECRET")
        return self

    def key(self) -> bytes:
        """The installation's secret; one that is not set is made once and kept in the data folder."""
        if self.secret:
            return self.secret.encode()
        path = self.data / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_bytes()

    def keys(self) -> tuple[bytes, ...]:
        """The installation's secret, and the one before it: what was sealed with either can be opened."""
        return (self.key(), self.secret_before.encode()) if self.secret_before else (self.key(),)

    @property
    def database(self) -> str:
        """The database's address, the default one filled in."""
        return self.database_url or f"sqlite:///{self.data / 'bussola.sqlite3'}"


def read() -> Settings:
    """The settings from the environment (and .env). Raises BussolaError that names every wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"BUSSOLA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" if fault["loc"] else fault["msg"]
            for fault in error.errors()
        )
        raise BussolaError(faults, "settings", "mend these environment variables; README.md lists them all") from error
