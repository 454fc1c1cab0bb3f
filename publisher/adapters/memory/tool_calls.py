"""The log of assistants' calls, in memory."""

from __future__ import annotations

import dataclasses
import threading

from publisher.ports import ToolCall


class MemoryToolCalls:
    """Implements ports.ToolCalls."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._calls: dict[str, ToolCall] = {}

    def find(self, key: str) -> ToolCall | None:
        return self._calls.get(key)

    def begin(self, call: ToolCall) -> ToolCall:
        with self._mutex:
            return self._calls.setdefault(call.key, call)

    def finish(self, key: str, result: str) -> ToolCall:
        with self._mutex:
            found = self._calls[key]
            if found.result is None:
                found = self._calls[key] = dataclasses.replace(found, result=result)
            return found

    def unfinished(self, tool: str, digest: str) -> ToolCall | None:
        with self._mutex:
            found = (call for call in reversed(self._calls.values()) if (call.tool, call.digest) == (tool, digest))
            return next((call for call in found if call.result is None), None)
