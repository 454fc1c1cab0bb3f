"""What templates need to speak a publication's language: `_()`, `ngettext()`, `{% trans %}` the filter `day`, and
the filter `bidi` for titles, names and other raw values, which may run in the other direction, and `unbroken` for headings.

A translation is text, never HTML: it is escaped like any other value. Links are put into it as values that are Markup.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from jinja2 import Environment, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from markupsafe import Markup, escape

from publisher.language import Language, language_of
from publisher.publication import Publication
from publisher.render.direction import in_order


def install(templates: Environment) -> None:
    """Teach templates to translate."""
    templates.add_extension(InternationalizationExtension)
    templates.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension adds it
    templates.globals.update({"_": gettext, "gettext": gettext, "ngettext": _ngettext})
    templates.filters |= {"day": _day, "bidi": _bidi, "unbroken": unbroken}


def spoken(context: Mapping[str, object]) -> dict[str, object]:
    """Return a template's variables with `language`: that of the publication, unless another one is given."""
    return {"language": _language(context), **context}


def _language(context: Mapping[str, object] | Context) -> Language:
    given = context.get("language")
    if isinstance(given, Language):
        return given
    publication = context.get("publication")
    return language_of(publication) if isinstance(publication, Publication) else Language()


def decides_language(variables: Mapping[str, object] | None) -> bool:
    """Return whether variables of a loop or a block are among those that decide on the language of phrases."""
    return variables is not None and not variables.keys().isdisjoint(("language", "publication"))


@pass_context
def gettext(context: Context, phrase: str, /, **values: object) -> str:
    """Return a phrase in the language of the template's publication, with values in it."""
    language = _language(context)
    text = language.escaped(phrase) if context.eval_ctx.autoescape else language.translate(phrase)
    return language.fill(text, values)


@pass_context
def _ngettext(context: Context, one: str, many: str, num: int, /, **values: object) -> str:
    language = _language(context)
    text = language.translate_count(one, many, num)
    values["num"] = language.number(num)
    return language.fill(escape(text) if context.eval_ctx.autoescape else text, values)


@pass_context
def _bidi(context: Context, text: str) -> str:
    """Return a title or name as it reads well where everything else runs in the publication's direction."""
    return in_order(text, _language(context).direction)


_HYPHENATED: Final = re.compile(r"<[^>]*>|&[^;\s]*;|(?<![\w-])\w+(?:-\w+)+(?![\w-])")
_UNBROKEN: Final = 14
"""Characters of a word that never needs a second line, on the smallest phone and in the largest heading."""


def unbroken(heading: str) -> Markup:
    """Keep short words with hyphens, such as at-least-once, on one line of a heading, which may be HTML.

    >>> unbroken(Markup("An at-least-once <code>x-y</code>"))
    Markup('An <span class="unbroken">at-least-once</span> <code><span class="unbroken">x-y</span></code>')
    """

    def kept(found: re.Match[str]) -> str:
        word = found[0]
        return word if word[0] in "<&" or len(word) > _UNBROKEN else f'<span class="unbroken">{word}</span>'

    return Markup(_HYPHENATED.sub(kept, str(escape(heading))))  # noqa: S704  # escaped, or HTML already


@pass_context
def _day(context: Context, date: dt.date) -> str:
    """Write a date as mail and pages show it."""
    return _language(context).day(date)
