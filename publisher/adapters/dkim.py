"""Keys for DKIM, and the signatures that they make: RSA (RFC 6376, 8301) and Ed25519 beside it (RFC 8463)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from publisher.adapters.permissions import PRIVATE_FILE
from publisher.deliver import signing
from publisher.errors import OutsideError, Refused
from publisher.ports import Envelope

RSA_BITS: Final = 2048
LEAST_BITS, MOST_BITS = 1024, 4096  # RFC 8301 3.2: verifiers need not take others
_PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"


@dataclass(frozen=True)
class DkimKey:
    """A private key."""

    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def kind(self) -> str:
        """What the record of the public key calls it (k=)."""
        return "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"

    @property
    def bits(self) -> int:
        return self.private.key_size if isinstance(self.private, RSAPrivateKey) else 256

    def sign(self, octets: bytes) -> bytes:
        """Return a signature; of Ed25519, one of the octets' SHA-256 (RFC 8463 3). Threads can do this side by side."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(octets).digest())

    @cached_property
    def public(self) -> str:
        """The public key as the record has it (p=): of Ed25519, its 32 octets alone (RFC 8463 4)."""
        public, encoding = self.private.public_key(), serialization.Encoding
        if isinstance(self.private, RSAPrivateKey):
            octets = public.public_bytes(encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            octets = public.public_bytes(encoding.Raw, serialization.PublicFormat.Raw)
        return base64.b64encode(octets).decode("ascii")

    @property
    def text(self) -> str:
        """The value of the TXT record to publish."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"

    @property
    def pem(self) -> bytes:
        """The private key as PKCS #8."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def new_key(kind: str) -> DkimKey:
    """Make a key: `rsa` or `ed25519`."""
    return DkimKey(generate_private_key(65537, RSA_BITS) if kind == "rsa" else Ed25519PrivateKey.generate())


def write_key(path: Path, key: DkimKey) -> None:
    """Write a key for its owner alone. Raises Refused when something is there, and OutsideError."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE)
    except FileExistsError:
        raise Refused(
            f"{path} is there, and a key is never written over; name another file, or another selector"
        ) from None
    except OSError as error:
        raise OutsideError(f"{path} cannot be written ({error.strerror}); name another file") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()
        raise OutsideError(f"{path} cannot be written ({error.strerror}); free some space, then try again") from None


def read_key(text: str) -> DkimKey:
    r"""Read a private key: PEM, its lines divided by `\n` too, or the base64 between its first and last line.

    Raises ValueError, whose words are a sentence and repeat nothing of the key.
    """
    text = text.replace("\\n", "\n").strip()
    if not text.startswith("-----BEGIN "):
        try:
            base64.b64decode(re.sub(r"\s", "", text), validate=True)
        except binascii.Error:
            raise ValueError("it is no private key; make one with `pressroom dkim new`") from None
        text = _PEM.format(text)
    try:
        private = serialization.load_pem_private_key(text.encode("utf-8"), None)
    except TypeError:
        raise ValueError("the key has a password; write it without one, for its owner alone") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("it is no private key; make one with `pressroom dkim new`") from None
    match private:
        case RSAPrivateKey() | Ed25519PrivateKey():
            return DkimKey(private)
    raise ValueError("the key is neither RSA nor Ed25519, and DKIM knows no other; make one with `pressroom dkim new`")


@dataclass(frozen=True)
class Signing:
    """One key and the name that receivers find its record by."""

    key: DkimKey
    selector: str

    @property
    def algorithm(self) -> str:
        return f"{self.key.kind}-sha256"


@dataclass(frozen=True)
class DkimSigner:
    """Fulfils ports.Signer: one signature for each key, in their order, for one domain (as A-labels)."""

    domain: str
    keys: Sequence[Signing]

    def sign(self, envelope: Envelope, now: dt.datetime) -> Envelope:
        message = envelope.message
        body_hash = envelope.body_hash or signing.body_hash(message.partition(b"\r\n\r\n")[2])
        covers = signing.covered(signing.header_fields(message), body_hash)
        made = b"".join(self._signature(each, covers, int(now.timestamp())) for each in self.keys)
        return replace(envelope, message=made + message)

    def _signature(self, by: Signing, covers: signing.Covered, moment: int) -> bytes:
        unsigned = signing.unsigned(
            covers, algorithm=by.algorithm, domain=self.domain, selector=by.selector, moment=moment
        )
        return signing.signed(unsigned, by.key.sign(signing.to_sign(covers, unsigned)))
