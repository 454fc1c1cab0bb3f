"""What receivers look up: what is there, what is wrong, and the records to enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from publisher.doctor import Finding, OwnKey, RecordState, look_up, txt_record
from publisher.errors import NameServerSilent
from publisher.left_to_do import left_to_do
from tests import signatures
from tests.publication import publication

OURS = publication(
    base_url="https://news.pressroom.dev", postal_address="Hauptstraße 5", list_id="weekly.pressroom.dev",
    sender={"name": "Notes", "address": "notes@post.pressroom.dev"}, editor=[{"name": "Robin", "address": "robin@pressroom.dev"}],
)  # fmt: skip
GOOD = {
    "post.pressroom.dev": ["v=spf1 a:mail.pressroom.dev -all", "something else"],
    "k1._domainkey.post.pressroom.dev": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.post.pressroom.dev": ["v=DMARC1; p=quarantine"],
}


@dataclass
class Zone:
    """Names with what they have; the rest is not there."""

    txt: dict[str, list[str]] = field(default_factory=lambda: dict(GOOD))
    mx: Sequence[str] = ("mail.pressroom.dev",)
    a: Sequence[str] = ("192.0.2.7",)

    def texts(self, name: str) -> Sequence[str]:
        return self.txt.get(name, [])

    def mail_servers(self, name: str) -> Sequence[str]:
        return list(self.mx)

    def addresses(self, name: str) -> Sequence[str]:
        return self.a


def look(zone: Zone, selector: str = "k1") -> dict[str, Finding]:
    return {one.what.split()[0]: one for one in look_up(OURS, "mail.pressroom.dev", selector, zone)}


def test_a_sender_with_all_records_has_nothing_left() -> None:
    found = look(Zone())
    assert {one.state for one in found.values()} == {RecordState.FOUND}
    assert list(found) == ["SPF", "DKIM", "DMARC", "MX", "web"]
    left = list(left_to_do(OURS, "smtp://mail.pressroom.dev", list(found.values())))
    assert not [sentence for sentence in left if "enter:" in sentence]


@pytest.mark.parametrize(
    ("zone", "what", "state", "record"),
    [
        (Zone(txt={}), "SPF", RecordState.MISSING, 'post.pressroom.dev. IN TXT "v=spf1 a:mail.pressroom.dev ~all"'),
        (Zone(txt={"post.pressroom.dev": ["v=spf1 -all", "v=spf1 mx -all"]}), "SPF", RecordState.WRONG, ""),
        (Zone(txt={"post.pressroom.dev": ["v=spf1 +all"]}), "SPF", RecordState.WRONG, 'post.pressroom.dev. IN TXT "v=spf1 a:mail.pressroom.dev ~all"'),
        (Zone(txt={"post.pressroom.dev": ["v=spf10 mx"]}), "SPF", RecordState.MISSING, 'post.pressroom.dev. IN TXT "v=spf1 a:mail.pressroom.dev ~all"'),
        (Zone(txt={}), "DKIM", RecordState.MISSING, 'k1._domainkey.post.pressroom.dev. IN TXT "v=DKIM1; k=rsa; p=KEY"'),
        (Zone(txt={"k1._domainkey.post.pressroom.dev": ["v=DKIM1; p="]}), "DKIM", RecordState.WRONG, 'k1._domainkey.post.pressroom.dev. IN TXT "v=DKIM1; k=rsa; p=KEY"'),
        (Zone(txt={}), "DMARC", RecordState.MISSING, '_dmarc.post.pressroom.dev. IN TXT "v=DMARC1; p=none; rua=mailto:robin@pressroom.dev"'),
        (Zone(txt={"_dmarc.pressroom.dev": ["v=DMARC1; p=none"]}), "DMARC", RecordState.FOUND, ""),
        (Zone(txt={"_dmarc.post.pressroom.dev": ["v=DMARC1; p=none"] * 2}), "DMARC", RecordState.WRONG, ""),
        (Zone(mx=["."]), "MX", RecordState.WRONG, ""),
        (Zone(mx=[]), "MX", RecordState.FOUND, ""),
        (Zone(mx=[], a=[]), "MX", RecordState.MISSING, "post.pressroom.dev. IN MX 10 mail.pressroom.dev."),
        (Zone(a=[]), "web", RecordState.MISSING, "news.pressroom.dev. IN A ADDRESS-OF-YOUR-SERVER"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_with_the_record_to_enter(
    zone: Zone, what: str, state: RecordState, record: str
) -> None:
    found = look(zone)[what]
    assert (found.state, found.record) == (state, record)
    left = "\n".join(left_to_do(OURS, "", [found]))
    assert (f"enter: {record}" in left) == bool(record)


def test_without_a_selector_nobody_can_find_the_key() -> None:
    found = look(Zone(), selector="")["DKIM"]
    assert found.state is RecordState.UNKNOWN
    assert "--dkim-selector" in found.says


def test_silence_and_examples_are_neither_there_nor_missing() -> None:
    class Silent(Zone):
        def texts(self, name: str) -> Sequence[str]:
            raise NameServerSilent("no name server answered within 4 seconds")

    found = look(Silent())
    assert {what: one.state for what, one in found.items()} == {
        "SPF": RecordState.UNKNOWN, "DKIM": RecordState.UNKNOWN, "DMARC": RecordState.UNKNOWN, "MX": RecordState.FOUND, "web": RecordState.FOUND,
    }  # fmt: skip
    assert "no name server answered within 4 seconds" in found["SPF"].says
    left = "\n".join(left_to_do(OURS, "", list(found.values())))
    assert "SPF of post.pressroom.dev: no name server answered" in left
    assert list(look_up(publication(), "", "", Zone())) == [], "nobody can look an example up"


OWN = [
    OwnKey("s1", "post.pressroom.dev", signatures.key("rsa").text),
    OwnKey("e1", "pressroom.dev", signatures.key("ed25519").text),
]
AT_S1, AT_E1 = "s1._domainkey.post.pressroom.dev", "e1._domainkey.pressroom.dev"
THERE = {AT_S1: [OWN[0].record], AT_E1: [OWN[1].record]}


def of_own_keys(texts: dict[str, list[str]], selector: str = "") -> list[Finding]:
    found = look_up(OURS, "mail.pressroom.dev", selector, Zone(txt=GOOD | texts), OWN)
    return [one for one in found if one.what.startswith("DKIM")]


def test_keys_of_our_own_are_looked_up_each_at_its_domain_and_another_beside_them_if_it_is_named() -> None:
    assert [(one.what, one.state) for one in of_own_keys(THERE)] == [
        ("DKIM of post.pressroom.dev, s1", RecordState.FOUND), ("DKIM of pressroom.dev, e1", RecordState.FOUND),
    ]  # fmt: skip
    assert [one.what for one in of_own_keys(THERE, "k1")][2:] == ["DKIM of post.pressroom.dev"]


@pytest.mark.parametrize(
    ("published", "state", "says"),
    [
        ([], RecordState.MISSING, "no key"),
        ([f"v=DKIM1;k = rsa; p={OWN[0].record[18:100]} {OWN[0].record[100:]}; s=email"], RecordState.FOUND, "it has the key"),
        ([OWN[0].record.replace("k=rsa; ", "")], RecordState.FOUND, "it has the key"),
        ([OWN[1].record], RecordState.WRONG, "it has another key"),
        ([OWN[0].record.replace("k=rsa", "k=ed25519")], RecordState.WRONG, "it has another key"),
        ([OWN[0].record[:-9]], RecordState.WRONG, "it has another key"),
        (["v=DKIM1; p="], RecordState.WRONG, "its key is empty"),
        ([f"{OWN[0].record}; t=y:s"], RecordState.WRONG, "t=y says"),
        ([OWN[0].record] * 2, RecordState.WRONG, "2 records"),
    ],
)  # fmt: skip
def test_the_published_key_is_compared_with_the_one_that_signs(
    published: list[str], state: RecordState, says: str
) -> None:
    found = of_own_keys(THERE | {AT_S1: published})[0]
    assert (found.state, found.says[: len(says)]) == (state, says)
    assert found.record == ("" if state is RecordState.FOUND else txt_record(AT_S1, OWN[0].record))


def test_a_record_is_split_into_strings_that_dns_can_hold() -> None:
    strings = txt_record(AT_S1, OWN[0].record).split('"')[1::2]
    assert [len(one) <= 255 for one in strings] == [True, True]
    assert "".join(strings) == OWN[0].record
