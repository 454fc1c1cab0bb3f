"""SPF with the limits at which receivers give up, DMARC by its tree walk, alignment, reverse DNS."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from publisher.doctor import Finding, RecordState, aligned
from publisher.doctor.dmarc import dmarc, walk
from publisher.doctor.servers import mx, reverse
from publisher.doctor.spf import BrokenRecord, Evaluation, spf

OUR = "notes.dev"
FOUND, WEAK, MISSING, WRONG = RecordState.FOUND, RecordState.WEAK, RecordState.MISSING, RecordState.WRONG


@dataclass
class Names:
    """Fulfils ports.Names with what is in its tables."""

    txt: Mapping[str, Sequence[str]] = field(default_factory=dict)
    a: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mx: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ptr: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def texts(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        return self.txt.get(name, [])

    def mail_servers(self, name: str) -> Sequence[str]:
        return self.mx.get(name, [])

    def addresses(self, name: str) -> Sequence[str]:
        return self.a.get(name, [])

    def hosts(self, address: str) -> Sequence[str]:
        return self.ptr.get(address, [])


RICH = Names(
    txt={
        OUR: ["v=spf1 ip4:192.0.2.0/28 a:mail.dev//64 mx include:_spf.host.dev -all"],
        "_spf.host.dev": ["v=spf1 ip6:2001:db8:1::/48 -ip4:203.0.113.9 include:_more.host.dev ~all"],
        "_more.host.dev": ["v=spf1 ip4:203.0.113.0/24 -all"],
        "moved.dev": [f"V=SPF1 redirect={OUR}"],
    },
    a={"mail.dev": ["198.51.100.1", "2001:db8:2::1"], "mx.dev": ["198.51.100.2"]}, mx={OUR: ["mx.dev"]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("192.0.2.15", "pass"), ("192.0.2.16", "fail"), ("198.51.100.1", "pass"), ("198.51.100.2", "pass"),
        ("198.51.100.3", "fail"), ("2001:db8:2::ffff", "pass"), ("2001:db8:2:1::1", "fail"), ("2001:db8:1:7::1", "pass"),
        ("203.0.113.8", "pass"), ("203.0.113.9", "fail"),
    ],
)  # fmt: skip
def test_spf_is_evaluated_as_receivers_do(address: str, result: str) -> None:
    for domain in (OUR, "moved.dev"):
        assert Evaluation(RICH, ipaddress.ip_address(address)).result(domain) == result


def chain(length: int) -> Names:
    """Return a zone whose record includes `length` others, one after the other."""
    texts = {f"i{step}.dev": [f"v=spf1 include:i{step + 1}.dev -all"] for step in range(1, length)}
    return Names(txt={OUR: ["v=spf1 include:i1.dev -all"], f"i{length}.dev": ["v=spf1 ip4:192.0.2.7 -all"]} | texts)


def test_ten_look_ups_are_allowed_and_the_eleventh_is_where_receivers_stop() -> None:
    ten, eleven = (spf(OUR, "mail.dev", [], chain(length)) for length in (10, 11))
    assert (ten.state, eleven.state) == (FOUND, WRONG)
    assert "10 of 10 look-ups" in ten.says
    assert eleven.says.startswith("it takes more than 10 look-ups, and receivers stop at «include:i11.dev»")
    circle = Names(txt={OUR: [f"v=spf1 include:{OUR} -all"]})
    assert spf(OUR, "mail.dev", [], circle).says.startswith("it takes more than 10 look-ups")


def test_two_names_that_lead_nowhere_are_allowed_and_named_and_the_third_ends_it() -> None:
    zone = Names(txt={OUR: ["v=spf1 a:x.dev a:y.dev -all"]})
    found = spf(OUR, "mail.dev", [], zone)
    assert (found.state, found.says.partition(",")[0]) == (WEAK, "x.dev")
    zone = Names(txt={OUR: ["v=spf1 a:x.dev exists:y.dev mx:z.dev -all"]})
    found = spf(OUR, "mail.dev", [], zone)
    assert (found.state, found.says.partition(";")[0]) == (
        WRONG, "more than 2 of its names lead nowhere (x.dev, y.dev, z.dev), where receivers stop",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "state", "says"),
    [
        ("v=spf1 ip4:192.0.2.300 -all", WRONG, "«ip4:192.0.2.300» is no network"),
        ("v=spf1 ip4:2001:db8::1 -all", WRONG, "«ip4:2001:db8::1» is no network"),
        ("v=spf1 ipv4:192.0.2.7 -all", WRONG, "notes.dev has «ipv4», which is no mechanism of SPF"),
        ("v=spf1 include -all", WRONG, "notes.dev has «include» without a domain"),
        ("v=spf1 include:none.dev -all", WRONG, "notes.dev includes none.dev, which has no record of SPF"),
        ("v=spf1 redirect=none.dev", WRONG, "notes.dev sends receivers on to none.dev"),
        ("v=spf1 include:two.dev -all", WRONG, "two.dev has 2 records of SPF, so none counts"),
        ("v=spf1 mx:many.dev -all", WRONG, "mx of many.dev has 11 servers"),
        ("v=spf1 ; -all", WRONG, "notes.dev has «;», which is no term of SPF"),
        ("v=spf1 ptr -all", WEAK, "ptr is obsolete"),
        ("v=spf1 ip4:192.0.2.7", WEAK, "it says nothing of all others"),
        ("v=spf1 ip4:192.0.2.7 ?all", WEAK, "it says nothing of all others"),
        ("v=spf1 exists:%{i}.ok.dev -all", FOUND, "v=spf1 exists"),
        ("v=spf1 ip4:192.0.2.7 exp=why.dev x=1 ~all", FOUND, "v=spf1 ip4"),
    ],
)  # fmt: skip
def test_what_makes_receivers_give_up_is_named(record: str, state: RecordState, says: str) -> None:
    zone = Names(
        txt={OUR: [record], "two.dev": ["v=spf1 -all"] * 2}, mx={"many.dev": [f"m{one}.dev" for one in range(11)]}
    )
    found = spf(OUR, "mail.dev", [], zone)
    assert (found.state, found.says[: len(says)]) == (state, says)


def test_an_address_that_mail_leaves_from_has_to_be_allowed() -> None:
    zone = Names(txt={OUR: ["v=spf1 ip4:192.0.2.7 -all"]})
    assert spf(OUR, "", ["192.0.2.7"], zone).state is FOUND
    outside = spf(OUR, "", ["192.0.2.7", "2001:db8::7"], zone)
    assert (outside.state, outside.record) == (
        WRONG, f'{OUR}. IN TXT "v=spf1 ip6:2001:db8::7 ip4:192.0.2.7 -all"',
    )  # fmt: skip
    assert spf(OUR, "", ["192.0.2.7"], Names()).record == f'{OUR}. IN TXT "v=spf1 ip4:192.0.2.7 ~all"'
    depends = Names(txt={OUR: ["v=spf1 exists:%{i}.ok.dev -all"]})
    assert spf(OUR, "", ["192.0.2.7"], depends).state is FOUND, "what depends on the message cannot be told here"


def test_a_record_that_receivers_give_up_at_raises_what_they_stumble_over() -> None:
    with pytest.raises(BrokenRecord, match=r"two\.dev has 2 records"):
        Evaluation(Names(txt={"two.dev": ["v=spf1 -all", "v=spf1 +all"]})).result("two.dev")


LONG = "a.b.c.d.e.f.g.h.i.j.mail.notes.dev"


def test_a_walk_asks_eight_names_at_most_and_up_to_the_top() -> None:
    zone = Names()
    walk(LONG, zone)
    assert zone.asked == [
        f"_dmarc.{name}"
        for name in (
            LONG, "g.h.i.j.mail.notes.dev", "h.i.j.mail.notes.dev", "i.j.mail.notes.dev", "j.mail.notes.dev",
            "mail.notes.dev", "notes.dev", "dev",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "organization", "policy_of"),
    [
        ({}, "x.mail.notes.dev", None),
        ({"notes.dev": ""}, "notes.dev", "notes.dev"),
        ({"notes.dev": "", "mail.notes.dev": ""}, "notes.dev", "notes.dev"),
        ({"notes.dev": "", "x.mail.notes.dev": ""}, "notes.dev", "x.mail.notes.dev"),
        ({"notes.dev": "", "mail.notes.dev": "; psd=n"}, "mail.notes.dev", "mail.notes.dev"),
        ({"dev": "; psd=y"}, "notes.dev", "dev"),
        ({"dev": "; psd=y", "notes.dev": ""}, "notes.dev", "notes.dev"),
        ({"dev": "", "notes.dev": "; psd=u"}, "dev", "dev"),
        ({"x.mail.notes.dev": "; psd=y", "notes.dev": ""}, "x.mail.notes.dev", "x.mail.notes.dev"),
    ],
)  # fmt: skip
def test_organization_and_policy_are_found_by_the_tree_walk(
    records: dict[str, str], organization: str, policy_of: str | None
) -> None:
    found = walk(
        "x.mail.notes.dev", Names(txt={f"_dmarc.{at}": [f"v=DMARC1; p=reject{more}"] for at, more in records.items()})
    )
    assert found.organization == organization
    assert (found.policy.domain if found.policy else None) == policy_of


def test_several_records_count_as_none_and_the_walk_goes_on() -> None:
    zone = Names(
        txt={"_dmarc.mail.notes.dev": ["v=DMARC1; p=none"] * 2, "_dmarc.notes.dev": ["v=DMARC1; p=reject", "other"]}
    )
    found = walk("mail.notes.dev", zone)
    assert (found.several, found.organization) == (("mail.notes.dev",), "notes.dev")
    assert dmarc("mail.notes.dev", "ed@notes.dev", zone).state is WRONG


@pytest.mark.parametrize(
    ("record", "state", "says", "enter"),
    [
        ("v=DMARC1; p=reject; rua=mailto:ed@notes.dev", FOUND, "v=DMARC1", ""),
        ("v=DMARC1;p=reject;pct=50;ri=3600", WEAK, "pct, ri: removed by RFC 9989", '_dmarc.notes.dev. IN TXT "v=DMARC1; p=reject"'),
        ("v=DMARC1; rua=mailto:ed@notes.dev", WEAK, "it has no valid p=, which counts as p=none", '_dmarc.notes.dev. IN TXT "v=DMARC1; p=none; rua=mailto:ed@notes.dev"'),
        ("v=DMARC1; p=strict", WRONG, "it has no valid p= and no rua=", '_dmarc.notes.dev. IN TXT "v=DMARC1; p=none"'),
        ("v=DMARC1; p=none; rua=mailto:x@reports.dev!10m", WEAK, "reports.dev does not say", 'notes.dev._report._dmarc.reports.dev. IN TXT "v=DMARC1"'),
        ("v=DMARC1; p=none; rua=mailto:x@taking.dev", FOUND, "v=DMARC1", ""),
        ("v=DMARC10; p=none", MISSING, "no policy", '_dmarc.notes.dev. IN TXT "v=DMARC1; p=none; rua=mailto:ed@notes.dev"'),
    ],
)  # fmt: skip
def test_a_policy_is_judged_by_rfc_9989(record: str, state: RecordState, says: str, enter: str) -> None:
    found = dmarc(
        OUR, "ed@notes.dev", Names(txt={f"_dmarc.{OUR}": [record], f"{OUR}._report._dmarc.taking.dev": ["v=DMARC1"]})
    )
    assert (found.state, found.says[: len(says)], found.record) == (state, says, enter)


def alignment(returned: str, signing: Sequence[str], policy: str = "v=DMARC1; p=none") -> Finding:
    return aligned("mail.notes.dev", returned, signing, Names(txt={"_dmarc.notes.dev": [policy]}))


def test_alignment_is_by_organization_unless_the_policy_is_strict() -> None:
    assert alignment("bounces.notes.dev", ["notes.dev"]).says == "by SPF (bounces.notes.dev) and by DKIM (notes.dev)"
    assert alignment("bounces.notes.dev", []).state is FOUND
    strict = "v=DMARC1; p=none; aspf=s; adkim=s"
    assert alignment("bounces.notes.dev", ["mail.notes.dev"], strict).says.startswith("by DKIM alone (mail.notes.dev)")
    assert alignment("mail.notes.dev", ["notes.dev"], strict).says.startswith("by SPF alone")
    assert alignment("bounces.notes.dev", ["notes.dev"], strict).state is WRONG
    assert alignment("bounces.host.dev", ["host.dev"]).state is WRONG
    assert alignment("bounces.host.dev", []).state is WEAK


def test_reverse_dns_has_to_lead_back() -> None:
    zone = Names(a={"mail.dev": ["192.0.2.7"]}, ptr={"192.0.2.7": ["mail.dev"], "192.0.2.8": ["mail.dev"]})
    assert reverse("192.0.2.7", zone).state is FOUND
    assert (reverse("192.0.2.8", zone).state, reverse("192.0.2.8", zone).record) == (WRONG, "mail.dev. IN A 192.0.2.8")
    assert reverse("192.0.2.9", zone).state is MISSING


def test_a_mail_server_needs_an_address() -> None:
    zone = Names(mx={OUR: ["mx1.dev", "mx2.dev"]})
    assert mx(OUR, "", zone).state is WRONG
    zone = Names(mx={OUR: ["mx1.dev", "mx2.dev"]}, a={"mx2.dev": ["192.0.2.7"]})
    assert (mx(OUR, "", zone).state, mx(OUR, "", zone).says[:7]) == (WEAK, "mx1.dev")
