"""What the editors were told last of a week, as its row keeps it: each trouble once, its end once, and again if it comes back.

The row keeps an occasion: a digest of the trouble, and one of all that was told before it. The mail goes out under that name,
so that a crash between the mail and the row repeats nothing, and the same trouble has another name the second time.
"""

from __future__ import annotations

import hashlib
from typing import Final

_LENGTH: Final = 16
_OVER: Final = hashlib.sha256(b"over").hexdigest()[:_LENGTH]


def occasion(told: str | None, trouble: str) -> str:
    """Return the occasion of a trouble, after what was `told` last."""
    return _digest(trouble) + _digest((told or "") + trouble)


def is_known(told: str | None, trouble: str) -> bool:
    """Say whether this trouble is what was told last."""
    return told is not None and told.startswith(_digest(trouble))


def stands(told: str | None) -> bool:
    """Say whether what was told last is a trouble, and not the end of one."""
    return told is not None and told != "" and not told.startswith(_OVER)


def over(told: str | None) -> str:
    """Return the occasion of the end of the trouble that was told last; what there is, if there is none."""
    return _OVER + _digest(f"{told}over") if stands(told) else told or ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
