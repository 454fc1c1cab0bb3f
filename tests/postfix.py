"""A real Postfix on loopback, which relays everything to one port; it needs root, as Postfix does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.free_ports import free_port

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.com
mydestination =
local_transport = error:nobody lives here
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
disable_dns_lookups = yes
relayhost = [127.0.0.1]:{relay}
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path, relay: int) -> Iterator[int]:
    """Run Postfix in a folder that its user can enter; return the port that it takes mail at."""
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root only")
    program = shutil.which("postfix", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "tools/setup dev installs Postfix"
    port = free_port()
    settings = folder / "etc"
    for made in (settings, folder / "queue", folder / "log", folder / "data"):
        made.mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    (settings / "main.cf").write_text(_MAIN.format(folder=folder, relay=relay))
    (settings / "master.cf").write_text(_MASTER.format(port=port))

    def run(verb: str) -> None:
        subprocess.run([program, "-c", str(settings), verb], check=True, capture_output=True, timeout=60)

    run("start")
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        run("stop")
