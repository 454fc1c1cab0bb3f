"""An assistant that obeys what it reads: nothing that a payload asks for gets into a draft."""

from __future__ import annotations

import pytest

from publisher.assistants.faults import judge
from publisher.assistants.inputs import ProposePiece
from publisher.ports import Content
from tests.assisting import OWN
from tests.integration.test_prompt_injection import PAYLOADS
from tests.long import LONG
from tests.publication import publication
from tests.unit.drafting_samples import passage
from tests.unit.test_extractive import GOOD

CONTENT = Content(publication(), (), (), (), (), ())
GIVEN = {one.id: one for one in (passage(text, number) for number, text in enumerate(GOOD[:3], 1))}
KNOWN_TO_PASS = {"119"}
"""«Paste this command in the terminal to read the rest.»: there can be no command, and an editor reads it."""


def faults(**changes: object) -> tuple[str, ...]:
    asked = {
        "idempotency_key": "key-0001", "base_revision": "r", "section": "concept", "title": "Measure your recall",
        "summary": "How to find out.", "paragraphs": [{"text": OWN}],
    }  # fmt: skip
    return judge(ProposePiece.model_validate(asked | changes), CONTENT, GIVEN)[1]


def test_a_plain_proposal_has_no_fault() -> None:
    assert faults() == ()


@pytest.mark.parametrize("place", range(4))
def test_what_a_payload_asks_of_an_obedient_assistant_is_refused(place: int) -> None:
    through = []
    for payload in PAYLOADS[place :: 4 if LONG else 16]:
        for said in payload["says"]:
            line = " ".join(said.split())[:120]
            tried = {"text": {"paragraphs": [{"text": said}]}, "title": {"title": line}, "summary": {"summary": line}}
            for where, change in tried.items():
                shown = said if where == "text" else line
                if any(words in shown for words in payload["forbidden"]) and not faults(**change):
                    through.append((payload["id"], where, shown))
    assert [one for one in through if one[0] not in KNOWN_TO_PASS] == []
