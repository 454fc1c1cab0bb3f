"""The catalogues are complete and compiled, and words, dates and numbers come out the same everywhere."""

from __future__ import annotations

import datetime as dt
import gettext
import os
import subprocess
import sys
from pathlib import Path

import babel
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from publisher.adapters.files import Folder
from publisher.adapters.publication_file import read_publication
from publisher.check import check
from publisher.errors import ContentError
from publisher.language import CATALOGUES, Language, Phrase, language_of, values_in
from publisher.render.templates import environment
from publisher.resources import shipped
from tests.publication import publication

ROOT = Path(__file__).parents[2]
COMPLETE = ("de", "fr", "es", "ar", "ja")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_mo(file) if path.suffix == ".mo" else read_po(file, locale=path.stem.replace("-", "_"))


def said(of: Catalog) -> dict[object, object]:
    return {key(message.id): key(message.string) for message in of if message.id and any(message.string)}


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def key(text: object) -> object:
    return tuple(text) if isinstance(text, list | tuple) else text


def test_the_list_of_phrases_is_what_templates_and_modules_say(tmp_path: Path) -> None:
    script = "import sys; sys.path.insert(0, 'tools'); import phrases; sys.stdout.buffer.write(phrases.text_of(phrases.phrases()))"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout
    (tmp_path / "found.po").write_bytes(found)
    listed, now = ({m.id for m in catalogue(p)} for p in (CATALOGUES / "phrases.pot", tmp_path / "found.po"))
    assert listed == now, "run: make phrases"


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_each_catalogue_is_compiled_as_it_is_and_has_the_values_of_every_phrase(path: Path) -> None:
    written, every = catalogue(path), catalogue(CATALOGUES / "phrases.pot")
    assert said(written) == said(catalogue(path.with_suffix(".mo"))), "run: make phrases"
    assert {message.id for message in written} == {message.id for message in every}, "run: make phrases"
    for message in (each for each in written if each.id):
        asked = set().union(*map(values_in, forms(message.id)))
        several = isinstance(message.id, tuple)
        for form in filter(None, forms(message.string)):
            assert values_in(form) == asked or (several and values_in(form) <= asked), form
    assert all(len(forms(m.string)) == written.num_plurals for m in written if isinstance(m.id, tuple))


@pytest.mark.parametrize("tag", COMPLETE)
def test_a_complete_language_has_every_phrase(tag: str) -> None:
    missing = [m.id for m in catalogue(CATALOGUES / f"{tag}.po") if m.id and not (all(m.string) and m.string)]
    assert missing == []


def test_a_phrase_without_a_translation_is_said_in_english() -> None:
    assert Language("tlh").say(Phrase("Read the archive")) == "Read the archive"
    assert (
        Language("de").say(Phrase("A phrase of tomorrow with %(what)s"), what="a value")
        == "A phrase of tomorrow with a value"
    )


def test_a_variety_of_a_language_uses_its_words_and_writes_its_own_dates() -> None:
    january = dt.date(2026, 1, 5)
    assert Language("de-AT").say(Phrase("Read the archive")) == "Das Archiv lesen"
    assert Language("de-AT").day(january) == "5. Jänner 2026"
    assert Language("en-US").day(january) == "January 5, 2026"
    assert Language("en").day(january) == Language("xx").day(january) == "5 January 2026"


def test_english_is_written_as_babel_writes_it() -> None:
    day = dt.date(2026, 1, 1)
    for each in (day + dt.timedelta(days=days) for days in range(366)):
        assert Language("en").day(each) == Language("en-001").day(each)
        assert Language("en").weekday(each.weekday()) == Language("en-001").weekday(each.weekday())
    for number in (0, 7, 999, 1000, 1234567):
        assert Language("en").number(number) == Language("en-001").number(number)


def test_a_language_that_nobody_translated_is_named_by_check(tmp_path: Path) -> None:
    text = (shipped("content") / "publication.toml").read_text().replace('language = "en"', 'language = "tlh"')
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "publication.toml").write_text(text)
    found = [str(problem) for problem in check(Folder(tmp_path).read(), environment(ROOT / "templates"))]
    line = text.split("\n").index('language = "tlh"') + 1
    assert (
        f"content/publication.toml:{line}: no catalogue is in the language 'tlh', so readers get English words; "
        in "\n".join(found)
    )


