"""The fonts of mail, which readers have already. The site's are in templates/web/style.css, and a test compares them.

A Chinese, a Japanese and a Korean font draw the same character differently, so each language names its own.
"""

from __future__ import annotations

from typing import Final

from publisher.language import Language

MONO: Final = "Menlo,Consolas,'Liberation Mono',monospace"
_LATIN: Final = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Inter,Helvetica,Arial"
EAST_ASIAN: Final = {
    "ja": "'Hiragino Sans','Hiragino Kaku Gothic ProN','Yu Gothic',Meiryo,'Noto Sans JP','Noto Sans CJK JP'",
    "ko": "'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR'",
    "zh-Hans": "'PingFang SC','Microsoft YaHei','Noto Sans SC','Noto Sans CJK SC'",
    "zh-Hant": "'PingFang TC','Microsoft JhengHei','Noto Sans TC','Noto Sans CJK TC'",
}
"""Latin letters come from the fonts before these."""
_TRADITIONAL: Final = {"Hant", "Hk", "Mo", "Tw"}


def sans(language: Language) -> str:
    """Return the fonts of text."""
    own = EAST_ASIAN.get(_writing(language.tag))
    return ",".join(filter(None, (_LATIN, own, "sans-serif")))


def label_font(language: Language) -> str:
    """Return the fonts of labels and dates: those of code, unless its letters are joined and so fit no grid."""
    return MONO if language.direction == "ltr" else sans(language)


def _writing(tag: str) -> str:
    """Return a language, and for Chinese the kind of its characters as well.

    >>> _writing("ja-JP"), _writing("zh"), _writing("zh-TW"), _writing("zh-Hans-HK")
    ('ja', 'zh-Hans', 'zh-Hant', 'zh-Hans')
    """
    language, *subtags = tag.split("-")
    found = {subtag.title() for subtag in subtags}
    if language != "zh":
        return language
    return "zh-Hant" if found & _TRADITIONAL and "Hans" not in found else "zh-Hans"
