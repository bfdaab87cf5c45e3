"""What the environment says (BUSSOLA_*): all faults are reported at once, none is guessed away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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
    secret: str = Field(
        "", description="key for session names and cookies; empty: made once and kept in the data folder"
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith("sqlite:///"):
            raise ValueError("begins with sqlite:///")
        return url

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#\"<>]+(/[^\s?#\"<>]*)?", url):
            raise ValueError("is an address such as https://desk.example.org")
        return url.rstrip("/")

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
            f"BUSSOLA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise BussolaError(faults, "settings", "mend these environment variables; README.md lists them all") from error
