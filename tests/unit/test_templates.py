"""Templates run in a sandbox: they can show the values that they are given, and reach nothing else."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError

from publisher.errors import ContentError
from publisher.render.template_limits import MOST_SECONDS
from publisher.render.templates import check_templates, environment, expand
from tests.press import PUBLICATION, TEMPLATES, issue

ATTACKS = (
    "{{ cycler.__init__.__globals__.os.popen('touch MARK').read() }}",
    "{{ cycler['__init__']['__globals__'] }}",
    "{{ cycler|attr('__init__') }}",
    "{{ '{0.__init__.__globals__}'.format(cycler) }}",
    "{{ ().__class__.__base__.__subclasses__() }}",
    "{{ lipsum.__globals__['os'].environ }}",
    "{{ [issue]|map(attribute='path.read_text')|first }}",
    "{{ issue.path.read_text() }}",
    "{{ issue.path.parent.parent.joinpath('.env').read_text() }}",
    "{{ issue.path.write_text('') }}",
    "{{ publication.parse_raw('x', proto='pickle', allow_pickle=true) }}",
    "{{ publication.parse_file('/etc/hostname') }}",
    "{{ publication.model_validate({}) }}",
    "{{ dict.mro() }}",
    "{{ issue.drafted.append('x') or issue.pieces.update({}) }}",
    "{{ range(10**9)|list }}",
)


def render(folder: Path, text: str) -> str:
    """Render a publication's own web/index.html, which has two lines; the second is `text`."""
    (folder / "web").mkdir(parents=True)
    (folder / "web/index.html").write_text(f"<p>\n{text}")
    context = {"issue": issue(3), "publication": PUBLICATION}
    return expand(environment(folder, TEMPLATES), "web/index.html", context)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_template_that_leaves_the_sandbox_is_an_error_with_file_and_line(
    attack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContentError, match=r"^templates/web/index\.html:2: ") as raised:
        render(tmp_path / "templates", attack.replace("MARK", str(tmp_path / "mark")))
    assert len(raised.value.problems) == 1
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("wrong", ["{{ 1 / 0 }}", "{{ 1 + 'a' }}", "{{ issue.nothing }}", "{{ 'x'.encode(1) }}"])
def test_every_fault_of_a_template_is_reported_with_file_and_line(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^templates/web/index\.html:2: "):
        render(tmp_path / "templates", wrong)


COSTLY = (
    "{{ 9 ** (9 ** 9) }}",
    "{{ 'a' * 9999999999 }}",
    "{{ ([0] * 999999) * 999999 }}",
    "{% for i in range(9999999) %}{% endfor %}",
)


@pytest.mark.parametrize("product", COSTLY)
def test_a_template_computes_nothing_huge_neither_when_it_is_compiled_nor_when_it_is_shown(
    product: str, tmp_path: Path
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/index.html").write_text(product)
    assert check_templates(environment(tmp_path)) == ()
    with pytest.raises(ContentError, match=r"^templates/web/index\.html:2: .*(too large|too big)"):
        render(tmp_path / "templates", product)


ENDLESS = (
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) if i %}{% for j in range(99999) %}{{ loop.index }}{% endfor %}{% endfor %}",
    "{% macro twice(n) %}{% if n %}{{ twice(n - 1) }}{{ twice(n - 1) }}{% endif %}{% endmacro %}{{ twice(60) }}",
    "{% for i in [[1]] recursive %}{% if loop.depth < 60 %}{{ loop([[1], [1]]) }}{% endif %}{% endfor %}",
)


@pytest.mark.parametrize("endless", ENDLESS)
def test_a_template_that_does_not_end_is_an_error_with_file_and_line(endless: str, tmp_path: Path) -> None:
    began = time.thread_time()
    with pytest.raises(
        ContentError, match=r"^templates/web/index\.html:2: it takes more than 2 seconds of processor time"
    ):
        render(tmp_path / "templates", endless)
    assert time.thread_time() - began < 2 * MOST_SECONDS


def test_a_template_that_writes_without_end_is_an_error_before_it_takes_the_memory(tmp_path: Path) -> None:
    many = "{% for i in range(99999) %}{% for j in range(99999) %}" + "x" * 90_000 + "{% endfor %}{% endfor %}"
    for text in (
        many,
        f"{{% set all %}}{many}{{% endset %}}",
        f"{{% macro all() %}}{many}{{% endmacro %}}{{{{ all() }}}}",
    ):
        with pytest.raises(ContentError, match=r"it (writes more than 20,000,000 characters|takes more)"):
            render(tmp_path / str(len(text)) / "templates", text)


