"""Personal numbers and codes, sent in every place a request has, at the real server: no byte stays."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from flows.intake.invitations import normalised
from flows.redaction.digits import fold
from tests.flows.intake.ground import YES, Server, bearer, invited, landed, server
from tests.flows.intake.test_form import Page

NUMBER = "987654321098"
FORMS = (
    NUMBER, "9876 5432 1098", "9876-5432-1098", "９８７６５４３２１０９８", "９８７６－５４３２－１０９８",
    "九八七六五四三二一〇九八", "9876\n5432\n1098", "9876\u200b5432\u200b1098", "9 8 7 6 5 4 3 2 1 0 9 8",
)  # fmt: skip
OTHERS = ("090-9876-5432", "hanako.yamada@example.jp", "4111 1111 1111 1111")
SAID = "秘密の言葉"
JSON = {"Content-Type": "application/json"}
FIELDS = ("text", "version", "screen", "device")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A server that was sent all of it and has ended."""
    tmp = tmp_path_factory.mktemp("personal")
    with server(tmp) as made:
        codes = invited(made.data, 2)
        with httpx.Client(base_url=made.url, headers=bearer(codes[0])) as client:
            assert client.put("/v1/consent", json=YES).status_code == 200
            with ThreadPoolExecutor(8) as pool:
                for sent in (_by_api, _in_strange_places):
                    list(pool.map(partial(sent, client), (*FORMS, *OTHERS)))
        with httpx.Client(base_url=made.url) as client:
            _by_form(client, codes[1])
        made.kill()
        made.start()
        assert made.stop() == 0
    yield made, codes


def _by_api(client: httpx.Client, secret: str) -> None:
    for field in FIELDS:
        answer = client.post("/v1/feedback", json={"rating": 3, field: f"私は {secret} です"})
        assert (answer.status_code, answer.json()["redactions"]) == (201, 1), (field, secret)


def _in_strange_places(client: httpx.Client, secret: str) -> None:
    """Where nothing personal belongs; whatever is answered, it must not stay."""
    plain = secret.encode("utf-8")
    quoted = {"q": f"{secret} {SAID}"}
    for answer in (
        client.post("/v1/feedback", json={"text": "x", secret: secret}),
        client.post("/v1/feedback", json={"text": "x", "language": secret}),
        client.post(
            "/v1/feedback", content=b'{"text": "' + plain, headers={"Content-Type": "application/json"}
        ),
        client.post("/v1/feedback", content=plain, headers={"Content-Type": "text/plain"}),
        client.post("/v1/feedback", files={"f": plain}),
        client.put("/v1/consent", json=YES | {"wording": secret[:40]}),
        client.get(
            "/v1/consent", params=quoted, headers={"User-Agent": NUMBER, "Referer": f"http://x/{NUMBER}"}
        ),
        client.get(f"/{NUMBER}/{NUMBER}", headers={"Accept": "text/html"}),
        client.get("/v1/consent", headers={"Authorization": f"Bearer {NUMBER}"}),
        client.post("/v1/feedback", json={"text": "x"}, headers={"Idempotency-Key": f"{NUMBER}{NUMBER}"}),
        client.get("/healthz", headers={"Host": NUMBER}),
        client.get("/ja/", headers={"Cookie": f"hoshiyomi={NUMBER}", "Accept-Language": NUMBER}),
    ):
        assert answer.status_code < 500


def _by_form(client: httpx.Client, code: str) -> None:
    def send(path: str, **fields: str) -> httpx.Response:
        return client.post(f"/ja{path}", data=Page(client.get(f"/ja{path}")).hidden | fields)

    send("/", code=NUMBER)
    send("/", code=code)
    send("/consent", improve="yes", analyse=NUMBER)
    for secret in (*FORMS, *OTHERS):
        fields = dict.fromkeys(FIELDS, f"{secret} ")
        assert send("/feedback", **fields).status_code == 303
        assert send("/feedback", rating=NUMBER, **fields).status_code == 422


def _everything(folder: Path) -> bytes:
    """Every file, compressed ones laid open."""
    raw = b""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        raw += path.name.encode() + content + (gzip.decompress(content) if path.suffix == ".gz" else b"")
    return raw


def test_no_number_address_or_mail_is_on_disk_or_in_the_log(told: tuple[Server, list[str]]) -> None:
    made, _ = told
    kept = _everything(made.data)
    logged = made.told.read_bytes()
    for secret in (*FORMS, *OTHERS):
        for form in (secret, json.dumps(secret)[1:-1]):
            assert form.encode() not in kept, secret
            assert form.encode() not in logged, secret
    for raw in (kept, logged):
        assert NUMBER not in re.sub(r"[^0-9]", "", fold(raw.decode("utf-8", "replace")))


def test_what_was_said_beside_the_numbers_is_there(told: tuple[Server, list[str]]) -> None:
    """Else the search would prove nothing."""
    said = [f["text"] for f in landed(told[0].data, "feedback") if f["text"]]
    assert "私は [MY_NUMBER] です" in said
    assert "私は [PHONE] です" in said
    assert "私は [EMAIL] です" in said
    assert "私は [CARD_NUMBER] です" in said
    found = landed(told[0].data, "feedback")
    assert sum(f["redactions"] for f in found) >= 8 * len((*FORMS, *OTHERS))


def test_neither_words_nor_testers_nor_addresses_are_logged(told: tuple[Server, list[str]]) -> None:
    made, codes = told
    logged = made.told.read_text("utf-8")
    assert "feedback is taken in on" in logged
    for line in logged.splitlines():
        assert "127.0.0.1" not in line or "feedback is taken in on http://127.0.0.1" in line
    for word in (SAID, "私は", *codes, *(normalised(c) for c in codes), "t-", "HTTP/1.1"):
        assert word not in logged


def test_no_code_is_on_disk(told: tuple[Server, list[str]]) -> None:
    made, codes = told
    kept = _everything(made.data)
    for code in codes:
        assert code.encode() not in kept
        assert normalised(code).encode() not in kept
