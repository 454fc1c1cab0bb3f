"""A real mail server: Debian's Postfix on loopback, which accepts everything and finds out later, with mailboxes behind it.

Its mailboxes are Maildirs and one mbox that is full; Dovecot serves the mailbox for bounces by IMAP. Both need root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.free_ports import free_port

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="Postfix and Dovecot only start as root")

DOMAIN = "notes.example.com"
LIMIT = 1_000_000
"""Octets of a mailbox or a message."""

_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/maillog
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
virtual_mailbox_domains = example.com, {domain}
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_mailbox_base = {root}/mail
virtual_mailbox_limit = {limit}
message_size_limit = {limit}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_database_type = texthash
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Mta:
    """A server that runs; mail to `bounces` comes to the Maildir of that name."""

    root: Path
    port: int

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def maildir(self, name: str) -> Path:
        return self.root / "mail" / name

    def arrived(self, name: str, count: int, seconds: float = 60) -> None:
        """Wait until a mailbox has `count` new messages."""
        new = self.maildir(name) / "new"
        _until(lambda: new.is_dir() and len(list(new.iterdir())) >= count, seconds, self.log)

    def log(self) -> str:
        path = self.root / "maillog"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "(no log)"


@contextmanager
def postfix(*mailboxes: str) -> Iterator[Mta]:
    """Run Postfix with a Maildir for each of these users of example.com, one for bounces, and a full mailbox for `full`."""
    root = Path(tempfile.mkdtemp(prefix="mta"))  # not pytest's folder, which Postfix's own user may not enter
    try:
        root.chmod(0o755)
        port, nobody = free_port(), pwd.getpwnam("nobody")
        (root / "etc").mkdir()
        values = {
            "root": root, "domain": DOMAIN, "limit": LIMIT, "uid": nobody.pw_uid, "gid": nobody.pw_gid, "port": port,
        }  # fmt: skip
        (root / "etc" / "main.cf").write_text(_MAIN.format(**values))
        (root / "etc" / "master.cf").write_text(_MASTER.format(**values))
        users = [
            *(f"{name}@example.com {name}/" for name in mailboxes),
            f"bounces@{DOMAIN} bounces/",
            "full@example.com full",
        ]
        (root / "mailboxes").write_text("\n".join(users) + "\n")
        for name, owner in (("mail", "nobody"), ("data", "postfix"), ("queue", "root")):
            (root / name).mkdir()
            shutil.chown(root / name, owner)
        (root / "mail" / "full").write_bytes(b"From x Thu Jan  1 00:00:00 1970\n" + b"x" * (LIMIT - 40) + b"\n\n")
        shutil.chown(root / "mail" / "full", "nobody")
        command = ["postfix", "-c", str(root / "etc"), "start-fg"]
        with _running(command, port, root / "postfix.out"):
            yield Mta(root, port)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _running(command: list[str], port: int, output: Path) -> Iterator[None]:
    with output.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            _until(lambda: _listens(port), 60, lambda: output.read_text(errors="replace"))
            yield
        finally:
            process.terminate()
            process.wait(60)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(there: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    ends = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < ends, why()
        time.sleep(0.1)


_IMAP = """
base_dir = {root}/dovecot
state_dir = {root}/dovecot-state
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{root}/mail/bounces
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = user=bounces password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/bounces
}}
"""
PASSWORD = "pässwort"


@contextmanager
def dovecot(mta: Mta) -> Iterator[str]:
    """Serve the mailbox for bounces by IMAP, without TLS on loopback; yield host and port."""
    port, nobody = free_port(), pwd.getpwnam("nobody")
    config = mta.root / "dovecot.conf"
    values = {"root": mta.root, "port": port, "password": PASSWORD, "uid": nobody.pw_uid, "gid": nobody.pw_gid}
    config.write_text(_IMAP.format(**values), encoding="utf-8")
    with _running(["dovecot", "-F", "-c", str(config)], port, mta.root / "dovecot.out"):
        yield f"127.0.0.1:{port}"
