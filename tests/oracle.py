"""An SMTP server that makes trouble, and remembers durably what it accepted. Run as a program: it prints its port.

    python oracle.py LOG [--fault STEP:REPLY:TIMES …] [--no-pipelining] [--delay SECONDS] [--size OCTETS]
                     [--quota MESSAGES] [--idle SECONDS]

Trouble with one message is chosen by its recipient: the local part up to the first dot names it (see `_TROUBLE`);
with `once-` before it, it happens the first time only. Trouble with a connection is chosen by --fault: for the first
TIMES times STEP (greeting, ehlo, mail) is answered with REPLY, or the connection is closed if REPLY is `drop`. After
--quota messages it refuses every MAIL. A connection over which nothing is said for --idle seconds is closed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socketserver
import threading
import time
from pathlib import Path

_TROUBLE = {
    # at RCPT
    "rcpt-4xx": ("rcpt", b"450 4.2.1 mailbox busy\r\n"),
    "rcpt-421": ("rcpt", b"421 4.3.2 closing\r\n"),
    "rcpt-5xx": ("rcpt", b"550 5.1.1 no such\r\n"),
    "rcpt-552": ("rcpt", b"552 too many recipients\r\n"),
    "rcpt-garbage": ("rcpt", b"what?\r\n"),
    "rcpt-drop": ("rcpt", None),
    # at DATA
    "data-4xx": ("data", b"451 4.3.0 not now\r\n"),
    "data-5xx": ("data", b"554 5.7.1 not you\r\n"),
    "data-drop": ("data", None),
    # while the body comes, before the dot
    "body-drop": ("body", None),
    # after the dot
    "dot-4xx": ("dot", b"451 4.3.0 try again\r\n"),
    "dot-421": ("dot", b"421 4.3.2 closing\r\n"),
    "dot-5xx": ("dot", b"550 5.7.1 spam\r\n"),
    "dot-552": ("dot", b"552 5.2.2 mailbox full\r\n"),
    "dot-drop": ("dot", None),
    "dot-half": ("dot", b"25"),
    "dot-garbage": ("dot", b"thanks!\r\n"),
    "dot-odd": ("dot", b"354 go on\r\n"),
    # accepted, but the answer does not arrive, or late, or in several parts
    "kept-drop": ("kept", None),
    "kept-half": ("kept", b"250 2.0"),
    "kept-late": ("kept", "late"),
    "kept-lines": ("kept", b"250-first\r\n250 second\r\n"),
}


class Log:
    """Lines of JSON; one that is written is on the disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, event: str, **values: object) -> None:
        with self._lock:
            self._file.write(json.dumps({"event": event, "at": time.time(), **values}).encode() + b"\n")
            os.fsync(self._file.fileno())


class Dropped(Exception):
    """The connection is to be closed."""


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.log.write("connected")
        self.request.settimeout(self.server.options.idle)
        try:
            self._say(self.server.fault("greeting") or b"220 oracle.example.com ESMTP\r\n")
            self._talk()
        except (Dropped, ConnectionError, TimeoutError):
            return

    def _talk(self) -> None:
        self.recipient = ""
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                offers = b"" if self.server.options.no_pipelining else b"250-PIPELINING\r\n"
                self._say(
                    self.server.fault("ehlo")
                    or b"250-oracle.example.com\r\n" + offers + b"250 SIZE %d\r\n" % self.server.options.size
                )
            elif verb == b"MAIL":
                self.recipient = ""
                self._say(self.server.fault("mail") or self.server.quota() or b"250 2.1.0 ok\r\n")
            elif verb == b"RCPT":
                self._rcpt(line)
            elif verb == b"DATA":
                self._data()
            elif verb == b"QUIT":
                self._say(b"221 bye\r\n")
                return
            else:
                self._say(b"250 2.0.0 ok\r\n")

    def _rcpt(self, line: bytes) -> None:
        match = re.search(rb"<(.*)>", line)
        recipient = match[1].decode() if match else ""
        if not self._trouble("rcpt", recipient):
            self.recipient = recipient
            self._say(b"250 2.1.5 ok\r\n")

    def _data(self) -> None:
        if not self.recipient:
            self._say(b"554 5.5.1 no valid recipients\r\n")
            return
        self.server.log.write("data", to=self.recipient)
        if self._trouble("data", self.recipient):
            return
        self._say(b"354 go on\r\n")
        body = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                self.server.log.write("broken", to=self.recipient)
                raise Dropped
            body += line
            self._trouble("body", self.recipient)
        seen = {"to": self.recipient, "sha": hashlib.sha256(body).hexdigest(), "id": _message_id(bytes(body))}
        self.server.log.write("seen", **seen)
        time.sleep(self.server.options.delay)
        if self._trouble("dot", self.recipient):
            return
        self.server.log.write("accepted", **seen)
        self.server.accepted += 1
        if not self._trouble("kept", self.recipient):
            self._say(b"250 2.0.0 kept\r\n")

    def _trouble(self, step: str, recipient: str) -> bool:
        name = recipient.partition("@")[0].partition(".")[0]
        if name.startswith("once-"):
            name = name.removeprefix("once-") if self.server.first(recipient, step) else ""
        at, answer = _TROUBLE.get(name, ("", b""))
        if at != step:
            return False
        if answer == "late":
            time.sleep(0.5)
            answer = b"250 2.0.0 kept, late\r\n"
        self._say(answer if isinstance(answer, bytes) else b"drop")
        if not (isinstance(answer, bytes) and answer.endswith(b"\r\n")) or answer.startswith(b"421"):
            raise Dropped
        return True

    def _say(self, answer: bytes) -> None:
        if answer == b"drop":
            raise Dropped
        self.wfile.write(answer)
        if answer.startswith(b"421"):
            raise Dropped


class Server(socketserver.ThreadingTCPServer):
    """Keeps the faults that are still to happen."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.options = options
        self.log = Log(options.log)
        self.accepted = 0
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._faults: dict[str, list[bytes]] = {}
        for fault in options.fault:
            step, reply, times = fault.split(":")
            said = reply if " " in reply else f"{reply} 4.3.0 trouble"
            answer = b"drop" if reply == "drop" else said.encode() + b"\r\n"
            self._faults.setdefault(step, []).extend([answer] * int(times))

    def fault(self, step: str) -> bytes | None:
        with self._lock:
            waiting = self._faults.get(step)
            return waiting.pop(0) if waiting else None

    def quota(self) -> bytes | None:
        used_up = self.options.quota is not None and self.accepted >= self.options.quota
        return b"550 5.4.5 daily quota of %d exceeded\r\n" % self.options.quota if used_up else None

    def first(self, recipient: str, step: str) -> bool:
        with self._lock:
            if step == _TROUBLE[recipient.partition(".")[0].removeprefix("once-")][0]:
                known = (recipient, step) in self._seen
                self._seen.add((recipient, step))
                return not known
            return True


def _message_id(body: bytes) -> str:
    match = re.search(rb"^Message-ID: <([^>]*)>", body, re.MULTILINE)
    return match[1].decode() if match else ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--quota", type=int)
    parser.add_argument("--idle", type=float)
    with Server(parser.parse_args()) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