def test_a_publications_own_words_win_in_every_form() -> None:
    ours = language_of(
        publication(language="de", words={"Read the archive": "Stöbern", "One step.": ["eins", "%(num)s"]})
    )
    assert ours.say(Phrase("Read the archive")) == "Stöbern"
    steps = Phrase("One step."), Phrase("%(num)s steps, one at a time.")
    assert [ours.count(*steps, num) for num in (1, 2, 1000)] == ["eins", "2", "1.000"]


def test_the_direction_of_every_language_is_that_of_the_cldr() -> None:
    for name in babel.localedata.locale_identifiers():
        locale = babel.Locale.parse(name)
        assert (Language(name.replace("_", "-")).direction == "rtl") == (locale.text_direction == "rtl"), name


SCRIPT = """
import datetime, sys
from publisher.adapters.files import Folder
from publisher.adapters.publication_file import read_publication
from publisher.check import check
from publisher.errors import ContentError
from publisher.language import Language, Phrase
for tag in sys.argv[1:]:
    said = Language(tag)
    sys.stdout.buffer.write(" ".join([
        said.say(Phrase("Read the archive")), said.count(Phrase("One step."), Phrase("%(num)s steps, one at a time."), 1234),
        said.day(datetime.date(2026, 3, 1)), said.weekday(6), said.quote("x"), said.direction, "",
    ]).encode())
"""


def test_the_machines_locale_zone_and_hash_seed_change_nothing() -> None:
    tags = ["en", *(path.stem for path in sorted(CATALOGUES.glob("*.po")))]
    machines = (
        {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1"},
        {
            "LC_ALL": "tr_TR.UTF-8",
            "LANGUAGE": "fr:de",
            "LC_TIME": "nonsense",
            "TZ": "Pacific/Kiritimati",
            "PYTHONHASHSEED": "7",
        },
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, *tags], cwd=ROOT, env=os.environ | machine, capture_output=True, check=True
        ).stdout
        for machine in machines
    }
    assert len(outputs) == 1


def test_compiled_catalogues_are_read_by_the_standard_library() -> None:
    for path in CATALOGUES.glob("*.mo"):
        with path.open("rb") as file:
            assert gettext.GNUTranslations(file).info()["language"] == path.stem.replace("-", "_")


def test_own_words_that_fit_no_phrase_are_named_with_their_line(tmp_path: Path) -> None:
    text = (shipped("content") / "publication.toml").read_text()
    (tmp_path / "content").mkdir()
    file = tmp_path / "content" / "publication.toml"
    own = '\n[words]\n"Read on teh web" = "Im Browser"\n"Save" = "Sichern"\n'
    file.write_text(text + own)
    line = (text + own).split("\n").index('"Read on teh web" = "Im Browser"') + 1
    found = check(Folder(tmp_path).read(), environment(ROOT / "templates"))
    wanted = f"content/publication.toml:{line}: there is no phrase 'Read on teh web'; did you mean 'Read on the web'?"
    assert wanted in [str(problem) for problem in found]
    assert not any("'Save'" in str(problem) for problem in found)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('"%(day)s"', "the phrase has no value %(day)s"),
        ('"100 %"', "a % must be written %%"),
        ('["one", "%(num)d"]', "a % must be written %%"),
        ("[]", "has no words"),
    ],
)
def test_own_words_that_cannot_be_filled_in_are_refused_with_their_line(tmp_path: Path, said: str, what: str) -> None:
    file = tmp_path / "publication.toml"
    text = (shipped("content") / "publication.toml").read_text() + f"\n[words]\n'No. %(number)s' = {said}\n"
    file.write_text(text)
    with pytest.raises(ContentError) as caught:
        read_publication(file, Path("content/publication.toml"))
    (problem,) = caught.value.problems
    assert (problem.line, what in problem.what) == (len(text.splitlines()), True)
