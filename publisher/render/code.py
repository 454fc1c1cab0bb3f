"""Source code -> words with one of five colours; the same for mail and pages."""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

_KINDS = (
    (Comment.Preproc, "k"), (Comment, "c"), (Keyword.Constant, "n"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"),
    (Number, "n"), (Name.Function, "f"), (Name.Class, "f"), (Name.Decorator, "f"), (Name.Tag, "f"),
)  # fmt: skip


def coloured(source: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield (text, kind): k keyword, s string, c comment, n number or constant, f name; "" for the rest.

    Neighbours differ in kind. An unknown language is plain text.
    """
    source = source.rstrip("\n")
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        yield source, ""
        return
    run, kind = "", ""
    for token, text in lexer.get_tokens(source):
        found = kind if text.isspace() else _kind(token)
        if found != kind and run:
            yield run, kind
            run = ""
        run, kind = run + text, found
    if run:
        yield run, kind


def _kind(token: _TokenType) -> str:
    return next((kind for family, kind in _KINDS if token[: len(family)] == family), "")
