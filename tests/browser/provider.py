"""A small OpenID Connect provider on loopback: who asks is signed in at once, as whom the test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.browser.conftest import HOST, free_port

CLIENT = "hoshiyomi"


class Provider:
    """`claims` is whom the provider names next; `address` is where it answers."""

    def __init__(self) -> None:
        self.address = f"http://{HOST}:{free_port()}"
        self.claims: dict[str, Any] = {}
        self._nonces: dict[str, str] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def app(self) -> Starlette:
        """The four addresses that signing in needs."""
        routes = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
        ]
        return Starlette(routes=routes)

    async def _metadata(self, _: Request) -> Response:
        here = self.address
        return JSONResponse(
            {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        code = f"code{len(self._nonces)}"
        self._nonces[code] = asked.get("nonce", "")
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 3600}
        claims |= {"nonce": self._nonces[str(form["code"])], **self.claims}
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "k"})
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _: Request) -> Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [public | {"kid": "k", "use": "sig", "alg": "RS256"}]})


@contextmanager
def answering(provider: Provider) -> Iterator[Provider]:
    """Let the provider answer until the block ends."""
    port = int(provider.address.rsplit(":", 1)[1])
    server = uvicorn.Server(uvicorn.Config(provider.app(), host=HOST, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(timeout=10)
