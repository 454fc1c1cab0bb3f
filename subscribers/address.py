"""Addresses: as the reader wrote them, for delivery; and in canonical form, to recognise the same mailbox."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata

from plaintext import BREAKING
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.immutable import dataclass

NAME_LENGTH = 200
"""The longest name that is kept, in characters."""

LONGEST = 1_000
"""Longer input, in characters, is refused without parsing; an address has at most 254 octets."""

LOCAL_PART_OCTETS = 64
"""RFC 5321 4.5.3.1.1."""

_PLAIN = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
"""A local part as nearly all are."""
_PLAIN_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+(?!arpa\Z|invalid\Z|local\Z|localhost\Z|onion\Z|test\Z)[a-z]{2,63}",
    re.ASCII,
)
_LENGTHS = range(6, 255)
"""The octets of an address."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox. Mail is sent to `written`; two addresses with equal `canonical` are the same mailbox."""

    written: str
    canonical: str

    @property
    def domain(self) -> str:
        """The domain as A-labels, for budgets."""
        return self.canonical.rpartition("@")[2]


def parse_address(text: str) -> Address:
    """Parse an address that a person typed, ignoring white space around it.

    The local part is kept as written (NFC), because a server may distinguish Ada@ from ada@; the domain is lower-cased.

    >>> parse_address(" Ada.Lovelace@Example.COM ")
    Address(written='Ada.Lovelace@example.com', canonical='ada.lovelace@example.com')

    Raises InvalidAddress. The network is not used: only mailing an address shows whether its domain accepts mail.
    """
    if len(text) > LONGEST:
        raise InvalidAddress(text, "it is too long")
    text = text.strip()
    local_part, _, domain = text.rpartition("@")
    domain = domain.lower()
    plain = f"{local_part}@{domain}"
    # Nearly every address of a list; 30 times faster than parsing it in full.
    if len(plain) in _LENGTHS and _PLAIN.fullmatch(local_part) and _is_plain_domain(domain):
        return Address(plain, plain.lower())
    if BREAKING.search(text):
        raise InvalidAddress(text, "it contains a control character or a line break")
    from email_validator import EmailNotValidError, validate_email  # slow to import, and hardly ever needed

    try:
        read = validate_email(text, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError) as error:
        raise InvalidAddress(text, str(error)) from None
    if len(read.local_part.encode()) > LOCAL_PART_OCTETS:  # the library does not check this
        raise InvalidAddress(text, f"the part before the @-sign is longer than {LOCAL_PART_OCTETS} octets")
    written = f"{unicodedata.normalize('NFC', read.local_part)}@{read.domain.lower()}"
    return Address(written, f"{_fold(read.local_part)}@{read.ascii_domain.lower()}")


@functools.lru_cache(maxsize=1 << 14)
def _is_plain_domain(domain: str) -> bool:
    return _PLAIN_DOMAIN.fullmatch(domain) is not None


def canonical(address: str) -> str:
    """Return the key under which an address is stored and suppressed: equal keys mean the same mailbox.

    Upper and lower case and different encodings of the same Unicode text do not matter; an international domain becomes
    A-labels.

    >>> canonical("Jörg@Bücher.example.com")
    'jörg@xn--bcher-kva.example.com'

    Raises InvalidAddress.
    """
    return parse_address(address).canonical


HASHED = "sha256:"
"""Begins the key of an address of which only the digest is known."""


def hashed(canonical: str) -> str:
    """Return the key under which an address is suppressed if only its digest is known.

    >>> hashed("ada@example.com")[:20]
    'sha256:b5fc85e55755f'
    """
    return HASHED + hashlib.sha256(canonical.encode()).hexdigest()


def parse_hashed(digest: str) -> Address:
    """Read the SHA-256 of a canonical address, in hexadecimal. Raises InvalidAddress."""
    if not re.fullmatch("[0-9a-f]{64}", digest.lower()):
        raise InvalidAddress(digest, "it is not a SHA-256, which has 64 hexadecimal digits")
    return Address("", HASHED + digest.lower())


def parse_name(text: str) -> str:
    """Return a reader's name without white space around it; it may be empty.

    Raises InvalidName for a name that is too long, or that could end a header line or hide in one (CVE-2024-6923,
    CVE-2026-1299).
    """
    name = text.strip()
    if len(name) > NAME_LENGTH:
        raise InvalidName(f"is longer than {NAME_LENGTH} characters")
    if name.isascii() and name.isprintable():
        return name  # quickly, of most names
    if BREAKING.search(name):
        raise InvalidName("contains a control character or a line break")
    return unicodedata.normalize("NFC", name)


def domain_of(address: str) -> str:
    """Return the domain of an address, as A-labels if possible."""
    import idna

    domain = address.rpartition("@")[2].lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # idna's own errors are among them
        return domain


def _fold(local_part: str) -> str:
    """Fold for canonical caseless matching (Unicode 3.13, D145), then compose, so that stored keys are short."""
    folded = unicodedata.normalize("NFD", local_part).casefold()
    return unicodedata.normalize("NFC", folded)
