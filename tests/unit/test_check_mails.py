"""`check` looks at every mail that a publication's own templates make, not only at issues."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publisher.errors import Severity
from publisher.render.check_mails import check_mails
from publisher.render.templates import environment
from subscribers import EmailKind
from tests.press import TEMPLATES, content, issue, templates

WHOLE = content(issue(3))


def own(folder: Path, name: str, text: str) -> Path:
    """Write a publication's own template, and return the folder of its templates."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_shipped_templates_are_not_looked_at_again() -> None:
    assert check_mails(WHOLE, templates()) == ()


def test_the_shipped_templates_as_ones_own_have_no_problems(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "email", tmp_path / "email")
    assert check_mails(WHOLE, environment(tmp_path, TEMPLATES)) == ()


@pytest.mark.parametrize("kind", EmailKind)
def test_a_mail_of_every_kind_that_a_program_does_not_support_is_a_warning_with_its_template(
    kind: EmailKind, tmp_path: Path
) -> None:
    proof = kind is EmailKind.PROOF
    name, place = (
        (f"email/{kind.value}.html", "{% block rows %}")
        if proof
        else (f"email/{kind.value}.mjml", '<mj-text css-class="pad">')
    )
    shipped = (TEMPLATES / name).read_text()
    changed = shipped.replace(place, f"{place}<form>x</form>")
    found = check_mails(WHOLE, environment(own(tmp_path, name, changed), TEMPLATES))
    assert changed != shipped
    assert {(problem.path.as_posix(), problem.severity) for problem in found} == {
        (f"templates/{name}", Severity.WARNING)
    }
    assert all("do not support <form>" in problem.what for problem in found)


def test_a_change_of_the_frame_is_reported_for_each_mail_that_has_it(tmp_path: Path) -> None:
    frame = (TEMPLATES / "email/frame.mjml").read_text().replace("p{font-size:inherit}", ".pad{display:grid}")
    found = check_mails(WHOLE, environment(own(tmp_path, "email/frame.mjml", frame), TEMPLATES))
    assert {problem.path.stem for problem in found} == {kind.value for kind in EmailKind} - {"proof"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("email/welcome.txt", "Subject: x\n{{ nobody }}", "templates/email/welcome.txt:2: 'nobody' is undefined"),
        ("email/link.mjml", "<mjml><mj-body><mj-text></mjml>", "templates/email/link.mjml: MJML says: "),
        ("email/step.mjml", "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "takes more than 2 seconds"),
    ],
)  # fmt: skip
def test_a_template_that_fails_only_when_its_mail_is_made_is_an_error_now(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    found = check_mails(WHOLE, environment(own(tmp_path, name, text), TEMPLATES))
    assert [problem.severity for problem in found] == [Severity.ERROR]
    assert said in str(found[0])
