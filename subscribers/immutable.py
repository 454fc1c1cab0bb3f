"""Dataclasses of which an import makes millions of objects. Use as `@dataclass(frozen=True, slots=True)`.

Only mypy knows that they are frozen. Python would take four times as long to make each, because it sets every field of a
frozen object through a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - exported
else:
    import dataclasses

    def dataclass(*, frozen, slots):
        """Return a decorator as `dataclasses.dataclass` does, but leave it to mypy to forbid changes."""
        return dataclasses.dataclass(unsafe_hash=frozen, slots=slots)
