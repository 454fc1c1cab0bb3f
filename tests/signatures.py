"""Keys for tests, and what programs of others say of the signatures that they make: dkimpy and OpenDKIM."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import dkim

from publisher.adapters.dkim import DkimKey, DkimSigner, Signing, new_key

DOMAIN = "notes.example.com"
SELECTORS = {"rsa": "s1", "ed25519": "e1"}


@cache
def key(kind: str) -> DkimKey:
    return new_key(kind)


def signer(*kinds: str) -> DkimSigner:
    return DkimSigner(DOMAIN, tuple(Signing(key(kind), SELECTORS[kind]) for kind in kinds or SELECTORS))


def variables() -> dict[str, str]:
    """Return the environment of a process that signs by both keys."""
    return {
        "PRESSROOM_DKIM_KEY": key("rsa").pem.decode(), "PRESSROOM_DKIM_SELECTOR": SELECTORS["rsa"],
        "PRESSROOM_DKIM_ED25519_KEY": key("ed25519").pem.decode(), "PRESSROOM_DKIM_ED25519_SELECTOR": SELECTORS["ed25519"],
    }  # fmt: skip


def zone() -> dict[str, str]:
    """Return the records that are published."""
    return {f"{name}._domainkey.{DOMAIN}": key(kind).text for kind, name in SELECTORS.items()}


def by_dkimpy(message: bytes) -> list[tuple[str, bool]]:
    """Return each signature's algorithm, and whether dkimpy finds that it is right."""

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        text = zone().get(name.decode("ascii").rstrip("."))
        return text.encode("ascii") if text else None

    found = []
    for index, algorithm in enumerate(re.findall(rb"^DKIM-Signature: .*?\ba=([a-z0-9-]+)", message, re.MULTILINE)):
        try:
            right = dkim.DKIM(message).verify(idx=index, dnsfunc=record)
        except dkim.DKIMException:
            right = False
        found.append((algorithm.decode("ascii"), right))
    return found


BOTH = [("rsa-sha256", True), ("ed25519-sha256", True)]


def by_opendkim(message: bytes, folder: Path) -> list[tuple[str, bool]]:
    """Return the same as OpenDKIM finds it, in its Authentication-Results."""
    program = shutil.which("opendkim", path="/usr/sbin:/usr/bin")
    assert program, "tools/setup dev installs OpenDKIM"
    folder.mkdir(exist_ok=True)
    (folder / "keys").write_text("".join(f"{name} {text}\n" for name, text in zone().items()))
    (folder / "conf").write_text(f"Mode v\nTestPublicKeys {folder}/keys\nAlwaysAddARHeader yes\n")
    (folder / "mail").write_bytes(message)
    command = [program, "-x", str(folder / "conf"), "-t", str(folder / "mail"), "-vvv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return [(a, said == "pass") for said, a in re.findall(r"\bdkim=(\w+) .*?header\.a=(\S+)", done.stdout)]
