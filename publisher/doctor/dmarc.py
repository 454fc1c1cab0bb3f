"""DMARC: the tree walk that finds a domain's policy and its organization, and alignment (pure). Source: RFC 9989 4.7 to 4.10."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publisher.doctor.finding import Finding, RecordState, domain_of, tags_of, txt_record
from publisher.ports import Names

LONGEST = 8
"""How many names one walk asks at most: longer ones lose their left labels down to seven."""
_GONE = ("pct", "rf", "ri")
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """A record, and the domain that it is of."""

    domain: str
    text: str

    @property
    def tags(self) -> dict[str, str]:
        return tags_of(self.text)

    @property
    def boundary(self) -> str:
        """`y`: registries register below it; `n`: this is an organization; empty: not said."""
        said = self.tags.get("psd", "").lower()
        return said if said in ("y", "n") else ""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found, from the domain itself upwards. `several` are the names that have more than one record."""

    domain: str
    policies: Sequence[Policy]
    several: Sequence[str] = ()

    @property
    def organization(self) -> str:
        """The organizational domain (4.10.2)."""
        for policy in self.policies:
            if policy.boundary == "n":
                return policy.domain
            if policy.boundary == "y" and policy.domain != self.domain:
                below = len(policy.domain.split(".")) + 1
                return ".".join(self.domain.split(".")[-below:])
        return self.policies[-1].domain if self.policies else self.domain

    @property
    def policy(self) -> Policy | None:
        """The record that counts: the domain's own, its organization's, or else that of the registry above (4.10.1)."""
        found = {policy.domain: policy for policy in self.policies}
        registry = next((policy for policy in self.policies if policy.boundary == "y"), None)
        return found.get(self.domain) or found.get(self.organization) or registry


def walk(domain: str, names: Names) -> Walk:
    """Walk up from a domain, to its top-level domain at most (4.10). Raises NameServerSilent."""
    policies: list[Policy] = []
    several: list[str] = []
    for at in _steps(domain):
        found = [text for text in names.texts(f"_dmarc.{at}") if _is_policy(text)]
        if len(found) > 1:
            several.append(at)
        if len(found) != 1:
            continue
        policies.append(Policy(at, found[0]))
        if policies[-1].boundary:
            break
    return Walk(domain, tuple(policies), tuple(several))


def _steps(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for count in range(min(len(labels), LONGEST) - 1, 0, -1):
        yield ".".join(labels[-count:])


def _is_policy(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|\Z)", text) is not None


def dmarc(domain: str, reports_to: str, names: Names) -> Finding:
    """Look at a domain's policy. `reports_to` is an address that is suggested for reports."""
    what, walked = f"DMARC of {domain}", walk(domain, names)
    if domain in walked.several:
        says = f"_dmarc.{domain} has several records, so none counts; keep one"
        return Finding(what, RecordState.WRONG, says)
    found = walked.policy
    if found is None:
        says = "no policy; begin with p=none, and change it to p=quarantine when the reports are clean"
        if walked.several:
            says = f"_dmarc.{walked.several[0]} has several records, so none counts; keep one"
            return Finding(what, RecordState.WRONG, says)
        return Finding(
            what, RecordState.MISSING, says, f'_dmarc.{domain}. IN TXT "v=DMARC1; p=none; rua=mailto:{reports_to}"'
        )
    shown = found.text if found.domain == domain else f"{found.text} (of {found.domain})"
    tags = found.tags
    if tags.get("p", "").lower() not in _POLICIES and "rua" not in tags:
        says = f"it has no valid p= and no rua=, so it counts for nothing; write p=none, quarantine or reject: {shown}"
        return Finding(what, RecordState.WRONG, says, _without(found, ["p"], "p=none"))
    if tags.get("p", "").lower() not in _POLICIES:
        says = f"it has no valid p=, which counts as p=none; enter the record: {shown}"
        return Finding(what, RecordState.WEAK, says, _without(found, ["p"], "p=none"))
    if gone := [tag for tag in _GONE if tag in tags]:
        says = (
            f"{', '.join(gone)}: removed by RFC 9989, and only some receivers still read it; enter the record: {shown}"
        )
        return Finding(what, RecordState.WEAK, says, _without(found, gone))
    if unwilling := _unwilling(walked, found, names):
        host = unwilling[0].partition("._report._dmarc.")[2]
        says = f"{host} does not say that it takes the reports, so none comes; it has to enter the record: {shown}"
        return Finding(what, RecordState.WEAK, says, f'{unwilling[0]}. IN TXT "v=DMARC1"')
    return Finding(what, RecordState.FOUND, shown)


def _without(policy: Policy, gone: Sequence[str], instead: str = "") -> str:
    """Return a record without some tags, with another one behind the version."""
    kept = [f"{name}={value}" for name, value in policy.tags.items() if name not in gone]
    text = "; ".join([kept[0], *([instead] if instead else []), *kept[1:]])
    return txt_record(f"_dmarc.{policy.domain}", text)


def aligned(domain: str, returned: str, signing: Sequence[str], names: Names) -> Finding:
    """Look whether the domain in From goes with the return address's (SPF) or with one that signs (DKIM), as DMARC wants.

    Without a domain in `signing`, who signs is not known.
    """
    what, walked = f"alignment of {domain}", walk(domain, names)
    tags = walked.policy.tags if walked.policy else {}

    def goes(other: str, mode: str) -> bool:
        if tags.get(mode, "r").lower() == "s" or other == domain:
            return other == domain
        return walk(other, names).organization == walked.organization

    by_spf = goes(returned, "aspf")
    by_dkim = [other for other in signing if goes(other, "adkim")]
    if by_spf and by_dkim:
        return Finding(what, RecordState.FOUND, f"by SPF ({returned}) and by DKIM ({', '.join(by_dkim)})")
    if by_spf and not signing:
        return Finding(what, RecordState.FOUND, f"by SPF ({returned}); whoever signs has to sign for {domain}, too")
    if by_spf:
        says = f"by SPF alone, which forwarding breaks: signatures are for {', '.join(signing)}; sign for {domain}"
        return Finding(what, RecordState.WEAK, says)
    if by_dkim:
        says = f"by DKIM alone ({', '.join(by_dkim)}): the return address is of {returned}; use one of {domain} in sender.bounces"
        return Finding(what, RecordState.WEAK, says)
    others = ", ".join(dict.fromkeys([returned, *signing]))
    says = f"neither SPF nor DKIM is known to go with it ({others}), so DMARC fails; use one domain in sender and signatures"
    return Finding(what, RecordState.WRONG if signing else RecordState.WEAK, says)


def _unwilling(walked: Walk, policy: Policy, names: Names) -> list[str]:
    """Return the names at which those whom reports go to elsewhere do not say that they take them (RFC 9990 4)."""
    addresses = re.findall(r"mailto:([^,!]+)", policy.tags.get("rua", ""))
    wanted = [
        f"{policy.domain}._report._dmarc.{host}"
        for address in addresses
        if (host := _elsewhere(address, walked, names))
    ]
    return [name for name in wanted if not any(_is_policy(text) for text in names.texts(name))]


def _elsewhere(address: str, walked: Walk, names: Names) -> str:
    """Return the domain of an address that belongs to another organization; empty for ours."""
    host = domain_of(address)
    if host == walked.domain or walk(host, names).organization == walked.organization:
        return ""
    return host
