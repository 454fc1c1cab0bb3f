"""Doubts: what an import does not understand, and what may say who left. It stops and asks instead of guessing. Pure.

A column that is not read is in doubt if its name or one of its values contains a word for leaving or for consent, or if
it has only two or three different values, because these may be yes and no in a language that is not in the tables here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

FEW: Final = 3
"""A column with at least two and at most this many different values may mean yes and no."""
_LOOKED_AT: Final = 200
"""How many characters of a cell are searched for words."""
_LISTED: Final = 10

# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish with Danish and Norwegian, Finnish, and
# languages in other scripts. These are beginnings of words, for names of columns and for values.
_LEAVING: Final = (
    "unsub", "un sub", "nonsub", "non sub", "not sub", "opt out", "optout", "opted out", "opt in", "optin", "opted in",
    "leave", "left", "leaving", "cancel", "block", "black", "bounce", "complain", "spam", "junk", "abuse", "consent", "delet",
    "remov", "suppress", "inactiv", "active", "disabled", "enabled", "undeliver", "unreach", "unconfirm", "do not", "dont",
    "donot", "dnc", "dnm", "never", "churn", "expired", "invalid", "dead", "revoke", "withdr", "objection", "stop",
    "abgemeld", "abmeld", "ausgetrag", "austrag", "gekündigt", "kündig", "gesperrt", "sperr", "widerruf", "widerspr",
    "einwillig", "gelöscht", "inaktiv", "aktiv", "unzustellbar", "nicht",
    "désinscri", "desinscri", "désabonn", "desabonn", "résili", "bloqu", "supprim", "plainte", "consentement", "inactif",
    "actif", "refus", "ne pas",
    "baja", "cancelad", "bloquead", "eliminad", "queja", "consentimiento", "inactiv", "rebot", "no enviar", "no contact",
    "disiscri", "cancellat", "bloccat", "rimoss", "eliminat", "reclam", "consenso", "inattiv", "attiv", "non contatt",
    "descadastr", "removid", "excluíd", "excluid", "reclamaç", "consentimento", "inativ", "ativ", "não",
    "uitgeschr", "afgemeld", "geblokkeerd", "verwijderd", "klacht", "toestemming", "inactief", "actief", "niet",
    "wypisan", "zablokowan", "usunięt", "skarg", "zgod", "nieaktyw", "aktyw",
    "avregistr", "avmäld", "avslut", "blockerad", "borttag", "klagomål", "samtycke", "afmeld", "avmeld", "slettet", "klage",
    "samtykke", "ikke",
    "peruut", "poistu", "poistettu", "estetty", "valitus", "suostumus", "ei aktiiv",
    "отпис", "заблок", "удал", "жалоб", "соглас", "неактив", "актив", "退订", "退訂", "取消", "拉黑", "投诉", "删除", "配信停止",
    "解除", "同意", "拒否", "수신거부", "차단", "동의", "إلغاء", "محظور",
)  # fmt: skip
_IN_NAMES: Final = ("opt", "stat", "état", "etat", "estado", "stato", "tila", "activ", "subscri", "confirm", "verif", "mailable", "permission", "allow", "gdpr", "dsgvo", "rgpd", "状态", "ステータス", "статус")  # fmt: skip
_ANSWERS: Final = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "y",
        "n",
        "ja",
        "nein",
        "oui",
        "non",
        "si",
        "sí",
        "no",
        "sim",
        "não",
        "nee",
        "tak",
        "kyllä",
        "ei",
        "да",
        "нет",
    ]
)
_OF_FILES: Final = ("unsub", "nonsub", "non sub", "bounce", "cleaned", "complain", "suppress", "block", "black", "opt out", "optout", "abgemeld", "désinscri", "desinscri", "baja", "disiscri")  # fmt: skip

_word = re.compile(
    "|".join(rf"(?<![^\W\d_]){re.escape(each)}" for each in sorted(set(_LEAVING), key=len, reverse=True))
)
_name = re.compile("|".join(re.escape(each) for each in sorted({*_LEAVING, *_IN_NAMES}, key=len, reverse=True)))
_file = re.compile("|".join(map(re.escape, _OF_FILES)))


def plain(name: str) -> str:
    """Return a column's name or a status as it is compared: in lower case, with one space between words.

    >>> plain("Email_Address"), plain(" OPTIN-TIME "), plain("isActive")
    ('email address', 'optin time', 'isactive')
    """
    return re.sub(r"[\W_]+", " ", name.lower()).strip()


def name_in_doubt(name: str) -> bool:
    """Return whether a column's name may say who left.

    >>> [name_in_doubt(name) for name in ("Unsubscribed at", "is_active", "DoNotMail", "Abgemeldet am", "company")]
    [True, True, True, True, False]
    """
    return _name.search(plain(name)) is not None


def file_in_doubt(name: str) -> bool:
    """Return whether a file's name suggests that everyone in it has left."""
    return _file.search(plain(name)) is not None


