"""A municipality's own sign-on (OpenID Connect): the way there, the checks on the way back, and the way out."""

from __future__ import annotations

import base64
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import APIRouter, Request, Response

from bot.accounts import SignInRefused
from bot.settings import Settings
from connectors.console import account_words as said
from connectors.console.front import COOKIE, HOME, Front, Refused

log = logging.getLogger("bussola")
_COOKIE, _PATIENCE, _WITHIN, _LEEWAY = "bussola_console_sign_on", 5.0, 10 * 60, 60
# Public keys only: with a shared secret, whoever knows it could sign for anybody.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class Untrusted(Exception):
    """What came back from the sign-on is not to be believed, or nothing came; says why, for the log."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who came back: for ever the same `subject`, and the name that the sign-on gives."""

    subject: str
    name: str


class Provider:
    """The sign-on, as its discovery document describes it. What it says is kept once it was read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: Mapping[str, Any] = {}

    def way_there(self, back: str) -> tuple[str, dict[str, str]]:
        """(address to go to, what to remember until they are `back`). Raises Untrusted when the sign-on is away."""
        kept = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
        }
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._metadata()["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"], code_verifier=kept["verifier"]
            )  # fmt: skip
        return str(address), kept

    def who(self, back: str, came: str, kept: Mapping[str, str]) -> Stranger:
        """Who has come back with the address `came`. State, issuer, audience, nonce, times and signature must be right.
        Raises Untrusted otherwise."""
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError

        metadata = self._metadata()
        try:
            with self._client(back) as client:
                token = client.fetch_token(metadata["token_endpoint"], authorization_response=came, state=kept["state"],
                                           code_verifier=kept["verifier"])  # fmt: skip
            claims = self._claims(str(token.get("id_token", "")), kept["nonce"], str(token.get("access_token", "")))
        except (AuthlibBaseError, JoseError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Untrusted(f"{type(error).__name__}: {error}") from error
        name = next((str(claims[key]) for key in (self._settings.oidc_name, "name", "email") if claims.get(key)), "")
        return Stranger(f"{claims['iss']} {claims['sub']}", name)

    def way_out(self, back: str) -> str | None:
        """Where to sign out of the sign-on itself; None when it has no such place. Raises Untrusted when it is away."""
        place = self._metadata().get("end_session_endpoint")
        query = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}" if place else None

    def _claims(self, token: str, nonce: str, access_token: str) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        keys = KeySet.import_key_set(self._read(self._metadata()["jwks_uri"]))
        decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)  # which checks the signature
        wanted = {"iss": {"essential": True, "value": self._settings.oidc_issuer},
                  "aud": {"essential": True, "value": self._settings.oidc_client_id}}  # fmt: skip
        params = {"nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, params)
        claims.validate(leeway=_LEEWAY)
        if not claims["sub"]:
            raise ValueError("an empty subject")
        return dict(claims)

    def _metadata(self) -> Mapping[str, Any]:
        if not self._known:
            found = self._read(f"{self._settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
            missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(found)
            if found.get("issuer") != self._settings.oidc_issuer or missing:
                raise Untrusted(f"its discovery document is for {found.get('issuer')!r}, or lacks {sorted(missing)}")
            self._known = found
        return self._known

    def _read(self, address: str) -> Any:
        try:
            response = httpx.get(address, timeout=_PATIENCE)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Untrusted(f"{address} cannot be read: {error}") from error

    def _client(self, back: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(self._settings.oidc_client_id, self._settings.oidc_client_secret, scope="openid profile email",
                            redirect_uri=back, code_challenge_method="S256", timeout=_PATIENCE)  # fmt: skip


def add(console: APIRouter, front: Front) -> None:
    """Adds the ways there, back and out; without an issuer in the settings there are none."""
    if not front.settings.oidc_issuer:
        return
    provider = Provider(front.settings)
    seal = Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, b"bussola sign-on").derive(front.settings.key())))

    @console.get("/sign-on")
    def there(request: Request) -> Response:
        try:
            address, kept = provider.way_there(front.address(request, "/sign-on/back"))
        except Untrusted as error:
            raise _away(error) from error
        response = front.go(address)
        # It must come along when the other site sends the person back.
        front.set_cookie(response, _COOKIE, seal.encrypt(json.dumps(kept).encode()).decode(), lax=True)
        return response

    @console.get("/sign-on/back")
    def back(request: Request) -> Response:
        try:
            kept = json.loads(seal.decrypt(request.cookies.get(_COOKIE, "").encode(), ttl=_WITHIN))
        except InvalidToken as error:
            raise Refused(400, said.SIGN_ON_FAILED, said.SIGN_ON_LATE) from error
        address = front.address(request, "/sign-on/back")
        try:
            who = provider.who(address, f"{address}?{request.url.query}", kept)
            token = front.accounts.enter(who.subject, who.name, front.settings.oidc_role)
        except Untrusted as error:
            raise _away(error) from error
        except SignInRefused as error:
            raise Refused(403, said.SIGN_ON_FAILED, said.SIGN_ON_DISABLED) from error
        # A page and not a redirect: browsers leave strict cookies out of a chain that another site began.
        response = front.page(request, "signed_on.html", None, a=said)
        front.set_cookie(response, COOKIE, token)
        response.delete_cookie(_COOKIE, path=HOME)
        return response

    @console.get("/sign-on/out")
    def out(request: Request) -> Response:
        try:
            return front.go(provider.way_out(front.address(request, "/sign-in")) or f"{HOME}/sign-in")
        except Untrusted as error:
            raise _away(error) from error


def _away(error: Untrusted) -> Refused:
    log.error("the sign-on (BUSSOLA_OIDC_ISSUER): %s", error)
    return Refused(502, said.SIGN_ON_FAILED, said.SIGN_ON_AWAY)
