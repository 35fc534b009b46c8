"""The one way to a store: verified TLS, time-outs, a size limit, retries, and one polite rate a host.

What ends a request here is told apart: `Blocked` (refused, busy beyond patience, no answer, or a page for
people where data was asked for) and `NotThere` (the store knows no such thing). Neither is ever an empty
answer. Waiting is in the hands of `RateLimiter`, one for all tasks of a process; what several processes
share is asked through `permit` before every request (`flows.pipeline.rate_limits`).
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx

from flows.sources.base import is_loopback

AGENT = "hoshiyomi/0.1 (reads app store reviews; one polite rate a host)"
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_CHUNK = 65_536
# Marks of a page made for a person: consent walls, captchas, "unusual traffic".
_FOR_PEOPLE = re.compile(
    r"g-recaptcha|/recaptcha/|consent\.google|unusual traffic|/sorry/index|captcha-form|id=\"captcha", re.I
)


class StoreProblem(Exception):
    """Why a store gave no answer. The message is free of personal text and of secrets."""

    is_passing = False
    """Whether the same request may succeed later without anybody doing anything."""
    wait: float | None = None
    """So many seconds the store asked to be left alone (Retry-After)."""
    status: int | None = None
    """What HTTP called it; None where no answer came that could be judged."""


class Blocked(StoreProblem):
    """Refused, busy for too long, silent, or a page for people in place of data."""

    is_passing = True

    def __init__(self, said: str, wait: float | None = None) -> None:
        super().__init__(said)
        self.wait = wait


class Unusable(Blocked):
    """A key, its file or an optional package has to be put right by a person first."""

    is_passing = False


class BadRequest(Blocked):
    """The store does not understand the address (400): a page token that it has forgotten, perhaps."""

    is_passing = False
    status = 400


class Unauthorized(Blocked):
    """The store does not accept the key or its token (401)."""

    is_passing = False
    status = 401


class Forbidden(Blocked):
    """The store does not give this to us (403)."""

    status = 403


class NotThere(StoreProblem):
    """The store says that it has no such thing (404)."""

    status = 404


class _TryAgain(Exception):
    def __init__(self, detail: str, wait: float | None = None, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail, self.wait, self.status = detail, wait, status


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How patient the client is. Seconds, bytes and counts."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 90.0
    """One answer from the first byte asked to the last one read."""
    largest: int = 32 << 20
    """Bytes of one answer after decompression."""
    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    """Of our own backing off."""
    longest_retry_after: float = 300.0
    """A store that asks for a longer pause than this ends the request as blocked."""
    refusals: int = 5
    """After so many refused requests in a row a host is left alone for the rest of the run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer."""

    text: str
    fetched_at: datetime
    """When it was asked for."""


class RateLimiter:
    """The least time between two requests to one host, shared by all threads of a process."""

    def __init__(
        self,
        rate: float | None = 1.0,
        rates: Mapping[str, float | None] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`rate` in requests a second; None is without a limit. `rates` names hosts apart."""
        self._rate, self._rates = rate, dict(rates or {})
        self._clock, self._sleep = clock, sleep
        self._free: dict[str, float] = {}
        self._lock = threading.Lock()

    def rate(self, host: str) -> float | None:
        """Requests a second to this host."""
        return self._rates.get(host, self._rate)

    def wait(self, host: str) -> None:
        """Return when this host may be asked; the turn is taken."""
        rate = self.rate(host)
        with self._lock:
            now = self._clock()
            turn = max(now, self._free.get(host, now))
            self._free[host] = turn + (1 / rate if rate else 0)
        if turn > now:
            self._sleep(turn - now)

    def hold(self, host: str, seconds: float) -> None:
        """Nobody asks this host for so long: it has asked one of us to wait."""
        with self._lock:
            until = self._clock() + seconds
            self._free[host] = max(until, self._free.get(host, until))


