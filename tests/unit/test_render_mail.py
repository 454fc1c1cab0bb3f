"""The HTML of an issue's mail: what mail programs need, what filters look for, how the drafted section looks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from publisher import merge_fields
from publisher.errors import ContentError
from publisher.render import environment, render_issue
from tests.press import DIAGRAM, TEMPLATES, Tags, content, fetched, issue, png, templates

CLAIMS = """Budgets cap an outage. [@0002-concept-1]

> refills at 1,000 tokens a second

A bucket of 60,000 tokens refills at 1,000 tokens a second. [@0002-concept-1]
"""


@pytest.fixture(scope="module")
def rendered():
    one = issue(3, concept=f"`x`\n\n{DIAGRAM}\n\n```python\ndef f(): return '<&>'\n```\n", archive=CLAIMS)
    return render_issue(one, content(issue(2), one), templates())


def test_the_mail_contains_its_merge_fields_and_the_postal_address(rendered) -> None:
    for name in (merge_fields.GREETING, merge_fields.ADDRESS, merge_fields.UNSUBSCRIBE):
        assert name in rendered.html
        assert name in rendered.text
    assert "Notes, 1 Example Street" in rendered.html
    assert merge_fields.UNSUBSCRIBE in [link.get("href") for link in Tags(rendered.html).of("a")]


def test_the_mail_is_far_below_what_gmail_shows(rendered) -> None:
    assert len(rendered.html.encode()) < 60_000


def test_the_mail_hides_nothing_and_runs_nothing(rendered) -> None:
    tags = Tags(rendered.html)
    assert not tags.of("script")
    assert "mj-preview" not in rendered.html
    assert not re.search(r"display:\s*none|visibility:\s*hidden|javascript:|max-height:\s*0", rendered.html)


def test_the_mail_loads_only_our_own_pictures(rendered) -> None:
    addresses = fetched(rendered.html)
    assert addresses == {f"https://notes.example.com/issues/3/{picture.name}" for picture in rendered.pictures}
    assert addresses


def test_every_image_has_alt_width_and_height(rendered) -> None:
    images = Tags(rendered.html).of("img")
    assert images
    for image in images:
        assert image["alt"] == "A question leads to an answer."
        assert image["width"].isdigit()
        assert image["height"].isdigit()


def test_every_link_is_absolute(rendered) -> None:
    for link in Tags(rendered.html).of("a"):
        assert link["href"].startswith("https://") or link["href"] in (
            merge_fields.UNSUBSCRIBE,
            merge_fields.PREFERENCES,
        )


def test_the_first_words_of_the_mail_are_the_preheader(rendered) -> None:
    body = rendered.html.partition("<body")[2]
    words = re.sub(r"<!--.*?-->|<[^>]*>", " ", f"<body{body}", flags=re.S).split()
    assert " ".join(words).startswith("When exact search beats an index")


def test_code_keeps_its_lines_and_characters_in_a_cell_with_a_background(rendered) -> None:
    assert re.search(r'<td class="b" bgcolor="#f4f5f7"[^>]*><div[^>]*><pre style="[^"]*white-space:pre', rendered.html)
    assert "&lt;&amp;&gt;" in rendered.html


def test_a_diagram_is_shown_for_the_scheme_of_the_reader_and_light_where_a_program_cannot_choose(rendered) -> None:
    chosen = re.search(
        r'<td class="card both"[^>]*><a href="([^"]*)"[^>]*><picture>'
        r'<source srcset="([^"]*)" media="\(prefers-color-scheme: dark\)"\s*/?><img [^>]*src="([^"]*)"',
        rendered.html,
    )
    assert chosen
    link, dark, light = chosen.groups()
    assert link == light != dark
    shown = {picture.name for picture in rendered.pictures}
    assert {light.rpartition("/")[2], dark.rpartition("/")[2]} <= shown


def test_a_diagram_in_the_authors_own_colours_has_one_picture_on_a_light_card() -> None:
    one = issue(3, concept=DIAGRAM.replace("A[Question]", "style A fill:#fdd\n    A[Question]"))
    rendered = render_issue(one, content(one), templates())
    assert len(rendered.pictures) == 1
    assert "<picture>" not in rendered.html
    assert 'class="card"' in rendered.html


def test_dark_mode_is_declared_and_designed(rendered) -> None:
    assert '<meta name="color-scheme" content="light dark"' in rendered.html
    assert "prefers-color-scheme:dark" in rendered.html


def test_a_claim_is_a_card_with_number_date_and_link_made_from_its_id(rendered) -> None:
    assert "https://notes.example.com/issues/2/#concept" in rendered.html
    assert "No. 2 · 17 September 2026" in rendered.html
    assert "“refills at 1,000 tokens a second”" in rendered.html
    assert "[@" not in rendered.html
    assert "[@" not in rendered.text


def test_a_sentence_that_is_its_own_quotation_is_shown_once(rendered) -> None:
    assert rendered.html.count("A bucket of 60,000 tokens refills at 1,000 tokens a second.") == 1


def test_text_without_a_citation_is_not_lost() -> None:
    one = issue(3, archive="Our own words.\n\nCited. [@0002-concept-1] And a rest.\n")
    html = render_issue(one, content(issue(2), one), templates()).html
    assert "Our own words." in html
    assert "And a rest." in html


def test_the_readers_learn_how_the_drafted_section_was_made(rendered) -> None:
    assert "without a model" in rendered.html
    assert "without a model" in rendered.text.replace("\n", " ")


def test_the_same_issue_gives_the_same_bytes() -> None:
    one = issue(3, concept=DIAGRAM)
    first, second = (render_issue(one, content(one), templates()) for _ in range(2))
    assert first == second


def test_titles_with_markup_characters_stay_text() -> None:
    one = issue(3, title="When a < b && c: 'x' \"y\" {{ z }}")
    rendered = render_issue(one, content(one), templates())
    assert "When a &lt; b &amp;&amp; c" in rendered.html
    assert "When a < b && c: 'x' \"y\" {{ z }}" in rendered.text


def test_jinja_in_an_issue_is_text() -> None:
    one = issue(3, concept="Write {{ fields.greeting }} and {% raw %} to get it.")
    assert "{{ fields.greeting }} and {% raw %}" in render_issue(one, content(one), templates()).html


def test_pictures_are_named_by_their_content_and_have_their_size() -> None:
    one = issue(3, concept="![A dot](../img/dot.png)")
    asked = []

    def fetch(path):
        asked.append(path.as_posix())
        return png(20, 30)

    rendered = render_issue(one, replace(content(one), picture=fetch), templates())
    (picture,) = rendered.pictures
    assert asked == ["img/dot.png"]
    assert re.fullmatch(r"dot-[0-9a-f]{8}\.png", picture.name)
    assert (picture.width, picture.height) == (20, 30)
    assert f"https://notes.example.com/issues/3/{picture.name}" in rendered.html


@pytest.mark.parametrize("text", ["![A](missing.png)", "![A](https://example.com/pixel.gif)"])
def test_an_image_that_cannot_be_sent_is_a_problem_and_its_words_stay(text: str) -> None:
    one = issue(3, concept=text)
    rendered = render_issue(one, content(one), templates())
    assert [problem.rule for problem in rendered.problems] == ["image"]
    assert not Tags(rendered.html).of("img")


def test_a_broken_template_is_named_with_its_line(tmp_path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "issue.mjml").write_text("<mjml>\n{{ isue.title }}\n</mjml>")
    with pytest.raises(ContentError) as caught:
        render_issue(issue(3), content(issue(3)), environment(tmp_path, TEMPLATES))
    (problem,) = caught.value.problems
    assert (problem.path.as_posix(), problem.line) == ("templates/email/issue.mjml", 2)


def test_mjml_that_is_not_well_formed_is_said_in_words(tmp_path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "issue.mjml").write_text("<mjml><mj-body><mj-text>x</mj-body></mjml>")
    with pytest.raises(ContentError, match="MJML says"):
        render_issue(issue(3), content(issue(3)), environment(tmp_path, TEMPLATES))
