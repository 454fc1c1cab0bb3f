"""The tools by name: what is said of them, what they take, and what they do to the world."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from publisher.assistants.inputs import CheckLink, FindRepeats, ListPieces, ProposePiece, ReadIssue, SearchIssues
from publisher.errors import ToolRefused

PROPOSE: Final = "propose_piece"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: `reads_only` when it changes nothing, `goes_out` when it asks another machine."""

    name: str
    about: str
    takes: type[BaseModel]
    reads_only: bool = True
    goes_out: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its input."""
        return self.takes.model_json_schema()


TOOLS: Final[Mapping[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool("search_issues", "Find passages of published issues by their words, the best first.", SearchIssues),
        Tool("read_issue", "Read a published issue, or one section of it, as passages that can be cited.", ReadIssue),
        Tool("list_pieces", "List the sections, and the pieces in them: drafts, ready ones, used ones.", ListPieces),
        Tool("find_repeats", "Say what of a text went out before: its words, its links, and what is most like it.", FindRepeats),
        Tool("check_link", "Fetch a link that stands in an issue or a piece, and say what is wrong with it.", CheckLink, goes_out=True),
        Tool(
            PROPOSE,
            "Write a draft of a piece for an editor, who decides what becomes of it. Sentences about past issues must quote a "
            "passage. Nothing is approved, sent or published.",
            ProposePiece,
            reads_only=False,
        ),
    )
}  # fmt: skip


def read_input(name: str, given: Mapping[str, object]) -> BaseModel:
    """Return a tool's input. Raises ToolRefused for a tool that there is not, and for any other input."""
    tool = TOOLS.get(name)
    if tool is None:
        raise ToolRefused(f"there is no tool {name[:60]!r}; the tools are {', '.join(TOOLS)}")
    try:
        return tool.takes.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'input'}: {one['msg']}" for one in error.errors()[:5])
        raise ToolRefused(f"{name} does not take this input: {wrong}") from None


def digest_of(name: str, given: Mapping[str, object]) -> str:
    """Return what two calls have in common if they ask the same of the same tool."""
    return hashlib.sha256(json.dumps([name, given], sort_keys=True, ensure_ascii=False).encode()).hexdigest()
