"""The settings of DKIM: whether Pressroom signs, with which keys, for which domain, and all that may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from publisher.deliver.mime_text import wire_address
from publisher.doctor import OwnKey
from publisher.errors import Problem, SettingsError, Severity
from publisher.settings import PREFIX, Found

if TYPE_CHECKING:  # slow to import: only where mail is signed
    from publicsuffixlist import PublicSuffixList

    from publisher.adapters.dkim import DkimKey, DkimSigner

KEYS: Final = {"rsa": f"{PREFIX}DKIM_KEY", "ed25519": f"{PREFIX}DKIM_ED25519_KEY"}
SELECTORS: Final = {"rsa": f"{PREFIX}DKIM_SELECTOR", "ed25519": f"{PREFIX}DKIM_ED25519_SELECTOR"}
DOMAIN: Final = f"{PREFIX}DKIM_DOMAIN"
_CALLED: Final = {"rsa": "RSA", "ed25519": "Ed25519"}


def signer_of(given: Mapping[str, Found], sender: str) -> DkimSigner | None:
    """Return what signs the mail of a sender's address; None without a key. Raises SettingsError."""
    if not any(name in given for name in KEYS.values()):
        return None
    refuse(given, sender)
    from publisher.adapters.dkim import DkimSigner, Signing

    keys = [
        Signing(_read(given[name].value), given[SELECTORS[kind]].value.lower())
        for kind, name in KEYS.items()
        if name in given
    ]
    return DkimSigner(domain_of(given[DOMAIN].value if DOMAIN in given else None, sender), tuple(keys))


def own_keys(signer: DkimSigner | None) -> list[OwnKey]:
    """Return the keys that mail is signed with, with their records; none where the mail server or the provider signs."""
    return [OwnKey(each.selector, signer.domain, each.key.text) for each in signer.keys] if signer else []


def refuse(given: Mapping[str, Found], sender: str = "") -> None:
    """Raise SettingsError if mail cannot be signed as the settings say; of a sender's address, if that is given."""
    found = [*problems(given), *(misaligned(given, sender) if sender else ())]
    if wrong := [one for one in found if one.severity is Severity.ERROR]:
        raise SettingsError(wrong)


def problems(given: Mapping[str, Found]) -> Iterator[Problem]:
    """Yield what is wrong with keys and selectors; a warning of what counts for nothing or is weak."""
    for kind, name in KEYS.items():
        key, selector = given.get(name), given.get(SELECTORS[kind])
        if key is not None:
            yield from _of_key(kind, key)
            if selector is None:
                yield key.problem(
                    f"it needs {SELECTORS[kind]}, which is not set; name the selector that the key's record has"
                )
        elif selector is not None:
            yield _warning(selector, f"nothing is signed with it, because {name} is not set; set that, or remove this")
    rsa, ed25519 = (given.get(name) for name in KEYS.values())
    if ed25519 is not None and rsa is None:
        yield ed25519.problem(
            f"many receivers cannot check Ed25519 alone; set {KEYS['rsa']}, too: pressroom dkim new makes a key"
        )
    elif rsa is None and DOMAIN in given:
        yield _warning(
            given[DOMAIN], f"nothing is signed for it, because {KEYS['rsa']} is not set; set that, or remove this"
        )
    first, second = (given.get(name) for name in SELECTORS.values())
    if first and second and first.value.lower() == second.value.lower():
        yield second.problem(
            "it is also the selector of the RSA key, and a record holds one key; publish each under its own"
        )


def misaligned(given: Mapping[str, Found], sender: str) -> Iterator[Problem]:
    """Yield that receivers would not count signatures for that domain as the sender's (RFC 9989: DMARC's alignment)."""
    domain = given.get(DOMAIN)
    of_sender = domain_of(None, sender)
    if domain is not None and _organization(domain.value.lower()) != _organization(of_sender):
        yield domain.problem(
            f"signatures for {domain.value} count for nothing in mail from {of_sender}; write that domain or remove the setting"
        )


def domain_of(domain: str | None, sender: str) -> str:
    """Return the domain that signatures are for, as DNS has it: that of the setting, or else of the sender's address."""
    return (domain or wire_address(sender).rpartition("@")[2]).lower()


def _of_key(kind: str, found: Found) -> Iterator[Problem]:
    from publisher.adapters.dkim import LEAST_BITS, MOST_BITS, RSA_BITS

    try:
        key = _read(found.value)
    except ValueError as error:
        yield found.problem(str(error))
        return
    if key.kind != kind:
        yield found.problem(f"it is a key for {_CALLED[key.kind]}; give it as {KEYS[key.kind]}")
    elif kind == "rsa" and not LEAST_BITS <= key.bits <= MOST_BITS:
        yield found.problem(
            f"receivers refuse RSA keys of {key.bits} bits; make one of {RSA_BITS} bits with `pressroom dkim new`"
        )
    elif kind == "rsa" and key.bits < RSA_BITS:
        yield _warning(
            found,
            f"an RSA key of {key.bits} bits is weak, and receivers may come to refuse it; make one of {RSA_BITS} bits with "
            "`pressroom dkim new`",
        )


@lru_cache(4)
def _read(text: str) -> DkimKey:
    from publisher.adapters.dkim import read_key

    return read_key(text)


def _warning(found: Found, message: str) -> Problem:
    return replace(found.problem(message), severity=Severity.WARNING)


def _organization(domain: str) -> str:
    """Return the domain that somebody registered, which DMARC compares (relaxed)."""
    return str(_suffixes().privatesuffix(domain) or domain)


@lru_cache(1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
