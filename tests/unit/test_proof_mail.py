"""A proof is the very mail of the issue under a banner, with its pictures in it and no reader's own links."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from publisher.deliver.message import Template, compose
from publisher.errors import Problem, Severity
from publisher.issue import Picture, Rendered
from publisher.merge_fields import ACTION, FIELDS, unmarked
from publisher.ports import RenderedEmail
from publisher.render import render_issue
from publisher.render.proof import MOST_EMBEDDED, before_publication, render_proof, render_test_copy
from publisher.review import SAMPLE
from subscribers import EmailKind
from tests.mails import EVERYTHING
from tests.press import PUBLICATION, content, issue, png, templates

PAGE = PUBLICATION.url("issues/3/")


@cache
def rendered() -> Rendered:
    one = issue(3, concept=EVERYTHING)
    return render_issue(one, dataclasses.replace(content(one), picture=lambda _: png(900, 500)), templates())


def proof(of: Rendered, **said: object) -> RenderedEmail:
    return render_proof(PUBLICATION, templates(), of, digest="ab" * 32, **said)  # type: ignore[arg-type]


def as_readers_get_it(body: str) -> str:
    """Undo what a proof does to links and pictures."""
    body = re.sub(r"cid:([\w.-]+)@[\w.]+", rf"{PAGE}\1", body)
    return body.replace(f"{ACTION}/files/", PAGE).replace(f"{ACTION}/page", PAGE)


def test_below_its_banner_a_proof_is_the_very_mail() -> None:
    made, mail = proof(rendered()), before_publication(rendered(), PUBLICATION, ACTION)
    head, body, rest = re.split(r"(<body[^>]*>)", mail.html)
    assert made.html.startswith(head + body + "<table")
    assert made.html.endswith(rest)
    assert made.text.endswith(mail.text)
    assert as_readers_get_it(mail.html) == unmarked(rendered().html)
    assert as_readers_get_it(mail.text) == unmarked(rendered().text)


def test_its_pictures_come_with_it_and_all_its_own_links_lead_to_the_editors_page() -> None:
    made = proof(rendered())
    assert PAGE not in made.html + made.text
    values = dict.fromkeys((*FIELDS, "date", "to", "message_id"), "https://notes.example.com/approve/x")
    frozen = compose(
        PUBLICATION, EmailKind.PROOF, subject=made.subject, html=made.html, text=made.text, pictures=made.pictures
    )
    mail = email.message_from_bytes(Template.parse(frozen).build(values), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    html = mail.get_body(("html",))
    assert html
    parts = {str(part["Content-ID"]): part for part in mail.walk() if part.get_content_maintype() == "image"}
    shown = set(re.findall(r"cid:([^\"']+)", html.get_content()))
    assert shown
    assert {f"<{one}>" for one in shown} == parts.keys()
    assert {part.get_payload(decode=True) for part in parts.values()} == {one.data for one in made.pictures}
    assert not re.findall(r'src(?:set)?="(?!cid:)[^"]*"', html.get_content())
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "multipart/related"]


def test_pictures_too_large_for_a_mail_are_shown_by_the_editors_page() -> None:
    names = ("small.png", "large.png")
    pictures = tuple(Picture(name, bytes(size), 1, 1) for name, size in zip(names, (9, MOST_EMBEDDED), strict=True))
    html = "<html><body>" + "".join(f'<img src="{PAGE}{name}"/>' for name in names) + "</body></html>"
    made = before_publication(Rendered(3, "x", "x", html, "x", "", pictures), PUBLICATION, "https://a.test/t")
    assert made.pictures == pictures[:1]
    assert 'src="cid:small.png@picture.invalid"' in made.html
    assert 'src="https://a.test/t/files/large.png"' in made.html


@pytest.mark.parametrize("body", ['<BODY title="a > b" class=x>', "<body>", "<body\n style='x>y'>", ""])
def test_the_banner_comes_before_all_else_that_a_mail_shows(body: str) -> None:
    mail = dataclasses.replace(rendered(), html=f"<html><head></head>{body}<p>Words</p></html>")
    html = proof(mail).html
    assert html.index("// proof") < html.index("<p>Words</p>")
    assert f"{body}<table" in html if body else html.startswith("<table")


def test_links_that_only_begin_like_the_issues_page_stay() -> None:
    said = f"({PAGE}), {PAGE}#concept, {PAGE}. {PAGE}other/ https://notes.example.com/issues/33/"
    made = before_publication(dataclasses.replace(rendered(), text=said), PUBLICATION, "AT")
    assert made.text == f"(AT/page), AT/page#concept, AT/page. {PAGE}other/ https://notes.example.com/issues/33/"


def test_a_proof_says_what_changed_and_shows_each_drafted_sentence_beside_its_source() -> None:
    made = proof(rendered(), review=SAMPLE)
    for part in (" ".join(re.sub(r"<[^>]+>", " ", made.html).split()), " ".join(made.text.split())):
        for said in ("Changed since the proof of", "content/issues/0001.md:9", "picture a.png", "And 1 more",
                     "A sentence.", "a sentence", "before", "after", "No. 1", "No earlier issue has its passage."):  # fmt: skip
            assert said in part
    assert 'href="https://notes.example.com/issues/1/#concept"' in made.html
    assert re.search(r"<del[^>]*>b</del>\s+<ins[^>]*>c</ins>", made.html)
    assert "a [-b-] {+c+}" in made.text


def test_a_proof_with_errors_says_that_nobody_can_approve_it_yet() -> None:
    error = Problem(Path("content/issues/0003.md"), 9, "a link leads nowhere", "fix it", Severity.ERROR)
    made = proof(rendered(), problems=(error,), command="pressroom approve 3 --by NAME", due="Thu")
    for part in (made.html, " ".join(made.text.split())):
        assert "It cannot be approved while there are errors." in part
        assert "Look at it and approve" not in part
        assert "pressroom approve" not in part


PREVIEW = PUBLICATION.url("preview/token")
WAITS = {
    "en": "Readers have not got this mail yet.",
    "de": "Die Leserinnen und Leser haben diese Mail noch nicht bekommen.",
    "fr": "Les lecteurs n’ont pas encore reçu cet e-mail.",
    "es": "Los lectores aún no han recibido este correo.",
    "ar": "لم تصل هذه الرسالة إلى القرّاء بعد.",
    "ja": "このメールはまだ読者に届いていません。",
}


@pytest.mark.parametrize("language", WAITS)
@pytest.mark.parametrize("out", [False, True])
def test_below_its_banner_a_test_copy_is_the_very_mail_in_any_language(language: str, out: bool) -> None:
    publication = PUBLICATION.model_copy(update={"language": language})
    made = render_test_copy(publication, templates(), rendered(), PREVIEW, out=out)
    mail = rendered() if out else before_publication(rendered(), publication, PREVIEW)
    head, body, rest = re.split(r"(<body[^>]*>)", mail.html)
    banner = made.html.removeprefix(head + body).removesuffix(rest)
    assert head + body + banner + rest == made.html
    assert banner.startswith("<table")
    assert banner.endswith("</table>")
    assert made.text.endswith("=" * 72 + "\n\n" + mail.text)
    assert made.pictures == (() if out else mail.pictures)
    assert made.subject == f"[Test] {mail.subject}"
    for said in (banner, made.text.removesuffix(mail.text).replace("\n", " ").replace("  ", " ")):
        assert (WAITS[language] in said) is not out
        assert "3" in said
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in banner


def test_no_link_of_a_test_copy_leads_to_a_page_that_is_not_there_yet() -> None:
    made = render_test_copy(PUBLICATION, templates(), rendered(), PREVIEW, out=False)
    assert PAGE not in made.html + made.text
    assert f"{PREVIEW}/page" in made.html
