"""Editors approve by their own links: what the page shows, who may press, and what is refused in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa

from publisher import editors, pipeline
from publisher.errors import ContentError, Refused
from publisher.issue import Approval, IsoWeek
from publisher.ports import How, Verdict
from subscribers.database import reading
from tests.desk import BASE, ISSUE, Desk, open_desk, words
from tests.office import text_of, token_in


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        yield made


def test_an_editor_looks_approves_and_takes_it_back_and_all_of_it_is_on_record(desk: Desk) -> None:
    links = desk.prove()
    assert sorted(links) == ["robin", "sam"]
    page = desk.web.get(links["robin"])
    said = words(page.text)
    for part in ("No. 11", "Token buckets", "You are here as Robin", "Thu 2026-11-26 08:00 Europe/Berlin",
                 "Nobody has approved it yet. One approval is needed.", "A bucket of 60,000 tokens"):  # fmt: skip
        assert part in said
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert desk.press(links["robin"])[0] == 200
    status, said = desk.press(links["robin"])  # its page offers to withdraw now; the link itself approves once more
    assert (status, desk.by()) == (200, ["Robin"])
    assert "Approved by Robin." in said
    assert pipeline.would_send(desk.news.app.act(), 11, late=True).approved_by == ("Robin",)
    assert "You took your approval" in desk.press(links["robin"], "/withdraw")[1]
    assert desk.by() == []
    with pytest.raises(Refused, match="needs the approval of one person: press the button in its proof"):
        pipeline.send(desk.news.app.act(), 11)
    assert [(one.person, one.what, one.how) for one in desk.news.app.approvals.record(11)] == [
        ("Robin", Verdict.APPROVED, How.LINK), ("Robin", Verdict.WITHDRAWN, How.LINK),
    ]  # fmt: skip


def test_a_scanner_that_opens_every_link_of_a_proof_and_posts_to_them_changes_nothing(desk: Desk) -> None:
    editors.prove(desk.news.app.act(), 11, "monday")
    for mail in desk.news.mails():
        html = mail.get_body(("html",))
        assert html is not None
        found = set(re.findall(rf'"({BASE}/[^"]*)"', str(html.get_content()))) | set(
            re.findall(rf"{BASE}/\S+", text_of(mail))
        )
        ours = {one for one in found if "/approve/" in one}
        link = min(ours, key=len)
        assert {one.removeprefix(link).split("/", 2)[1] for one in ours - {link}} == {"page", "files"}
        assert {desk.web.get(one).status_code for one in ours} == {200}
        frame = desk.web.get(f"{link}/mail")
        pictures = re.findall(r'src="(files/[^"]+)"', frame.text)
        assert pictures
        for url in (*found, f"{link}/page", *(f"{link}/{name}" for name in pictures)):
            assert desk.web.get(url).status_code == desk.web.head(url).status_code
        assert {desk.web.get(f"{link}/{name}").headers["content-type"] for name in pictures} == {"image/png"}
        assert {desk.web.get(f"{link}/{end}").status_code for end in ("withdraw", "proof")} == {404}
        assert {desk.web.post(link + end).status_code for end in ("", "/withdraw", "/proof")} == {403}
    assert (desk.by(), desk.news.app.approvals.record(), desk.news.mails()) == ([], (), [])


def everything(desk: Desk) -> object:
    """Return all rows of the database and all files of content."""
    engine = desk.news.app.engine
    tables = sa.MetaData()
    tables.reflect(engine)
    with reading(engine) as connection:
        rows = {name: connection.execute(sa.select(table)).all() for name, table in tables.tables.items()}
    content = desk.news.folder / "content"
    return rows, {path: path.read_bytes() for path in content.rglob("*") if path.is_file()}


def test_a_scanner_that_goes_on_to_the_links_of_the_pages_behind_a_proof_and_a_test_copy_changes_nothing(
    desk: Desk,
) -> None:
    editors.prove(desk.news.app.act(), 11, "monday")
    pipeline.test(desk.news.app.act(), 11, "anybody@example.com")
    waiting = [url for mail in desk.news.mails() for url in re.findall(rf"{BASE}/[^\s\"'<>)]*", mail_source(mail))]
    before, seen = everything(desk), set[str]()
    while waiting and len(seen) < 200:
        url = waiting.pop().partition("#")[0]
        if url in seen or not url.startswith(BASE):
            continue
        seen.add(url)
        desk.web.head(url)
        answer = desk.web.get(url)
        if "html" in answer.headers.get("content-type", ""):
            waiting += [
                urljoin(str(answer.url), one) for one in re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)
            ]
    for behind in ("/approve/", "/preview/", "/unsubscribe/", "/mail", "/page"):
        assert any(behind in one for one in seen), behind
    assert everything(desk) == before
    assert desk.news.mails() == []


def mail_source(mail: EmailMessage) -> str:
    return "".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")


def test_the_framed_mail_is_the_very_mail_without_scripts_and_with_its_own_pictures(desk: Desk) -> None:
    link = desk.prove()["robin"]
    answer = desk.web.get(f"{link}/mail")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "frame-src 'self'" in desk.web.get(link).headers["content-security-policy"]
    assert "Hello Robin," in answer.text
    assert "issues/11/" not in answer.text
    assert not re.findall(r'href="([^"]+/(?:unsubscribe|preferences)/[^"]*)"', answer.text)
    for name in re.findall(r'(?:src|href)="((?:files/|page)[^"]*)"', answer.text):
        assert desk.web.get(f"{link}/{name}").status_code == 200
    page = desk.web.get(f"{link}/page").text
    assert "../" not in page
    assert {desk.web.get(f"{link}/{name}").status_code for name in re.findall(r'"(files/[^"]+)"', page)} == {200}
    assert "PRESSROOMFIELD" not in answer.text
    assert desk.web.get(f"{link}/files/nothing.png").status_code == 404


def test_two_people_need_two_links_however_often_one_is_pressed(desk: Desk) -> None:
    desk.set("people = 1", "people = 2")
    links = desk.prove()
    for _ in range(3):
        said = desk.press(links["robin"])[1]
    assert "Approved by Robin. One more approval is needed, from another editor." in said
    with pytest.raises(Refused, match=r"needs the approval of one more person \(approved by Robin\)"):
        pipeline.send(desk.news.app.act(), 11, late=True)
    # The form of one link does not fit another.
    form = re.search(r'name="form" value="([^"]+)"', desk.web.get(links["robin"]).text)
    assert form
    assert desk.web.post(links["sam"], data={"form": form[1]}).status_code == 403
    assert desk.by() == ["Robin"]
    assert "Approved by Robin and Sam." in desk.press(links["sam"])[1]


def test_an_edit_after_the_proof_is_refused_and_a_new_proof_has_links_that_work(desk: Desk) -> None:
    old = desk.prove()["robin"]
    form = re.search(r'name="form" value="([^"]+)"', desk.web.get(old).text)
    assert form
    desk.file.write_text(ISSUE.replace("a burst passes", "a burst may pass"))
    answer = desk.web.post(old, data={"form": form[1]})
    assert (answer.status_code, desk.by()) == (409, [])
    assert "was changed after this proof" in words(answer.text)
    assert {desk.web.get(old + end).status_code for end in ("", "/mail", "/files/x.png")} == {409}
    for _ in range(2):
        assert desk.press(old, "/proof")[0] == 200
    mails = desk.news.mails()
    assert len(mails) == 2, "one for each editor, once for each text"
    assert desk.press(f"/approve/{token_in(mails[0], 'approve')}")[0] == 200
    assert len(desk.by()) == 1


def test_links_that_cannot_be_used_are_refused_in_words(desk: Desk) -> None:
    links = desk.prove()
    robin, sam = links["robin"], links["sam"]
    mixed = robin[:30] + sam[30:]
    assert {desk.web.get(one).status_code for one in (mixed, robin[:-1], "/approve/x", f"{robin}x")} == {400}
    assert "was not made by us" in words(desk.web.get(mixed).text)
    assert desk.web.post(mixed, data={"form": "x"}).status_code == 400
    form = re.search(r'name="form" value="([^"]+)"', desk.web.get(robin).text)
    assert form
    desk.news.clock.advance(31 * 60)
    late = desk.web.post(robin, data={"form": form[1]})
    assert (late.status_code, "press the button once more" in words(late.text)) == (403, True)
    desk.news.clock.set("2026-11-27T07:01")
    old = desk.web.get(robin)
    assert (old.status_code, "This link is too old" in old.text) == (410, True)
    late_link = desk.prove("late")["robin"]
    assert "its window is over" in words(desk.web.get(late_link).text)
    assert desk.press(late_link)[0] == 200
    assert desk.by() == ["Robin"]


def test_what_is_being_sent_can_be_neither_approved_nor_withdrawn_and_its_pictures_end(desk: Desk) -> None:
    links = desk.prove()
    desk.press(links["robin"])
    picture = re.findall(r'src="(files/[^"]+)"', desk.web.get(links["sam"] + "/mail").text)[0]
    desk.news.app.ledger.deliveries.start(pipeline.approved(desk.news.app.act(), 11), desk.news.clock.now())
    for end in ("", "/mail", "/page", f"/{picture}"):
        answer = desk.web.get(links["sam"] + end)
        assert (answer.status_code, "is being sent as it was approved" in words(answer.text)) == (409, True)
    assert desk.web.post(links["robin"] + "/withdraw", data={"form": "x"}).status_code == 409
    assert not desk.news.app.approvals.withdraw(11, Approval("Robin", desk.news.clock.now(), digest(desk)), How.LINK)
    assert desk.by() == ["Robin"]


def digest(desk: Desk) -> str:
    return desk.news.app.approvals.of(11)[0].digest


def test_an_approval_that_is_withdrawn_while_a_send_begins_stops_it(desk: Desk) -> None:
    desk.press(desk.prove()["robin"])
    ready = pipeline.approved(desk.news.app.act(), 11)
    desk.news.app.approvals.withdraw(11, Approval("Robin", desk.news.clock.now(), ready.digest), How.LINK)
    with pytest.raises(Refused, match="was withdrawn just now"):
        desk.news.app.ledger.deliveries.start(ready, desk.news.clock.now())
    assert desk.news.app.ledger.deliveries.mailing(11) is None


def test_whoever_is_no_editor_any_more_cannot_approve(desk: Desk) -> None:
    link = desk.prove()["sam"]
    desk.set("sam@notes.example.com", "kim@notes.example.com")
    act = desk.news.app.act()
    with pytest.raises(Refused, match="not an editor of this publication any more"):
        pipeline.approve_by_link(act, link.rpartition("/")[2])


def test_an_issue_with_errors_shows_them_and_has_no_button(desk: Desk) -> None:
    desk.file.write_text(ISSUE.replace("One process", "[One](https://) process ![](nothing.png)"))
    link = desk.prove()["robin"]
    page = desk.web.get(link)
    assert page.status_code == 200
    assert "cannot be approved while there are errors" in words(page.text)
    assert "<form" not in page.text
    with pytest.raises(ContentError, match=r"nothing\.png"):
        pipeline.approve_by_link(desk.news.app.act(), link.rpartition("/")[2])


def test_a_name_typed_into_a_command_counts_only_where_the_publication_says_so(desk: Desk) -> None:
    for verb in (pipeline.approve, pipeline.withdraw):
        with pytest.raises(Refused, match=r"the button in the proof.*approval\.shell = true"):
            verb(desk.news.app.act(), 11, "Robin")
    link = desk.prove()["robin"]
    assert "pressroom approve" not in desk.web.get(link).text
    desk.set("shell = false", "shell = true")
    pipeline.approve(desk.news.app.act(), 11, "Robin")
    pipeline.withdraw(desk.news.app.act(), 11, "robin")
    with pytest.raises(Refused, match="Robin has not approved issue 11 as it is now"):
        pipeline.withdraw(desk.news.app.act(), 11, "Robin")
    assert {one.how for one in desk.news.app.approvals.record(11)} == {How.SHELL}


def test_issue_11_is_that_of_the_week_whose_window_the_links_end_with(desk: Desk) -> None:
    issue = desk.news.app.act().content.issue(11)
    assert issue
    assert issue.week == IsoWeek.parse("2026-W48")


def test_a_test_copy_shows_all_of_the_issue_before_it_is_out_and_approves_nothing(desk: Desk) -> None:
    pipeline.test(desk.news.app.act(), 11, "anybody@example.com")
    (mail,) = desk.news.mails()
    html = str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    text = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert [part.count("Readers have not got this mail yet.") for part in (html, text)] == [1, 1]
    links = {one for one in re.findall(rf'"({BASE}/[^"]*)"', html) if one != f"{BASE}/"}
    assert not re.findall(r'src(?:set)?="(?!cid:)', html)
    assert "image/png" in {part.get_content_type() for part in mail.walk()}
    assert {desk.web.get(one).status_code for one in links} == {200}
    (leave,) = (one for one in links if "/unsubscribe/" in one)
    readers = desk.news.app.subscribers.queries.count(None, now=desk.news.clock.now())
    for answer in (desk.web.get(leave), desk.web.post(leave), desk.web.post(f"{leave}/undo")):
        assert (answer.status_code, "This was a test copy" in answer.text) == (200, True)
    assert desk.news.app.subscribers.queries.count(None, now=desk.news.clock.now()) == readers
    copy = next(one for one in links if re.fullmatch(rf"{BASE}/preview/[^/]+", one))
    assert "This was a test copy" in desk.web.get(copy).text
    page = desk.web.get(f"{copy}/page").text
    assert "A bucket of 60,000 tokens" in page
    assert {desk.web.get(f"{copy}/{name}").status_code for name in re.findall(r'"(files/[^"]+)"', page)} == {200}
    assert desk.web.get(copy.replace("/preview/", "/approve/")).status_code == 400
    assert desk.web.post(copy).status_code == 405
    assert desk.web.get(copy[:-1]).status_code == 400
    assert desk.by() == []
    pipeline.approve_by_link(desk.news.app.act(), desk.prove()["robin"].rpartition("/")[2])
    pipeline.send(desk.news.app.act(), 11, late=True)
    out = desk.web.get(f"{copy}/page", follow_redirects=False)
    assert (out.status_code, out.headers["location"]) == (303, "/issues/11/")
    pipeline.test(desk.news.app.act(), 11, "somebody@example.com")
    (again,) = (one for one in desk.news.mails() if one["To"] == "somebody@example.com")
    words = str(again.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert ("Sending of this mail has begun" in words, "was changed since" in words) == (True, False)
    issue = desk.news.folder / "content" / "issues" / "0011.md"
    issue.write_text(
        issue.read_text("utf-8").replace("A bucket of 60,000 tokens", "A bucket of 70,000 tokens"), "utf-8"
    )
    pipeline.test(desk.news.app.act(), 11, "nobody@example.com")
    (edited,) = (one for one in desk.news.mails() if one["To"] == "nobody@example.com")
    assert "was changed since" in " ".join(str(edited.get_body(("plain",)).get_content()).split())  # type: ignore[union-attr]
