from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.alerts.channels import Channel, Message, deliver, holds_a_secret, without_secrets
from flows.errors import ConfigError
from tests.flows.alerts.receivers import free_port, mailbox, webhook

NOW = datetime(2026, 11, 29, 1, tzinfo=UTC)
TOLD = Message(
    title="くらしの手続き: 星が下がりました",
    text="4.1 → 3.2 <b>",
    markdown="**4.1** → 3.2",
    html="<p><b>4.1</b> → 3.2 &lt;b&gt;</p>",
    tone="failure",
    id="m-1",
    thread="i-1",
)


def _channel(url: str, name: str = "product") -> Channel:
    return Channel(name=name, url=SecretStr(url))


def test_a_webhook_gets_plain_text_with_its_ids() -> None:
    with webhook() as hook:
        receipt = deliver(_channel(hook.url), TOLD, NOW)
    assert (receipt.is_delivered, receipt.at, receipt.detail) == (True, NOW, None)
    (came,) = hook.came
    assert (came["title"], came["message"], came["type"]) == (TOLD.title, TOLD.text, "failure")
    assert (came["id"], came["thread"]) == ("m-1", "i-1")


def test_mail_gets_html_with_a_plain_part_an_attachment_and_the_thread(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<p>whole</p>", encoding="utf-8")
    message = Message(
        title=TOLD.title, text=TOLD.text, html=TOLD.html, thread="i-1", id="m-1", attachments=(page,)
    )
    with mailbox() as box:
        assert deliver(_channel(box.url), message, NOW).is_delivered
    (mail,) = box.came
    assert mail["Subject"] == TOLD.title
    assert mail["References"] == mail["In-Reply-To"] == "<i-1@alerts.hoshiyomi.invalid>"
    assert mail["X-Hoshiyomi-Id"] == "m-1"
    assert mail["From"].addresses[0].addr_spec == "stars@example.go.jp"
    html = mail.get_body(("html",))
    plain = mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<b>4.1</b>" in html.get_content()
    assert "4.1 → 3.2 <b>" in plain.get_content()
    assert [(a.get_filename(), a.get_content()) for a in mail.iter_attachments()] == [
        ("report.html", "<p>whole</p>")
    ]


@pytest.mark.parametrize("status", [302, 404, 503])
def test_what_is_not_taken_is_told_and_no_redirect_is_believed(status: int) -> None:
    with webhook(status) as hook:
        receipt = deliver(_channel(hook.url), TOLD, NOW)
    assert not receipt.is_delivered
    assert str(status) in (receipt.detail or "")
    assert len(hook.came) == 1


def test_nobody_listening_is_a_receipt_and_no_error() -> None:
    receipt = deliver(_channel(f"json://127.0.0.1:{free_port()}/hook"), TOLD, NOW)
    assert not receipt.is_delivered
    assert "onnection" in (receipt.detail or "")


SECRETS = [
    "json://monitor:geheimnis1@127.0.0.1:{port}/tok3n-path",
    "jsons://127.0.0.1:{port}/tok3n-path?verify=no",
    "mailto://monitor:geheimnis1@127.0.0.1:{port}?from=a@example.jp&to=boss@example.jp",
    "mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4",
]


@pytest.mark.parametrize("url", SECRETS)
def test_the_secrets_of_an_address_reach_no_receipt_no_log_and_no_repr(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = _channel(url.format(port=free_port()))
    receipt = deliver(channel, TOLD, NOW)
    assert not receipt.is_delivered
    said = f"{receipt!r} {channel!r} {caplog.text} {''.join(capfd.readouterr())}"
    for secret in ("geheimnis1", "tok3n-path", "3ccdd113474722377935511fc85d3dd4", "boss@example.jp"):
        assert secret not in said


def test_an_address_that_works_is_in_no_log_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with webhook() as hook:
        assert deliver(_channel(hook.url.replace("/hook", "/tok3n-path")), TOLD, NOW).is_delivered
    assert "tok3n-path" not in caplog.text


def test_an_address_that_is_none_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(ConfigError, match=r"channel 'product'.*Remedy") as error:
        deliver(_channel("slakc://geheimnis1/x"), TOLD, NOW)
    assert "geheimnis1" not in str(error.value)


def test_addresses_with_secrets_are_told_from_those_without() -> None:
    assert holds_a_secret(_channel("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ch"))
    assert holds_a_secret(_channel("mailto://user:word@mail.example.jp"))
    assert not holds_a_secret(_channel("mailto://127.0.0.1:25?from=a@example.jp&to=b@example.jp"))
    assert not holds_a_secret(_channel("json://127.0.0.1:9000/hook"))


def test_words_of_an_address_are_taken_out_however_they_are_written() -> None:
    channel = _channel("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?k=with%20space")
    said = without_secrets("TIiajkdnlazkcOXrIdevi7FQ T1JJ3T3L2 'with space' https://x.example/y?z", channel)
    assert said == "… … '…' …"
