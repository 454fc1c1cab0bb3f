"""The servers that mail comes from and goes to, and that of the pages (pure). Sources: RFC 5321 5.1, RFC 7505, RFC 8601 2.7.3."""

from __future__ import annotations

from publisher.doctor.finding import Finding, RecordState, mechanism
from publisher.ports import Names


def mx(domain: str, smtp_host: str, names: Names) -> Finding:
    """Look at who takes a domain's mail."""
    what, servers = f"MX of {domain}", names.mail_servers(domain)
    if servers == ["."]:
        says = "it says that it takes no mail, so replies and bounces are lost; name a server, or use another address"
        return Finding(what, RecordState.WRONG, says)
    if servers:
        away = [server for server in servers if not names.addresses(server)]
        if len(away) == len(servers):
            says = f"{', '.join(servers)}: none has an address, so replies and bounces are lost; name a server that has one"
            return Finding(what, RecordState.WRONG, says)
        if away:
            says = f"{', '.join(away)} has no address; take it out, or give it one"
            return Finding(what, RecordState.WEAK, says)
        return Finding(what, RecordState.FOUND, ", ".join(servers))
    if names.addresses(domain):
        return Finding(what, RecordState.FOUND, "none, so mail goes to its own address")
    server = smtp_host if mechanism(smtp_host).startswith("a:") else "YOUR-MAIL-SERVER"
    return Finding(what, RecordState.MISSING, "no server takes replies and bounces", f"{domain}. IN MX 10 {server}.")


def web(host: str, names: Names) -> Finding:
    """Look at whether readers find the pages' server."""
    found = names.addresses(host)
    if found:
        return Finding(f"web of {host}", RecordState.FOUND, ", ".join(found))
    return Finding(
        f"web of {host}", RecordState.MISSING, "readers find no page", f"{host}. IN A ADDRESS-OF-YOUR-SERVER"
    )


def reverse(address: str, names: Names) -> Finding:
    """Look whether an address that mail leaves from has a name that leads back to it, as large receivers require."""
    what, hosts = f"reverse DNS of {address}", names.hosts(address)
    if not hosts:
        says = "no name, and large receivers refuse such senders; have whoever gave you the address set its PTR record"
        return Finding(what, RecordState.MISSING, says)
    confirmed = [host for host in hosts if address in names.addresses(host)]
    if confirmed:
        return Finding(what, RecordState.FOUND, f"{confirmed[0]}, which leads back to it")
    kind = "AAAA" if ":" in address else "A"
    says = f"{', '.join(hosts)} does not lead back to it, and large receivers refuse such senders; enter the record"
    return Finding(what, RecordState.WRONG, says, f"{hosts[0]}. IN {kind} {address}")