def value_in_doubt(cell: str) -> bool:
    """Return whether a cell may say that someone left.

    >>> [value_in_doubt(cell) for cell in ("Hard bounce", "no", "opted-out", "Austria", "laptop")]
    [True, True, True, False, False]
    """
    text = plain(cell[:_LOOKED_AT])
    return text in _ANSWERS or _word.search(text) is not None


class Columns:
    """Watches the unread columns of one list, row by row."""

    def __init__(self, names: Sequence[str], unread: Iterable[int]) -> None:
        self._names = names
        self._why = {place: "its name may say who left" for place in unread if name_in_doubt(names[place])}
        self._watched = [place for place in unread if place not in self._why]
        self._values: dict[int, set[str]] = {place: set() for place in self._watched}

    def look(self, cells: Sequence[str]) -> None:
        """Look at one row."""
        doubted = False
        for place in self._watched:
            cell = cells[place].strip() if place < len(cells) else ""
            known = self._values[place]
            if cell in known:
                continue
            if len(known) <= FEW:
                known.add(cell)
            if cell and value_in_doubt(cell):
                self._why[place] = f"its value {cell[:40]!r} may say who left"
                doubted = True
        if doubted:
            self._watched = [place for place in self._watched if place not in self._why]

    def doubts(self) -> list[str]:
        """Return a sentence for each column that is in doubt: why, and which options decide it."""
        few = {
            place: f"it has only {len(self._values[place])} different values, like a column of yes and no"
            for place in self._watched
            if 1 < len(self._values[place]) <= FEW
        }
        return [
            f"the column {name!r} is not read, but {why}: read it with --map status={_quoted(name)} or "
            f"--map left={_quoted(name)} (when they left), or skip it with --ignore {_quoted(name)}"
            for place, why in sorted({**self._why, **few}.items())
            for name in (self._names[place],)
        ]


def of_words(words: Counter[str], known: Collection[str]) -> list[str]:
    """Return a sentence for each unknown status, with the options that decide it; `words` counts their lines."""
    said = [
        f"the status {word!r} ({count:,} {'line' if count == 1 else 'lines'}) is unknown: say what it means, for "
        f"example with --status {_quoted(f'{word}=unsubscribed')} or --status {_quoted(f'{word}=active')}"
        for word, count in words.most_common(_LISTED)
    ]
    if len(words) > _LISTED:
        said.append(f"{len(words) - _LISTED:,} more statuses are unknown; is this the right column?")
    return [*said, f"the known statuses are: {', '.join(known) or 'none'}"] if said else []


def of_file(name: str) -> str:
    return (
        f"the file's name, {name!r}, suggests that its people left, but nothing in the file says so: add --all-left "
        f"unsubscribed, or, if they are readers, --ignore {_quoted(name)}"
    )


def of_renamed(name: str, system: str, told_by: str) -> str:
    return (
        f"{system} has the same columns for readers and for people who never subscribed, and only its own name for the file "
        f"tells which: {name!r} does not begin with {told_by}. If these are readers, say --ignore {_quoted(name)}"
    )


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"[^\w=.-]", text) else text
