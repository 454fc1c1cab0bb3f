"""The contract of writers, including the model behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.draft import ground
from publisher.errors import WriterUnavailable
from publisher.ports import Brief, Hit, Writer
from tests.integration.endpoint import completion, endpoint, response, says
from tests.publication import FakeClock
from tests.unit.drafting_samples import passage
from tests.unit.test_extractive import GOOD

HITS = tuple(Hit(passage(text, number), 9.0 - number) for number, text in enumerate(GOOD, 1))
BRIEF = Brief("archive", "Notes", ("Retry budgets, deadlines and calls to a provider",), HITS)


@pytest.fixture(params=["extractive", "model"])
def writer(request: pytest.FixtureRequest) -> Iterator[Writer]:
    if request.param == "extractive":
        yield ExtractiveWriter()
        return
    sentences = [(text, f"{number:04d}-concept-1", text) for number, text in enumerate(GOOD[:4], 1)]
    with endpoint(says(response(completion(sentences)))) as served:
        gateway = Gateway([Endpoint(served.url, "small-1")], MemoryModelCalls(), FakeClock())
        yield ModelWriter(gateway, deadline_seconds=20)


def test_it_proposes_sentences_that_rest_on_the_given_passages(writer: Writer) -> None:
    proposal = writer.write(BRIEF)
    claims, _ = ground(proposal, HITS)
    assert len(claims) >= 3
    assert {passage_id for _, passage_id, _ in proposal.sentences} <= {hit.passage.id for hit in HITS}


def test_it_says_who_wrote_and_what_it_cost(writer: Writer) -> None:
    proposal = writer.write(BRIEF)
    assert proposal.writer in ("extractive", "model")
    assert proposal.tokens >= 0
    assert (proposal.model is None) == (proposal.writer == "extractive")


def test_without_passages_it_proposes_nothing(writer: Writer) -> None:
    try:
        proposed = writer.write(Brief("archive", "Notes", ("Budgets",), ())).sentences
    except WriterUnavailable:
        proposed = ()
    assert proposed == ()


def test_it_can_be_asked_again(writer: Writer) -> None:
    assert writer.write(BRIEF) == writer.write(BRIEF)
