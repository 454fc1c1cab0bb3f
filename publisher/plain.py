"""Values as JSON has them, for `--json` and for the data that a reader downloads (pure)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from publisher.issue import DeliveryState, IsoWeek


def plain(value: Any) -> Any:
    """Return any value of the flow in the types that JSON has; fields of bytes are left out."""
    from publisher.ports import Sums

    if isinstance(value, Sums):
        counts = {state.value: value[state] for state in DeliveryState}
        return {"audience": value.audience, **counts, "next_attempt": plain(value.next_attempt)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type | IsoWeek):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(item) for name, item in fields.items() if not isinstance(item, bytes)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, IsoWeek | Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
