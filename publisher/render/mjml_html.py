"""MJML -> HTML. Native code does it, which lets no other thread work meanwhile, so a large mail is left to a worker."""

from __future__ import annotations

from typing import Final

import mjml

from publisher.isolation import isolated

_LARGE: Final = 500_000
"""Characters, of which native code takes 10 ms. A mail that arrives whole has a fifth of it."""


def html_of(source: str) -> str:
    """Return the HTML of MJML. Raises ValueError when MJML does not understand it, TooCostlyError."""
    made, wrong = of_large(source) if len(source) > _LARGE else of_large.function(source)
    if wrong:
        raise ValueError(wrong)
    return made


@isolated()
def of_large(source: str) -> tuple[str, str]:
    """Return the HTML, and what MJML says against the source."""
    try:
        # Without `fonts={}` it links to a web font for every name in the font stack that it knows.
        return str(mjml.mjml2html(source, fonts={})), ""
    except ValueError as error:
        return "", str(error) or "no"
