"""What is wrong with a publication's own templates of mail other than issues, before any reader gets it: for `pressroom check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment

from publisher.errors import ContentError, Problem, Severity, UserError
from publisher.issue import Rendered
from publisher.ports import Content, RenderedEmail
from publisher.render.course import render_step
from publisher.render.emails import render_email, render_welcome
from publisher.render.preflight import support
from publisher.render.proof import render_proof, render_test_copy
from publisher.render.templates import has_own
from publisher.review import SAMPLE

_PLAIN: Final = ("confirmation", "link", "move", "moved", "stay")
_BANNERS: Final = ("proof", "test_copy")
_PROBLEM: Final = Problem(Path("content/issues/0001.md"), 1, "a sample", "nothing", Severity.WARNING)


def check_mails(content: Content, templates: Environment) -> tuple[Problem, ...]:
    """Render each kind of mail with a sample, and read it as pre-flight reads an issue. Shipped templates need none of it."""
    if not has_own(templates, "email/"):
        return ()
    found = (problem for name, render in _mails(content, templates) for problem in _look_at(name, render))
    return tuple(dict.fromkeys(found))


def _look_at(name: str, render: Callable[[], RenderedEmail]) -> Iterator[Problem]:
    try:
        html = render().html
    except ContentError as error:
        yield from error.problems
    except UserError:
        return  # a step that is not there or cannot be shown is reported with its path
    else:
        yield from support.check(html, Path(f"templates/email/{name}.{'html' if name in _BANNERS else 'mjml'}"))


def _mails(content: Content, templates: Environment) -> Iterator[tuple[str, Callable[[], RenderedEmail]]]:
    """Yield each kind of mail and how it is rendered, twice if it has two forms."""
    mail = partial(render_email, publication=content.publication, templates=templates)
    for name in _PLAIN:
        yield name, partial(mail, name)
    slug = content.paths[0].slug if content.paths else ""
    yield "welcome", partial(render_welcome, content, templates, path=slug)
    yield "welcome", partial(mail, "welcome")
    if content.paths and content.paths[0].steps:
        path = content.paths[0]
        sample = {"path": path, "step": path.steps[0], "number": 1, "count": len(path.steps), "every_days": 7}
        yield "step", partial(render_step, content, templates, slug=slug, number=1, every_days=7)
        yield "step", partial(mail, "step", body=None, url=content.publication.url(), **sample)
    yield "notice", partial(mail, "notice", title="A sample", what=("A sample.",), commands=("pressroom status",))
    rendered = Rendered(1, "A sample", "A sample", "", "A sample.\n", "")
    proof = partial(
        render_proof, content.publication, templates, rendered, digest="0" * 64, command="pressroom approve 1"
    )
    yield "proof", partial(proof, problems=(_PROBLEM,), review=SAMPLE)
    copy = partial(render_test_copy, content.publication, templates, rendered, content.publication.url("preview"))
    yield "test_copy", partial(copy, out=False)
    yield "test_copy", partial(copy, out=True)
    yield "test_copy", partial(copy, out=True, changed=True)
