"""The fonts that diagrams are drawn with have the letters that they say, as wide as they say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import isolation
from publisher.render import diagrams
from publisher.render.diagrams import typefaces
from publisher.render.diagrams.typefaces import Letters

CJK = Path(__file__).parents[1] / "data" / "fonts" / "NotoSansCJK-few.ttc"


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The fonts of a machine that has none yet."""
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))
    diagrams.draw.cache_clear()
    isolation.end_workers()  # they have the environment with which they began
    (tmp_path / "fonts").mkdir()
    yield tmp_path / "fonts"
    isolation.end_workers()


@pytest.mark.parametrize(
    "text",
    [
        "Straße, œuvre, Žižek, İstanbul, tiếng Việt", "Очередь, Ђорђе, Її", "Ουρά, ᾤα", "قائمة الانتظار، ٣", "תור, שָׁלוֹם",
        "→ ← ↔ ⇒ ⟶ ✓ ✗ ✔ ∑ ∫ √ ∞ ≤ ≥ ≠ ≈ ∈ ∅ × ÷ ± µ π", "■ ● ▲ ▼ ◆ ★ ☆ ░ │ └ ─ ⌘ ⏎ ⚠ ☎ №", "🚀 🔥 ✅ ❌ 👩‍💻 🇩🇪 ❤️ 1️⃣ 👍🏽",
        "“quoted” ‘words’ – — … • · « » € £ ¥ ₿ © ® ™",
    ],
)  # fmt: skip
def test_what_an_engineer_writes_is_covered_by_the_shipped_fonts(fonts: Path, text: str) -> None:
    assert Letters(text).lacking == frozenset()


def test_letters_of_other_scripts_are_found_in_the_machines_fonts(fonts: Path) -> None:
    source = "flowchart TD\n  A[队列] --> B[キュー] --> C[대기열]\n"
    with pytest.raises(diagrams.BrokenDiagramError, match="no font has the letter '队'"):
        diagrams.draw(source)
    shutil.copy(CJK, fonts)
    isolation.end_workers()  # one that has seen the fonts of the machine keeps to them for a minute at most
    assert Letters(source).lacking == frozenset()
    assert Letters("队列").width("队列") == pytest.approx(2)
    with_words = diagrams.draw(source)
    assert len(with_words.png) > 1.15 * len(
        diagrams.draw(source.translate(str.maketrans("队列キュー대기열", "  　　　   "))).png
    )


def test_files_that_are_no_fonts_are_passed_over(fonts: Path) -> None:
    (fonts / "a-sans.ttf").write_bytes(b"")
    (fonts / "b-sans.otf").write_bytes(b"OTTO" + bytes(40))
    (fonts / "c-sans.ttc").write_bytes(CJK.read_bytes()[:900])
    (fonts / "d-sans.ttf").mkdir()
    assert Letters("队").lacking == {"队"}


def test_an_upright_sans_serif_font_is_preferred(fonts: Path) -> None:
    names = ("A-SerifCJK-Regular.ttc", "B-SansCJK-Bold.ttc", "C-SansCJK-Regular.ttc", "D-SansMonoCJK.ttc")
    for name in names:
        shutil.copy(CJK, fonts / name)
    assert Path(Letters("队").files[-1]).name == "C-SansCJK-Regular.ttc"


def test_the_system_is_not_asked_for_letters_that_are_shipped(fonts: Path) -> None:
    shutil.copy(CJK, fonts)
    assert Letters("Queue → Очередь 🚀").files == [str(path) for path in typefaces.SHIPPED]


@pytest.mark.parametrize(
    ("text", "weight", "width"),
    [
        ("", None, 0),
        ("Hello", None, 2.3935),
        ("Hello", "bold", 2.4659),
        ("Hello", "600", 2.4659),
        ("Hello", "400", 2.3935),
        ("e\u0301", None, 0.5824),
    ],
)
def test_a_text_is_as_wide_as_its_letters(text: str, weight: str | None, width: float) -> None:
    """Widths as fontTools reads them from the same files."""
    assert Letters(text).width(text, weight) == pytest.approx(width, abs=1e-3)


def test_a_text_is_parted_where_its_font_changes(fonts: Path) -> None:
    """A letter stays with its marks, and a space with what is before it if that font has one."""
    assert list(Letters("").runs("Hi 👩\u200d💻 1\ufe0f\u20e3 ✓ קו לב e\u0301")) == [
        ("Inter", "Hi "), ("Noto Emoji", "👩\u200d💻"), ("Inter", " "), ("Noto Emoji", "1\ufe0f\u20e3"), ("Inter", " ✓ "),
        ("Noto Sans Hebrew", "קו לב "), ("Inter", "e\u0301"),
    ]  # fmt: skip
    shutil.copy(CJK, fonts)
    assert list(Letters("队列").runs("队列")) == [("Noto Sans CJK JP", "队列")]


def test_a_joiner_or_a_direction_has_no_width() -> None:
    assert Letters("").width("\u200f\u200da\ufe0f\u202c") == Letters("").width("a")


def test_the_fonts_are_small_and_come_with_their_licence() -> None:
    assert sum(path.stat().st_size for path in typefaces.SHIPPED) < 1_700_000
    licence = typefaces.SHIPPED[0].with_name("OFL.txt").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert all(path.name in licence for path in typefaces.SHIPPED)
