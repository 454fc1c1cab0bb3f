"""Sets single variables in the text of .env, and leaves all its other lines as they are."""

from __future__ import annotations

import io
import re

from dotenv.parser import parse_stream

_BARE = re.compile(r"[\w.:/@%?=&+,~-]+", re.ASCII)


def with_variable(text: str, name: str, value: str) -> str:
    r"""Return the text with `name` set to `value`: where it was set, or on the line that has it behind a `#`, or at the end.

    >>> with_variable("A=1\n# B=\n", "B", "two words")
    "A=1\nB='two words'\n"
    """
    line = f"{name}={value if _BARE.fullmatch(value) else _quoted(value)}\n"
    bindings = list(parse_stream(io.StringIO(text)))
    if any(one.key == name for one in bindings):
        kept, placed = [], False
        for one in bindings:
            if one.key != name:
                kept.append(one.original.string)
            elif not placed:  # a value that is set twice is set once from now on
                kept.append(line)
                placed = True
        return "".join(kept)
    commented = re.compile(rf"^# ?{name}=.*\n?", re.MULTILINE)
    if commented.search(text):
        return commented.sub(lambda _: line, text, count=1)
    return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{line}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
