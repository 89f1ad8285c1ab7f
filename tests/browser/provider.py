"""An OpenID Connect provider on 127.0.0.1 that speaks the real protocol: discovery, authorization code, JWKS.

Whoever comes chooses in a form who they are (all invented). `forge` signs with a key that is not published.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "inkveil-test", "not-a-secret"


class Provider:
    """Start with `with`; `url` is the issuer."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "published", "use": "sig", "alg": "RS256"})
        self.other = RSAKey.generate_key(2048, {"kid": "published", "use": "sig", "alg": "RS256"})
        self.forge = False
        self.verified = True
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Provider:
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()

    def secrets_toml(self, application: str) -> str:
        return (
            f'[auth]\nredirect_uri = "{application}/oauth2callback"\ncookie_secret = "{"k" * 40}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n'
        )

    def id_token(self, grant: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": f"number-of-{grant['person']}",
            "email": f"{grant['person']}@example.org",
            "email_verified": self.verified,
            "nonce": grant["nonce"],
            "iat": now,
            "exp": now + 600,
        }
        key = self.other if self.forge else self.key
        return jwt.encode({"alg": "RS256", "kid": "published"}, claims, key)

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is its own
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def _send(
                self, body: str, kind: str = "application/json", status: int = 200, **headers: str
            ) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": kind, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                if path == "/.well-known/openid-configuration":
                    ends = {
                        "authorization_endpoint": "authorize",
                        "token_endpoint": "token",
                        "jwks_uri": "jwks",
                    }
                    found: dict[str, Any] = {name: f"{provider.url}/{end}" for name, end in ends.items()}
                    found |= {"issuer": provider.url, "response_types_supported": ["code"]}
                    found |= {
                        "id_token_signing_alg_values_supported": ["RS256"],
                        "subject_types_supported": ["public"],
                    }
                    self._send(json.dumps(found))
                elif path == "/jwks":
                    self._send(json.dumps({"keys": [provider.key.as_dict(private=False)]}))
                elif path == "/authorize" and query["client_id"] == [CLIENT]:
                    hidden = {k: query[k][0] for k in ("redirect_uri", "state", "nonce") if k in query}
                    people = "".join(
                        f'<p><a id="{p}" href="/allow?{urlencode({**hidden, "person": p})}">{p}</a></p>'
                        for p in ("ada", "bea", "zoe")
                    )
                    self._send(f"<title>Who are you?</title>{people}", "text/html")
                elif path == "/allow":
                    code = secrets.token_hex(16)
                    provider.codes[code] = {k: v[0] for k, v in query.items()}
                    answer = urlencode({"code": code, "state": query["state"][0]})
                    self._send("", "text/plain", 302, Location=f"{query['redirect_uri'][0]}?{answer}")
                else:
                    self._send("{}", status=404)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
                basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
                known = self.headers.get("Authorization") == f"Basic {basic}" or form.get(
                    "client_secret"
                ) == [SECRET]
                grant = provider.codes.pop(form.get("code", [""])[0], None)
                if not known or grant is None:
                    self._send('{"error": "invalid_grant"}', status=400)
                    return
                token = {"access_token": secrets.token_hex(16), "token_type": "Bearer", "expires_in": 600}
                self._send(json.dumps({**token, "id_token": provider.id_token(grant)}))

        return Handler