def _no_permit(_host: str) -> None:
    """For a process that shares its hosts with nobody."""


@dataclass(slots=True)
class StoreClient:
    """Asks stores. One client serves all tasks of a process; it is thread-safe."""

    limiter: RateLimiter = field(default_factory=RateLimiter)
    options: ClientOptions = field(default_factory=ClientOptions)
    permit: Callable[[str], None] = _no_permit
    """Called before each request with the host: a limit shared with other processes."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    """Measures how long one answer takes."""
    _http: httpx.Client = field(init=False)
    _refused: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        m = self.options
        # A proxy of the environment is for stores; a loopback address is asked directly.
        direct = {f"all://{host}": httpx.HTTPTransport() for host in ("127.0.0.1", "localhost", "[::1]")}
        self._http = httpx.Client(
            verify=True,
            timeout=httpx.Timeout(m.read, connect=m.connect),
            follow_redirects=False,
            headers={"user-agent": AGENT, "accept-encoding": "gzip"},
            mounts=direct,
            limits=httpx.Limits(max_connections=16),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fetch(
        self,
        url: str,
        *,
        wants: Literal["json", "page"] = "json",
        form: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET `url`, or POST it with an encoded `form`; patient as `options` say.

        Raises Blocked or NotThere, and ValueError for an address that is neither https nor loopback.
        """
        host = checked_host(url)
        said, wait, status = "no answer", None, None
        for attempt in range(self.options.attempts):
            if self._refused.get(host, 0) >= self.options.refusals:
                raise Blocked(f"{host} refused {self.options.refusals} requests in a row; left alone")
            self.limiter.wait(host)
            self.permit(host)
            try:
                answer = self._once(url, host, wants, form, headers or {})
            except _TryAgain as problem:
                said, wait, status = problem.detail, problem.wait, problem.status
                if attempt + 1 < self.options.attempts:
                    self.limiter.hold(host, self._wait(attempt, problem.wait))
                continue
            self._refused[host] = 0
            return answer
        raise self._blocked(host, f"{said}, {self.options.attempts} times", wait, status=status)

    def fetch_signed(self, url: str, sign: Callable[[bool], Mapping[str, str]]) -> Answer:
        """`fetch` with the headers that `sign` gives; `sign(True)` gives them anew.

        A token can be refused before its time, so a new one is tried once.
        """
        try:
            return self.fetch(url, headers=sign(False))
        except Unauthorized:
            return self.fetch(url, headers=sign(True))

    def post_signed(
        self, url: str, sign: Callable[[bool], Mapping[str, str]], document: Mapping[str, object]
    ) -> Answer:
        """POST `document` as JSON, signed as by `fetch_signed`. It may be sent more than once: only for what
        replaces what is there. Raises as `fetch`."""
        body, kind = json.dumps(document, ensure_ascii=False), {"content-type": "application/json"}
        try:
            return self.fetch(url, form=body, headers={**sign(False), **kind})
        except Unauthorized:
            return self.fetch(url, form=body, headers={**sign(True), **kind})

    def begin_again(self) -> None:
        """Ask hosts again that were left alone: for another round after a pause."""
        self._refused.clear()

    def pause(self, url: str, attempt: int) -> None:
        """Back off before asking again for an answer that came but cannot be right."""
        self.limiter.hold(checked_host(url), self._wait(attempt, None))

    def _wait(self, attempt: int, asked: float | None) -> float:
        """Exponential backing off with jitter; never shorter than the store asked for."""
        m = self.options
        own: float = min(m.longest_wait, m.first_wait * 2.0**attempt) * (0.5 + self.chance() / 2)
        return own if asked is None else asked + own * self.chance()

    def _once(self, url: str, host: str, wants: str, form: str | None, headers: Mapping[str, str]) -> Answer:
        requested_at, started = self.now(), self.clock()
        given = dict(headers)
        if form is not None:
            given.setdefault("content-type", "application/x-www-form-urlencoded;charset=utf-8")
        content = None if form is None else form.encode()
        try:
            with self._http.stream(
                "GET" if form is None else "POST", url, content=content, headers=given
            ) as response:
                self._judge(response, host)
                body = self._read(response, started)
        except (httpx.TransportError, httpx.DecodingError) as error:
            # Its words may hold an address with a key; its kind says enough.
            raise _TryAgain(f"no whole answer ({type(error).__name__})") from error
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _TryAgain("an answer that is not UTF-8") from error
        if _is_for_people(text, response.headers.get("content-type", ""), wants):
            raise self._blocked(host, "a page for people (captcha or consent) in place of data")
        return Answer(text, requested_at)

    def _judge(self, response: httpx.Response, host: str) -> None:
        status = response.status_code
        if status in (httpx.codes.OK, httpx.codes.CREATED):
            return
        if status in _BUSY:
            wait = retry_after(response.headers.get("retry-after"), self.now())
            if wait is not None and wait > self.options.longest_retry_after:
                said = f"HTTP {status}, asks for a pause of {wait:.0f} s"
                raise self._blocked(host, said, wait, status=status)
            raise _TryAgain(f"HTTP {status}", wait, status)
        if status in (404, 410):
            self._refused[host] = 0
            raise NotThere(f"HTTP {status}")
        if status == httpx.codes.BAD_REQUEST:
            raise BadRequest(f"{host}: HTTP 400")
        if status == httpx.codes.UNAUTHORIZED:
            raise Unauthorized(f"{host}: HTTP 401, the key or its token is not accepted")
        where = ", sent elsewhere" if response.is_redirect else ""
        kind = Forbidden if status == httpx.codes.FORBIDDEN else Blocked
        raise self._blocked(host, f"HTTP {status}{where}", kind=kind, status=status)

    def _blocked(
        self, host: str, detail: str, wait: float | None = None, kind: type[Blocked] = Blocked,
        status: int | None = None,
    ) -> Blocked:  # fmt: skip
        self._refused[host] = self._refused.get(host, 0) + 1
        blocked = kind(f"{host}: {detail}", wait)
        blocked.status = status or kind.status
        return blocked

    def _read(self, response: httpx.Response, started: float) -> bytes:
        """The whole body. httpx takes a gzip stream that breaks off for a whole one; this does not."""
        zipped = response.headers.get("content-encoding", "").strip().lower()
        if zipped not in ("", "identity", "gzip"):
            raise _TryAgain("an encoding that was not asked for")
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS) if zipped == "gzip" else None
        body = bytearray()
        for raw in response.iter_raw(_CHUNK):
            try:
                body += raw if unzip is None else unzip.decompress(raw, self.options.largest + 1)
            except zlib.error as error:
                raise _TryAgain("broken gzip") from error
            if len(body) > self.options.largest:
                raise Blocked(f"an answer of more than {self.options.largest:,} bytes")
            if self.clock() - started > self.options.total:
                raise _TryAgain(f"an answer not whole after {self.options.total:.0f} s")
        if unzip is not None and body and not unzip.eof:
            raise _TryAgain("gzip that breaks off")
        return bytes(body)


def checked_host(url: str) -> str:
    """The host of an https address, or of any loopback one. Raises ValueError for others."""
    parsed = httpx.URL(url)
    host = parsed.host
    if not host:
        raise ValueError(f"{url!r} names no host.")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{parsed.scheme}://{host} is not https; without TLS only 127.0.0.1 is asked.")
    return host


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date; None where it says nothing."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _is_for_people(text: str, content_type: str, wants: str) -> bool:
    if wants == "json":
        return text.lstrip()[:1] == "<" or content_type.lower().startswith("text/html")
    # A store's page names its data; a consent page has scripts of the same kind, but not these.
    return "'ds:5'" not in text and ("AF_initDataCallback" not in text or bool(_FOR_PEOPLE.search(text)))
