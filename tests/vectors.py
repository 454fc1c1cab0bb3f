"""What tests of vectors share: an endpoint that makes them, passages, and a publication that uses it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import requests

from publisher import pipeline
from publisher.adapters.embedding import EndpointEmbedder
from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.vector_index import VectorIndex
from publisher.app import App
from publisher.draft.embedded import CUTTER
from publisher.issue import IsoWeek
from publisher.ports import Embedder, Limits, PassageVectors, VectorKind
from tests.publication import FakeClock, example
from tests.unit.drafting_samples import passage

LATER = dt.date(2030, 1, 1)
KIND = VectorKind("small-1", CUTTER)
PASSAGES = [passage(f"Retry budget number {number} caps {'much ' * number}load.", number) for number in range(1, 41)]
MANY = [passage(f"Retry budget number {number} caps load.", number) for number in range(1, 161)]
ROOT = Path(__file__).parents[1]


def embedder(address: str, run: str, script: str, calls: Any = None, limits: Limits | None = None) -> EndpointEmbedder:
    endpoint = Endpoint(f"{address}/{run}/{script}/v1", "small-1")
    gateway = Gateway([endpoint], calls or MemoryModelCalls(), FakeClock(), first_pause=0.01)
    return EndpointEmbedder(gateway, "small-1", limits or Limits())


def asked(address: str, run: str, script: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{address}/{run}/{script}/requests", timeout=10).json()
    return found


def index_of(kept: PassageVectors, made_by: Embedder) -> VectorIndex:
    return VectorIndex(kept, made_by)


def publication(tmp_path: Path, address: str, run: str, script: str) -> tuple[Path, dict[str, str], FakeClock]:
    folder, clock = example(tmp_path / "notes"), FakeClock()
    clock.set("2026-11-30T09:00")
    variables = {
        "PRESSROOM_EMBEDDING_URL": f"{address}/{run}/{script}/v1",
        "PRESSROOM_EMBEDDING_NAME": "small-1",
        "PRESSROOM_EMBEDDING_KEY": "sk-embedding",
    }
    return folder, variables, clock


def drafted(folder: Path, variables: dict[str, str], clock: FakeClock) -> tuple[Any, list[str]]:
    with App(folder, clock=clock, variables=variables) as app:
        pipeline.assemble(app.act(), IsoWeek.parse("2026-W49"))
        made = pipeline.draft(app.act(), 11)
        return made.drafts[0], [call.outcome.value for call in app.model_calls.latest(99)]
