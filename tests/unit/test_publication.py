"""publication.toml: what is valid, and how mistakes are reported."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from publisher.adapters.publication_file import read_publication
from publisher.content.unread import unread
from publisher.errors import ContentError
from publisher.publication import OWN_FOLDERS, Delivering, Publication
from publisher.resources import shipped
from publisher.scaffold import STARTER
from publisher.values import WebAddress
from subscribers import InvalidSegment

STARTING = (STARTER / "en" / "publication.toml").read_text(encoding="utf-8")
SHOWN = Path("content/publication.toml")


def read(tmp_path: Path, text: str | bytes) -> Publication:
    path = tmp_path / "publication.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_publication(path, SHOWN)


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read(tmp_path, text)
    return [str(problem) for problem in raised.value.problems]


def changed(old: str, new: str) -> str:
    assert old in STARTING
    return STARTING.replace(old, new, 1)


def line_of(text: str, needle: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if needle in line)


@pytest.mark.parametrize("folder", [STARTER / "en", shipped("content")])
def test_the_shipped_files_are_publications(folder: Path) -> None:
    publication = read_publication(folder / "publication.toml", SHOWN)
    assert publication.order() == ("concept", "architecture", "project", "archive", "question")


@pytest.mark.parametrize("folder", OWN_FOLDERS)
def test_a_folder_that_is_read_whatever_the_sections_are_is_no_section_s_and_nothing_in_it_is_stray(
    tmp_path: Path, folder: str
) -> None:
    assert (
        "section folders must differ" in problems(tmp_path, changed('folder = "concepts"', f'folder = "{folder}"'))[0]
    )
    assert list(unread([Path("content") / folder / "0001-1.md"], ["concepts"])) == []


def test_a_moment_is_a_weekday_and_a_local_time(tmp_path: Path) -> None:
    schedule = read(tmp_path, changed('"thu 08:00"', '"Thursday 18:05"')).schedule
    assert (schedule.send.weekday, schedule.send.time) == (3, dt.time(18, 5))


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("tagline", "tagine", "tagine", "unknown key 'tagine'; did you mean 'tagline'?"),
        ("[schedule]\nzone", "[schedule]\nzoen", "zoen", "unknown key 'schedule.zoen'; did you mean 'zone'?"),
        ('"Europe/Berlin"', '"Europe/Berln"', "zone =", "'Europe/Berln' is not an IANA time zone"),
        ('"thu 08:00"', '"thu 25:00"', "send =", "is not a weekday and a local time such as 'thu 08:00'"),
        ('"thu 08:00"', '"sun 08:00"\nx = 1', "x = 1", "unknown key 'schedule.x'"),
        ('"https://news.example.com" ', '"news.example.com" ', "base_url", "is not a web address"),
        ('"editor@news.example.com"', '"editor"', 'address = "editor"', "is not an e-mail address"),
        ('name = "Editor"', 'name = "A\\nB"', 'name = "A', "must be one line without control characters"),
        ('name = "Editor"', 'name = "  "', 'name = "  "', "must not be empty"),
        ('"weekly.news.example.com"', '"Weekly News"', "list_id", "'list_id'"),
        ("people = 1", "people = 0", "people", "greater than or equal to 1"),
        ('id = "project"', 'id = "Project!"', "Project!", "'section.2.id'"),
        ("window_hours = 24", "window_hours = 1000", "window_hours", "less than or equal to 96"),
        ('"mon 09:00"', '"wed 20:00"\nearly_mornings = true', "assemble =", "at least 13 hours before send"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_reported_at_its_line(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    text = changed(old, new)
    found = problems(tmp_path, text)
    assert any(problem.startswith(f"{SHOWN}:{line_of(text, where)}: ") and what in problem for problem in found), found


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('"mon 09:00"', '"fri 09:00"', "assemble =", "assemble must come before send"),
        ('id = "project"', ' id = "concept"', ' id = "concept"', "section ids must differ"),
        ('id = "project"', 'id = "archive"', 'id = "archive"', "section ids must differ"),
        ('folder = "projects"', 'folder = "issues"', 'folder = "issues"',
         "section folders must differ from each other and from issues"),
        ('id = "project"\nfolder = "projects"', 'id = "project"\n folder = "concepts"', ' folder = "concepts"',
         "section folders must differ"),
        ('before = "question"', 'before = "{quest}"', "before =", "draft.before = '{quest}' is not a section"),
        ("people = 1", "people = 2", "people =", "approval.people = 2, but there is 1 editor"),
        ('[approval]\npeople = 1', '[[editor]]\nname = "EDITOR"\naddress = "b@a.test"\n[approval]', 'name = "Editor"',
         "two editors have the same name"),
        ("[approval]", '[[model.terms]]\nname = "small-1"\n[[model.terms]]\nname = "small-1" \n[approval]', 'name = "small-1" ',
         "two terms are for the same model"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_together_are_reported_at_their_line(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    text = changed(old, new)
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"{SHOWN}:{line_of(text, where)}: {what}")


@pytest.mark.parametrize("price", ["[0.25] ", "0.25", "[true, 1]", '["a", 1]', "[1, 2, 3]"])
def test_what_is_wrong_with_the_terms_of_a_model_is_reported_at_its_line(tmp_path: Path, price: str) -> None:
    first, second = '[[model.terms]]\nname = "small-1"\nprice = [1, 2]', '[[model.terms]]\nname = "large-1"\nprice = '
    (problem,) = problems(tmp_path, text := changed("[approval]", f"[model]\n{first}\n{second}{price}\n[approval]"))
    assert problem.startswith(f"{SHOWN}:{line_of(text, f'price = {price}')}: ")
    assert "must be two numbers, such as [0.25, 2.0]" in problem


def test_all_values_that_do_not_fit_together_are_reported_in_one_run(tmp_path: Path) -> None:
    text = changed("people = 1", "people = 3").replace('"question"\ntitle', '"quest"').replace('"projects"', '"issues"')
    text = text.replace('before = "question"', 'before = "quest"')
    assert len(problems(tmp_path, text)) == 3, "people, folder, before"


def test_two_approvals_by_link_need_two_mailboxes(tmp_path: Path) -> None:
    by_hand = changed("people = 1", "people = 2") + '\n[[editor]]\nname = "Sam"\naddress = "Editor@News.example.com"\n'
    assert read(tmp_path, by_hand).approval.people == 2
    by_link = by_hand.replace("shell = true", "shell = false")
    (problem,) = problems(tmp_path, by_link)
    assert problem.startswith(
        f"{SHOWN}:{line_of(by_link, 'people = 2')}: approval.people = 2, but editors approve by a link"
    )
    assert read(tmp_path, by_link.replace("Editor@", "sam@")).approval.people == 2


def test_a_key_of_a_table_may_be_written_with_a_dot(tmp_path: Path) -> None:
    text = (
        changed("[approval]\npeople = 1", "")
        .replace("shell = true", "")
        .replace("tagline", "approval.people = 2\ntagline", 1)
    )
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"{SHOWN}:{line_of(text, 'approval.people')}: approval.people = 2")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3:8025", "[::1]:8025"])
def test_a_site_without_https_is_only_for_this_machine(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, changed("https://news.example.com", f"http://{host}")).base_url == f"http://{host}"


@pytest.mark.parametrize("host", ["news.example.com", "10.0.0.1", "localhost.example.com", "[::2]", "0.0.0.0:8025"])
def test_a_public_site_needs_https_for_the_unsubscribe_button(tmp_path: Path, host: str) -> None:
    (problem,) = problems(tmp_path, changed("https://news.example.com", f"http://{host}"))
    assert "is not encrypted, and mail programs show the unsubscribe button (RFC 8058) for https only" in problem


@pytest.mark.parametrize("address", ["https://a.test:99999", "https://[::1", "https://:80", "https://a.test:0"])
def test_an_invalid_host_or_port_is_refused(tmp_path: Path, address: str) -> None:
    (problem,) = problems(tmp_path, changed("https://news.example.com", address))
    assert "is not a web address" in problem


def test_all_problems_are_reported_in_one_run(tmp_path: Path) -> None:
    text = changed("tagline", "tagine").replace('"Europe/Berlin"', '"Nowhere"').replace("people = 1", "people = 9")
    assert len(problems(tmp_path, text)) == 4, "unknown, missing, zone, people"


def test_what_is_missing_is_shown_as_toml_writes_it(tmp_path: Path) -> None:
    found = problems(tmp_path, b'tagline = "T"\n')
    fixes = {line.partition("'")[2].partition("'")[0]: line.partition("; ")[2] for line in found}
    assert fixes["name"] == 'add a line «name = "…"»'
    assert fixes["sender"] == "add a line «[sender]»"
    assert fixes["editor"] == "add a line «[[editor]]»"
    assert all(line.startswith(f"{SHOWN}:1: ") for line in found)


def test_invalid_toml_is_reported_at_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, changed("[sender]", "[sender"))
    assert problem.startswith(f"{SHOWN}:{line_of(STARTING, '[sender]')}: not valid TOML")
    (problem,) = problems(tmp_path, b"name = 'caf\xe9'\n")
    assert ":1: byte 0xe9 is not UTF-8" in problem
    (problem,) = problems(tmp_path, "a = " + "[" * 5000)
    assert "not valid TOML" in problem


def test_a_byte_order_mark_makes_no_difference(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + STARTING.encode()) == read(tmp_path, STARTING)


def test_without_a_file_it_says_how_to_begin(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for missing in (tmp_path / "publication.toml", tmp_path / "a file" / "publication.toml"):
        with pytest.raises(ContentError, match="there is no publication here; run `pressroom init DIR`"):
            read_publication(missing, SHOWN)


def test_in_a_folder_of_a_publication_it_says_where_the_publication_begins(tmp_path: Path) -> None:
    home = tmp_path / "my news"
    (home / "content").mkdir(parents=True)
    read(home / "content", STARTING)
    with pytest.raises(ContentError, match=f"begins in '{home}': run the command there, or .* --publication '{home}'"):
        read_publication(home / "content/concepts/content/publication.toml", SHOWN)


def test_addresses_of_pages_are_below_the_base_url(tmp_path: Path) -> None:
    publication = read(tmp_path, changed('"https://news.example.com" ', '"https://example.com/news/" '))
    assert publication.url("issues/1/") == "https://example.com/news/issues/1/"
    assert publication.url("/issues/1/") == "https://example.com/news/issues/1/"


@pytest.mark.parametrize(
    "address",
    [
        "https://bücher.example",
        "https://user:p@[::1",
        "https://news.example.com:99999999",
        'https://a">b.example.com',
        "https://-",
    ],
)
def test_a_web_address_that_no_mail_program_can_use_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        TypeAdapter(WebAddress).validate_python(address)


@pytest.mark.parametrize("seconds", [1e300, float("inf"), float("nan"), -1, 604_801])
def test_a_back_off_is_at_most_a_week(seconds: float) -> None:
    with pytest.raises(ValueError, match="retry_after_seconds"):
        Delivering(retry_after_seconds=(seconds,))


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("Mail for PRESSROOMFIELDaddressDLEIF", "the reserved word 'PRESSROOMFIELDaddressDLEIF'"),
        ("A \\uFFFF", "U+FFFF"),
    ],
)
def test_text_that_no_mail_can_contain_is_reported_at_its_line(tmp_path: Path, words: str, what: str) -> None:
    (line,) = [line for line in STARTING.split("\n") if line.startswith("tagline")]
    with pytest.raises(ContentError) as raised:
        read(tmp_path, STARTING.replace(line, f'tagline = "{words}"'))
    (problem,) = raised.value.problems
    assert problem.line == STARTING.split("\n").index(line) + 1
    assert what in problem.what


def with_segments(*segments: tuple[str, str]) -> str:
    tables = [f"[[segment]]\nid = '{id_}'\nwhere = '{where}'\n" for id_, where in segments]
    return "\n".join([STARTING, *tables])


def test_a_segment_is_given_by_its_id_or_written_out(tmp_path: Path) -> None:
    text = with_segments(("beta", "tag = beta and section = archive"), ("old", "joined < 4w ago"))
    publication = read(tmp_path, text)
    assert str(publication.segment(" beta ")) == "tag = beta and section = archive"
    assert str(publication.segment("tag=beta")) == "tag = beta"
    for wrong, said in (
        ("bta", "column 1: publication.toml has no segment `bta`; did you mean `beta`?"),
        ("section = arcive", "column 11: there is no section `arcive`; did you mean `archive`?"),
    ):
        with pytest.raises(InvalidSegment) as raised:
            publication.segment(wrong)
        assert str(raised.value) == said
    with pytest.raises(InvalidSegment, match="there is no field `beta`"):
        read(tmp_path, STARTING).segment("beta")


def test_wrong_segments_are_reported_at_their_lines_in_one_run(tmp_path: Path) -> None:
    text = with_segments(("beta", "tag == beta"), ("beta", "tag = beta"), ("none", "section = qestion"))
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith(("id = '", "where = '"))]
    assert problems(tmp_path, text) == [
        f"{SHOWN}:{lines[2]}: segment ids must differ from each other; give this one another",
        f"{SHOWN}:{lines[1]}: segment beta, column 5: there is no operator `==`; did you mean `=`?",
        f"{SHOWN}:{lines[5]}: segment none, column 11: there is no section `qestion`; did you mean `question`?",
    ]
    (problem,) = problems(tmp_path, with_segments(("Beta!", "tag = a")))
    assert "'segment.0.id'" in problem