def test_loops_show_what_they_showed_without_being_counted(tmp_path: Path) -> None:
    text = (
        "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ loop.index }}/{{ loop.length }}{{ k }}{{ v }}{{ ' ' if not loop.last }}{% endfor %}"
        "{% for x in [] %}x{% else %} none{% endfor %}{% for x in [1, 2, 3] if x > 1 %} {{ loop.first }}{{ '' if loop.first else loop.previtem }}{% endfor %}"
        "{% for i in [[], [[]]] recursive %} {{ loop.depth }}{{ loop(i) }}{% endfor %}"
    )
    assert "1/2a1 2/2b2 none True False2 1 1 2" in render(tmp_path / "templates", text)


def test_a_template_that_takes_too_long_to_compile_is_reported(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/index.html").write_text("{{ 1" + "+1" * 30_000 + " }}")
    (found,) = check_templates(environment(tmp_path))
    assert (found.path.name, found.rule) == ("index.html", "template")
    assert "this template" in found.what


def test_ordinary_templates_work_in_the_sandbox(tmp_path: Path) -> None:
    text = (
        "{{ issue.title|upper }} {{ issue.date|day }} {{ issue.path.name }} {{ publication.url('x') }} "
        "{% for s in issue.sections %}{{ loop.index }}{{ s.id }}{% endfor %} {{ '%s'|format('a') }} "
        "{{ publication.schedule.zone }} {{ ['a', 'b']|join(', ') }} {{ {'k': 1}.items()|list|length }} {{ '-' * 72 }} {{ 2 ** 8 }}"
    )
    assert PUBLICATION.url("x") in render(tmp_path / "templates", text)


def test_no_template_is_read_through_a_link_that_leaves_the_folder(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    (own / "web").mkdir(parents=True)
    (tmp_path / "secret").write_text("PRESSROOM_SECRET_KEY=secret")
    for name in ("index.html", "style.css"):
        (own / "web" / name).symlink_to(tmp_path / "secret")
    (own / "email").symlink_to(tmp_path)
    found = check_templates(environment(own, TEMPLATES))
    assert {problem.path.as_posix() for problem in found} >= {"templates/web/index.html", "templates/web/style.css"}
    assert all("is a link that leads out of the folder" in problem.what for problem in found)
    for name in ("web/index.html", "web/style.css", "email/secret"):
        with pytest.raises(ContentError, match="is a link that leads out of the folder"):
            expand(environment(own, TEMPLATES), name, {})


def test_a_template_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/index.html").write_bytes(b"<p>\ncaf\xe9")
    assert [str(problem) for problem in check_templates(environment(tmp_path))] == [
        "templates/web/index.html:2: byte 0xe9 is not UTF-8; save the file as UTF-8"
    ]


def test_a_template_with_the_old_name_of_merge_fields_is_told_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email/link.txt").write_text("Subject: Slots.\n\n{% if slots.action %}{{ slots.action }}{% endif %}\n")
    templates = environment(tmp_path, TEMPLATES)
    said = (
        "templates/email/link.txt:3: 'slots' is undefined; write fields.greeting for slots.greeting, and so on: "
        "merge fields are called by their name now"
    )
    assert [str(problem) for problem in check_templates(templates)] == [said]
    with pytest.raises(ContentError) as raised:
        expand(templates, "email/link.txt", {"fields": {"action": "x"}})
    assert [str(problem) for problem in raised.value.problems] == [said]


@dataclasses.dataclass(frozen=True)
class Odd:
    """Values of one type for which nobody may answer by the type alone."""

    nothing: None = None
    empty: str = ""
    shout: object = "{0.__class__}".format

    def greet(self) -> str:
        return "hello"


def test_an_attribute_that_was_read_before_is_the_same_and_what_was_refused_stays_refused() -> None:
    templates, once = environment(), "{{ odd.nothing }} {{ odd.empty }} {{ odd.greet() }} {{ odd.absent is defined }}"
    written = [templates.from_string(once).render(odd=Odd()) for _ in range(3)]
    assert written == ["None  hello False"] * 3
    for refused in ("{{ odd.shout(odd) }}", "{{ odd.__class__ }}"):
        for _ in range(3):
            with pytest.raises(SecurityError):
                templates.from_string(refused).render(odd=Odd())
