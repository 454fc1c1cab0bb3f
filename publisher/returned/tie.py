"""Which delivery a returned message names. What it names is not believed before our own signature has proven it (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.returned.message import READ_AT_MOST, headers_of

TRIED_AT_MOST = 20

_TAGGED = re.compile(rb"\+[a-z0-9]{1,12}-[0-9a-f]{1,16}-[a-z2-7]{8}@", re.IGNORECASE)
_OURS = re.compile(rb"<(\d{1,6}\.[a-z2-7]{24})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """What a message names: `tags`, the tagged parts of envelope senders, and `names`, those of Message-IDs of issues.

    Those of the outer message come first: it was addressed to the envelope sender of what came back.
    """

    tags: Sequence[str] = ()
    names: Sequence[str] = ()


def named_in(data: bytes) -> Named:
    """Find what may be ours in a message: in its headers, and in whatever it encloses, as it came."""
    return Named(_found(_TAGGED, headers_of(data), data), _found(_OURS, data))


def _found(pattern: re.Pattern[bytes], *texts: bytes) -> tuple[str, ...]:
    everything = (each.decode("ascii").lower() for text in texts for each in pattern.findall(text[:READ_AT_MOST]))
    return tuple(dict.fromkeys(everything))[:TRIED_AT_MOST]
