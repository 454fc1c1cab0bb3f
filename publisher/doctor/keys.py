"""DKIM: the key of a selector, and the keys that Pressroom signs with itself (pure). Sources: RFC 6376, RFC 8463."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.doctor.finding import Finding, RecordState, tags_of, txt_record
from publisher.ports import Names


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that Pressroom signs with: `record` is the text of the TXT record that has to be there for it."""

    selector: str
    domain: str
    record: str


def key_of(domain: str, selector: str, names: Names) -> Finding:
    """Look at the key that somebody else signs with."""
    what = f"DKIM of {domain}"
    form = f'{selector or "SELECTOR"}._domainkey.{domain}. IN TXT "v=DKIM1; k=rsa; p=KEY"'
    if not selector:
        says = "cannot be found without its selector, which your mail server or provider has: --dkim-selector NAME"
        return Finding(what, RecordState.UNKNOWN, says, form)
    found = [text for text in names.texts(f"{selector}._domainkey.{domain}") if "p=" in text]
    if not found:
        return Finding(what, RecordState.MISSING, "no key; your mail server or provider signs, and has it", form)
    if len(found) > 1:
        return Finding(what, RecordState.WRONG, f"{len(found)} records, so none is sure to count; keep one", form)
    there = tags_of(found[0])
    if not there.get("p"):
        return Finding(what, RecordState.WRONG, "its key is empty, which revokes it; publish the present one", form)
    if "y" in there.get("t", "").split(":"):
        says = "t=y says that it is only a test, and receivers may ignore it; take t=y out"
        return Finding(what, RecordState.WRONG, says)
    return Finding(
        what, RecordState.FOUND, f"{selector} has a key; that mail is signed with it shows in a message that arrived"
    )


def own_key(own: OwnKey, names: Names) -> Finding:
    """Compare what is published with the key that Pressroom signs with."""
    at = f"{own.selector}._domainkey.{own.domain}"
    what, record = f"DKIM of {own.domain}, {own.selector}", txt_record(at, own.record)
    found = [text for text in names.texts(at) if "p=" in text]
    if not found:
        says = "no key, so what Pressroom signs with it counts for nothing; enter the record"
        return Finding(what, RecordState.MISSING, says, record)
    if len(found) > 1:
        return Finding(what, RecordState.WRONG, f"{len(found)} records, so none is sure to count; keep one", record)
    there, wanted = tags_of(found[0]), tags_of(own.record)
    if not there["p"]:
        says = "its key is empty, which revokes it; enter the record, or take the key out of the settings"
        return Finding(what, RecordState.WRONG, says, record)
    if (there.get("k", "rsa"), there["p"]) != (wanted["k"], wanted["p"]):
        says = "it has another key than the one that Pressroom signs with; enter the record"
        return Finding(what, RecordState.WRONG, says, record)
    if "y" in there.get("t", "").split(":"):
        says = "t=y says that it is only a test, and receivers may ignore it; enter the record"
        return Finding(what, RecordState.WRONG, says, record)
    return Finding(what, RecordState.FOUND, "it has the key that Pressroom signs with")
