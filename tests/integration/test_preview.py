"""`pressroom preview`: issues and pieces as they are in the files now, and nothing is written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.app import App
from publisher.issue import Rendered
from publisher.local.changes import Changes
from publisher.local.previewer import Item, Previewer
from publisher.local.watching import Watching
from publisher.render.framed import page_in_frame
from tests.local import Preview, leave_only_the_issue, open_preview, with_issue
from tests.publication import FakeClock


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    with open_preview(tmp_path) as made:
        yield made


def test_the_list_has_every_issue_and_piece_and_each_line_leads_to_its_page(preview: Preview) -> None:
    links = re.findall(r'href="(/(?:issues|pieces)/[^"]+)"', preview.web.get("/").text)
    assert "/issues/11" in links
    assert "/issues/10" in links
    assert len(links) == len(set(links)) == 11 + len(preview.previewer.act.content.pieces)  # type: ignore[union-attr]
    assert preview.web.get("/pieces/concepts/golden-sets.md").status_code == 200


def test_an_issue_is_shown_as_mail_page_text_and_proof_in_frames_that_run_nothing(preview: Preview) -> None:
    whole = preview.web.get("/issues/11").text
    frames = re.findall(r'<iframe src="([^"]+)"[^>]*sandbox="([^"]+)"', whole)
    assert [address.split("?")[0] for address, _ in frames] == ["/mail/issues/11", "/page/issues/11"]
    for path in ("/mail/issues/11", "/page/issues/11", "/proof/issues/11"):
        got = preview.web.get(path)
        assert "A bucket of 60,000 tokens" in got.text
        assert "PRESSROOMFIELD" not in got.text
        rules = got.headers["content-security-policy"]
        assert "sandbox allow-same-origin" in rules
        assert "allow-scripts" not in rules + frames[0][1]
        (picture,) = {name for name in re.findall(r'src="([^"]+)"', got.text) if name.startswith("/files/")}
        assert preview.web.get(picture).headers["content-type"] == "image/png"
    assert "A bucket of 60,000 tokens" in preview.web.get("/issues/11?show=text").text
    assert "img-src 'none'" in preview.web.get("/mail/issues/11?pictures=off").headers["content-security-policy"]


def test_light_and_dark_are_decided_here_and_not_by_the_browser(preview: Preview) -> None:
    for path in ("/mail/issues/11", "/site/style.css"):
        light, dark = (preview.web.get(f"{path}?scheme={scheme}").text for scheme in ("light", "dark"))
        assert "prefers-color-scheme" not in light + dark
        assert "(max-width: 0)" in light
        assert "(min-width: 0)" in dark


def test_a_piece_is_shown_as_an_issue_of_its_own_with_its_answer_and_what_is_wrong_at_its_lines(
    preview: Preview,
) -> None:
    piece = next((preview.folder / "content/questions").glob("*.md"))
    preview.edit(piece, "\n### ", "\nSee [nothing](nowhere.md).\n\n### ")
    line = piece.read_text(encoding="utf-8").split("\n").index("See [nothing](nowhere.md).") + 1
    name = f"questions/{piece.name}"
    assert f"content/{name}:{line}</code>" in preview.web.get(f"/pieces/{name}").text
    assert "Last week" in preview.web.get(f"/mail/pieces/{name}").text
    assert preview.web.get("/pieces/concepts/none.md").status_code == 404
    assert preview.web.get("/pieces/../publication.toml").status_code == 404


def test_what_cannot_be_rendered_is_said_and_the_last_good_rendering_stays_and_is_marked_stale(
    preview: Preview,
) -> None:
    assert 'data-stale="no"' in preview.web.get("/issues/11").text
    preview.edit(preview.issue, "week: 2026-W48", "week: 2026-W99")
    whole = preview.web.get("/issues/11").text
    assert "This is stale" in whole
    assert "content/issues/0011.md:3" in whole
    assert "No problems found" not in whole
    assert 'data-stale="yes"' in whole
    preview.previewer.check()
    assert preview.web.get("/issues/11").text.count("content/issues/0011.md:3") == 1
    assert "A bucket of 60,000 tokens" in preview.web.get("/mail/issues/11").text
    preview.edit(preview.issue, "week: 2026-W99", "week: 2026-W48")
    assert 'data-stale="no"' in preview.web.get("/issues/11").text


def test_a_broken_publication_toml_makes_all_stale_and_an_issue_never_seen_says_why(preview: Preview) -> None:
    preview.web.get("/issues/11")
    preview.edit(preview.folder / "content/publication.toml", "name =", "nam =")
    assert "content/publication.toml" in preview.web.get("/").text
    assert "This is stale" in preview.web.get("/issues/11").text
    assert "It cannot be rendered as it is now" in preview.web.get("/issues/10").text


def test_what_cannot_be_read_is_in_the_list_with_its_file_and_leads_to_what_is_wrong_with_it(preview: Preview) -> None:
    corrections = preview.folder / "content/corrections"
    corrections.mkdir()
    (corrections / "0010-1.md").write_text("---\nissue: 9\n---\n", "utf-8")
    (corrections / "first.md").write_text("no front matter\n", "utf-8")
    (corrections / "README.md").write_text("of no concern\n", "utf-8")
    (preview.folder / "content/issues/0099.md").write_text("no front matter\n", "utf-8")
    preview.previewer.read()
    listed = preview.web.get("/").text
    for file, leads in (
        ("corrections/0010-1.md", '<a href="/issues/10010">'), ("corrections/first.md", "<p>"), ("issues/0099.md", '<a href="/issues/99">'),
    ):  # fmt: skip
        assert f'{leads}<span class="title">content/{file}</span> <span class="about">cannot be read</span>' in listed
    assert "README" not in listed
    whole = preview.web.get("/issues/10010").text
    assert "content/corrections/0010-1.md" in whole
    assert "It cannot be rendered as it is now" in whole


def test_the_check_of_all_files_follows_and_is_told_apart_from_the_issue_s_own(preview: Preview) -> None:
    leave_only_the_issue(preview.folder)
    other = preview.folder / "content/pages/about.md"
    preview.edit(other, "\n\n", "\n\nSee [nothing](nowhere.md).\n\n")
    assert "checking all files" in preview.web.get("/issues/11").text
    assert preview.previewer.check()
    assert not preview.previewer.check()
    look = preview.previewer.look(Item("issues", "11"))
    assert "content/pages/about.md" in {problem.path.as_posix() for problem in look.elsewhere}
    assert "content/pages/about.md" not in {problem.path.as_posix() for problem in look.findings}
    assert "checking all files" not in preview.web.get("/issues/11").text


def test_looking_writes_nothing_to_content_or_a_database_and_needs_no_secret(preview: Preview) -> None:
    def written() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in (preview.folder / "content").rglob("*") if path.is_file()}

    before = written()
    for path in ("/", "/issues/11", "/issues/11?show=proof", "/proof/issues/11", "/pieces/concepts/golden-sets.md"):
        assert preview.web.get(path).status_code == 200
    assert written() == before
    assert not list(preview.folder.rglob("pressroom.db"))


def test_every_answer_keeps_other_sites_out(preview: Preview) -> None:
    for path in ("/", "/issues/11", "/mail/issues/11", "/style.css", "/nothing/at/all"):
        got = preview.web.get(path)
        assert "access-control-allow-origin" not in got.headers
        assert got.headers["cross-origin-resource-policy"] == "same-origin"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert preview.web.get(path, headers={"host": "attacker.example"}).status_code == 421
        assert preview.web.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_saved_file_is_noticed_and_told_to_open_pages(tmp_path: Path) -> None:
    folder = with_issue(tmp_path / "news")
    leave_only_the_issue(folder)
    with App(folder, clock=FakeClock(), variables={}) as app:
        previewer, changes = Previewer(app), Changes()
        watching = Watching(folder, previewer, changes)

        async def follow() -> str:
            watching.start()
            told = changes.stream(lambda: False)
            async for _ in told:
                look = await asyncio.to_thread(previewer.look, Item("issues", "11"))
                assert look.rendering is not None
                if "A bucket of 90,000" in look.rendering.made.rendered.text:
                    return look.rendering.made.rendered.text
                path = folder / "content/issues/0011.md"
                path.write_text(path.read_text().replace("A bucket of 60,000", "A bucket of 90,000"))
            raise AssertionError

        try:
            assert "A bucket of 90,000" in asyncio.run(follow())
        finally:
            watching.stop()


def test_smaller_versions_of_a_picture_are_found_where_the_picture_is(preview: Preview) -> None:
    picture = preview.previewer.look(Item("issues", "11")).rendering.made.rendered.pictures[0]  # type: ignore[union-attr]
    html = f'<img src="{picture.name}" srcset="{picture.name} 640w, other.png 900w"><a href="a,b">'
    rendered = Rendered(11, "", "", "", "", html, (picture,))
    assert page_in_frame(rendered, root="/", files="f/") == (
        f'<img src="f/{picture.name}" srcset="f/{picture.name} 640w, other.png 900w"><a href="a, b">'
    )
