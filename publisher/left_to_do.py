"""What is left between a publication that is set up and a real list (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.doctor import Finding, RecordState
from publisher.examples import examples_in
from publisher.publication import Publication


def left_to_do(publication: Publication, mail_server: str, dns: Sequence[Finding]) -> Iterator[str]:
    """Yield one sentence for each thing, the records to enter as a zone file has them."""
    if examples := [f"{one.name} ({one.value})" for one in examples_in(publication)]:
        yield f"still examples, in content/publication.toml: {', '.join(examples)}"
    if not mail_server:
        yield "no mail server is set: pressroom setup --smtp-url smtp://USER@HOST:587"
    for finding in dns:
        if finding.state is not RecordState.FOUND:
            yield f"{finding.what}: {finding.says}" + (f"; enter: {finding.record}" if finding.record else "")
    if publication.sender.bounces is None:
        yield (
            "sender.bounces is not set, so mail that comes back goes to the sender's own mailbox and says nothing of its reader: set "
            "it when your mail server puts bounces+TAG@… into one mailbox"
        )
    if publication.approval.shell:
        yield (
            "approval.shell is true, so whoever has a shell on this machine may approve under any name: set it to false for a real "
            "list, and each editor approves by the link in their own proof"
        )
    yield "keep a copy of .env somewhere safe: links in old mail need its PRESSROOM_SECRET_KEY"
