"""Source code -> runs of one kind, by the lexers of Pygments; see publisher.render.code."""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Text, _TokenType
from pygments.util import ClassNotFound

_KINDS = (
    (Comment.Preproc, "k"), (Comment, "c"), (Keyword.Constant, "n"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"),
    (Number, "n"), (Name.Function, "f"), (Name.Class, "f"), (Name.Decorator, "f"), (Name.Tag, "f"),
)  # fmt: skip


_PLAIN = Text


def runs(source: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield runs as publisher.render.code describes them."""
    source = source.rstrip("\n")
    tokens = _tokens(source, language)
    if (
        "".join(text for _, text in tokens) != source
    ):  # some lexers change what they read: rather no colours than other words
        tokens = [(_PLAIN, source)]
    run, kind = "", ""
    for token, text in tokens:
        found = kind if text.isspace() else _kind(token)
        if found != kind and run:
            yield run, kind
            run = ""
        run, kind = run + text, found
    if run:
        yield run, kind


def _tokens(source: str, language: str) -> list[tuple[_TokenType, str]]:
    """Return a source's tokens. The lexers of sessions see a line only if it ends, so an end is added, and removed."""
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return [(_PLAIN, source)]
    tokens = list(lexer.get_tokens(source))
    while tokens and not source.endswith("\n") and tokens[-1][1].endswith("\n"):
        token, text = tokens.pop()
        if len(text) > 1:
            return [*tokens, (token, text[:-1])]
        break
    return tokens


def _kind(token: _TokenType) -> str:
    return next((kind for family, kind in _KINDS if token[: len(family)] == family), "")
