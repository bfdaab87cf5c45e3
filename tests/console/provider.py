"""Sign-ons for tests: a real one in a process of its own, and one in this process that can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

# It listens on a free port, says which, and ends when its standard input does.
_REAL = """
import json, sys, threading
import oidc_provider_mock as provider
people = [provider.User(sub=claims.pop("sub"), claims=claims) for claims in json.loads(sys.argv[1])]
with provider.run_server_in_thread(port=0, require_nonce=True, user_claims=people) as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def real(*people: dict[str, str]) -> Iterator[str]:
    """The address of oidc-provider-mock, which knows these people (claims with `sub`)."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _REAL, json.dumps(people)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    try:
        assert process.stdout is not None
        yield f"http://localhost:{int(process.stdout.readline())}"
    finally:
        process.communicate()


class Liar:
    """A sign-on that keeps to the protocol, PKCE too, but for what `lies` and `key` make of the token that it gives."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.signs_with: Any = self.key
        self.algorithm = "RS256"
        self.lies: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.challenge = self.nonce = ""
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._give(200, liar.keys() if self.path == "/jwks" else liar.document())

            def do_POST(self) -> None:
                sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                made = hashlib.sha256(sent.get("code_verifier", [""])[0].encode()).digest()
                right = base64.urlsafe_b64encode(made).decode().rstrip("=") == liar.challenge
                self._give(*((200, liar.token()) if right else (400, {"error": "invalid_grant"})))

            def _give(self, status: int, data: dict[str, Any]) -> None:
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"

    def document(self) -> dict[str, Any]:
        told = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks"}  # fmt: skip
        return told | self.discovery

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def asked(self, address: str) -> str:
        """Remembers what the way there asked for; the state that must come back."""
        query = parse_qs(urlsplit(address).query)
        assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
        self.challenge, self.nonce = query["code_challenge"][0], query["nonce"][0]
        return query["state"][0]

    def token(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "17", "aud": "bussola", "exp": now + 300, "iat": now, "nonce": self.nonce,
                  "preferred_username": "Rosa"} | self.lies  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "1"}
        signed = jwt.encode(header, claims, self.signs_with, algorithms=[self.algorithm])
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def lying() -> Iterator[Liar]:
    liar = Liar()
    thread = threading.Thread(target=liar.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield liar
    finally:
        liar.server.shutdown()
        thread.join()
        liar.server.server_close()
