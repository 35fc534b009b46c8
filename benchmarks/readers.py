"""Readers of a running dashboard without a browser: what Streamlit's own page would say over its websocket.

A `Reader` opens pages and changes choices, and waits until the server has answered whole. So what is timed is
the server: the script, its queries, and putting the answer on the wire. Loopback only.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

PATIENCE = 120.0


class Counted(socket.socket):
    """A connection that counts what comes."""

    received = 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As that of every socket."""
        found = super().recv(size, flags)
        self.received += len(found)
        return found


@dataclass(slots=True)
class Answer:
    """What one run of a page sent."""

    seconds: float
    size: int
    """Bytes of the page's frames."""
    wire: int
    """Bytes that came for them, as compressed as the server sends them."""
    texts: list[str]
    """Markup and headings, in the order in which they came."""
    faults: list[str]
    """Exceptions that the page showed, and runs that did not end well."""


@dataclass(slots=True)
class Reader:
    """One open tab."""

    socket: ClientConnection
    language: str
    line: Counted
    widgets: dict[str, str] = field(default_factory=dict)
    """The widgets on the page by their keys."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """What a widget offers, in the words of the screen."""
    chosen: dict[str, WidgetState] = field(default_factory=dict)
    """What was chosen on this page so far: a browser sends all of it each time."""
    page_hash: str = ""
    query: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    """Hashes of the pages by their names in the address."""

    def open(self, page: str, **asked: str | list[str]) -> Answer:
        """Go to a page by its address, as a link does."""
        self.query = urlencode({**asked, "lang": self.language}, doseq=True)
        self.widgets.clear()
        self.chosen.clear()
        message = self._rerun()
        message.rerun_script.page_name = "" if self.pages else page
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        return self._ask(message)

    def pick(self, key: str, place: int) -> Answer:
        """Choose the option at this place (from the last one with -1) of a widget."""
        return self.choose(key, [self.options[key][place]])

    def choose(self, key: str, value: str | list[str] | bool) -> Answer:
        """Change one widget of the page, or open it (True). Raises KeyError where the page has none of that
        key."""
        message = self._rerun()
        message.rerun_script.page_script_hash = self.page_hash
        state = WidgetState(id=self.widgets[key])
        if isinstance(value, bool):
            state.bool_value = value
        elif isinstance(value, str):
            state.string_value = value
        else:
            state.string_array_value.data.extend(value)
        self.chosen[key] = state
        message.rerun_script.widget_states.widgets.extend(self.chosen.values())
        return self._ask(message)

    def _rerun(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.context_info.timezone = "Asia/Tokyo"
        message.rerun_script.context_info.locale = self.language
        return message

    def _ask(self, message: BackMsg) -> Answer:
        began = time.perf_counter()
        self.socket.send(message.SerializeToString())
        answer, received = Answer(0.0, 0, 0, [], []), self.line.received
        while True:
            frame = self.socket.recv(timeout=PATIENCE)
            assert isinstance(frame, bytes)
            answer.size += len(frame)
            heard = ForwardMsg.FromString(frame)
            kind = heard.WhichOneof("type")
            if kind == "new_session":
                self.page_hash = heard.new_session.page_script_hash
            elif kind == "navigation":
                self.pages = {p.url_pathname: p.page_script_hash for p in heard.navigation.app_pages}
                self.page_hash = heard.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = heard.page_info_changed.query_string
            elif kind == "delta" and heard.delta.WhichOneof("type") == "new_element":
                self._read(heard.delta.new_element, answer)
            elif kind == "delta" and heard.delta.WhichOneof("type") == "add_block":
                block = heard.delta.add_block
                # A popover that the page is told of when it opens.
                self._know(getattr(getattr(block, block.WhichOneof("type") or "", None), "id", ""))
            elif kind == "page_not_found":
                answer.faults.append("page not found")
            elif kind == "script_finished":
                if heard.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                if heard.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    answer.faults.append(f"script ended with {heard.script_finished}")
                answer.seconds = time.perf_counter() - began
                answer.wire = self.line.received - received
                return answer

    def _read(self, element: Element, answer: Answer) -> None:
        kind = element.WhichOneof("type") or ""
        said = getattr(element, kind, None)
        if kind == "exception":
            answer.faults.append(f"{said.type}: {said.message}")
        elif kind in ("html", "markdown", "heading"):
            answer.texts.append(said.body)
        key = self._know(getattr(said, "id", ""))
        if key:
            self.options[key] = [getattr(o, "content", o) for o in getattr(said, "options", ())]

    def _know(self, widget: str) -> str:
        """The key of a widget ($$ID-<digest>-<key>); '' of anything else."""
        if not widget.startswith("$$ID-"):
            return ""
        key = widget.split("-", 2)[-1]
        self.widgets[key] = widget
        return key


@contextmanager
def reader(port: int, language: str = "en") -> Iterator[Reader]:
    """A new tab on the dashboard at this port."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    line = Counted(socket.AF_INET, socket.SOCK_STREAM)
    line.connect(("127.0.0.1", port))
    with connect(address, sock=line, max_size=None, subprotocols=["streamlit"]) as there:  # type: ignore[list-item]
        yield Reader(there, language, line)


@contextmanager
def dashboard(data: Path) -> Iterator[tuple[int, int]]:
    """A dashboard in a process of its own on a free port: (port, process id of the server)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("hoshiyomi")), "dashboard", "--no-open", "--port", str(port)
    ]  # fmt: skip
    environment = os.environ | {"HOSHIYOMI_DATA": str(data)}
    with subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL) as it:
        try:
            wait_for(port)
            yield port, _server(it.pid)
        finally:
            os.killpg(it.pid, signal.SIGTERM)


def wait_for(port: int) -> None:
    """Until the dashboard answers. Raises TimeoutError after a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"no dashboard on port {port}")


def memory_mb(process: int) -> tuple[float, float]:
    """Resident memory of a process now and at its highest, MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    said = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(said["VmRSS"]) / 1024, int(said["VmHWM"]) / 1024


def processor_s(process: int) -> float:
    """Seconds of processor that a process has taken so far, its threads together."""
    said = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def open_files(process: int) -> list[str]:
    """What the file handles of a process point to."""
    found = []
    for handle in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.append(str(handle.readlink()))
        except FileNotFoundError:  # closed while we looked
            continue
    return found


def _server(parent: int) -> int:
    """The process that serves: the youngest descendant."""
    while children := Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        parent = int(children[-1])
    return parent
