"""Words that may say that somebody left, never agreed or cannot be reached, in the languages of the lists we know. Pure.

They only raise a doubt: what a word means, if it is clear, is in `vendors`. So a word too many costs an editor one more
option, and a word too few costs a reader a mail that they do not want.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from subscribers import leaving_phrases
from subscribers.twice_encoded import as_meant

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_SMTP = re.compile(r"(?:^|[45]\d\d )[45] \d \d{1,2}(?!\d)")
"""An answer of a mail server (RFC 3463), as `plain` writes it."""
_OF_SMTP = re.compile(r"[45]|[45]\d\d")
_RUN_TOGETHER = re.compile(
    r"\w(?:unsub|optout|optedout|bounce|complain|spam|blocked|blacklist|blocklist|suppress|unconfirm)"
)
"""Words within others: in capitals, nothing shows where the words of `adminBlocked` begin."""
_EXPLAINED = re.compile(r"(?:^|[\s,;:(|/\"'])(?:\w{1,3}|[^\w\s,;:(|/\"']{1,2})\s*(?:=|:|→|->|\s[-–]\s)\s*([^,;=|/]+)")
"""What a line says that a code of few letters means."""
_SPACED = re.compile(r"(?<!\S)\w(?: \w){4,}(?!\S)")
"""A word with spaces between its letters."""
_MARKUP = re.compile(r"<[^<>]{0,200}>")
_SIGNS = re.compile("[†✝✞✟✗✘✕✖❌❎☒⊗⛔🚫🛑☠💀⚰⚱🪦🕯👎🗑📵🔕🚷🙅\u0335-\u0338]")
"""Crosses, signs of death and of no, and the strokes that strike letters through."""
_SINGLE: Final = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart, as people write them who do not have them: ı is one letter in capitals with i."""


class _Kept(dict[int, int | None]):
    """What `str.translate` makes of each character: nothing of accents and of invisible ones. (A test of each takes thrice as long.)"""

    def __missing__(self, code: int) -> int | None:
        self[code] = found = None if unicodedata.category(chr(code)) in ("Mn", "Cf") else code
        return found


_WITHOUT_MARKS: Final = _Kept()


def plain(text: str) -> str:
    """Return a column's name, a status or a cell as it is compared: words in lower case without accents.

    >>> plain("Email_Address"), plain(" OPTIN-TIME "), plain("isActive"), plain("Désabonné·e")
    ('email address', 'optin time', 'is active', 'desabonne e')
    """
    if not text.islower():
        text = _HUMP.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_WITHOUT_MARKS)
        return re.sub(r"[\W_]+", " ", text.casefold().translate(_SINGLE)).strip()
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


# Beginnings of words, for the names of columns and for their values. Those that end in a full stop are whole words.
_BEGINNINGS: Final = """
prospect., invited., requested., lead., normal., unsub, un sub, nonsub, non sub, not sub, never sub, opt out, optout, opted out, optedout, opt in, optin, opted in, not opted, leave,
left, leaving, cancel, block, black, bounce, hard bounce, hardbounce, softbounce, complain, spam, junk, abuse, consent,
unconsent, delet, remov, suppress, inactiv, active, disabled, enabled, deactivat, undeliver, unreach, unknown user,
unconfirm, not confirm, unverif, not verif, unactivat, not activ, never, do not, dont, donot, dnc, dne., dnm., churn, lapsed,
expired, invalid, malformed, dead, bad address, no such, user unknown, mailbox unavail, no longer, not interested, not sending, non market, nonmarket,
revoke, withdr, objec, opposed, stop, quit., gone., former, resign, signoff, signed off, refus, declin, denied, reject,
terminat, ended, ban., banned, suspend, on hold., hold., held.., exclud, purg, eras, forgot, quarantin, frozen, globally,
trash, automatic by, paused, cleaned, clean time, clean campaign, archiv, honeypot, disposable, transactional, role account, returned to sender, delivery fail, mailbox full, nxdomain, signoff, fbl.,
feedback loop, feedbackloop, flagged, pending, awaiting, waiting, validating, needs., not set., no permission, passiv,
notsignedup, nolonger, inappropriate, manual, user suppressed, non subscriber, never subscribed, no consent, no news, no mail,
abgemeld, abmeld, abbestell, ausgetrag, austrag, austritt, ausgetreten, gekündigt, kündig, gesperrt, sperr, werbesperr,
widerruf, widerspr, widersproch, einwillig, gelöscht, entfernt, inaktiv, aktiv, deaktiv, unzustellbar, rückläuf, ungültig,
adresse ungültig, unbestätigt, ausstehend, bestätigung, storniert, beendet, beschwerde, als spam, keine werbung, kein news,
nicht, blockiert, erwünscht, unerwünscht, tot., verstorben, verzogen,
désinscri, désabonn, résili, bloqu, supprim, plainte., consentement, inactif, actif, désactiv, refus, ne pas, ne plus, non confirm,
non activ, non abonn, en attente, rebond, npai, incorrect, adresse invalid, signalé, indésirable, liste noire, exclus., exclu., exclue., oppos,
rejet, annul, parti.,
baja, dado de, cancelad, bloquead, eliminad, queja, consentimiento, inactiv, rebot, rebote, no enviar, no contact, no suscri,
desuscri, desinscri, lista negra, suspendid, sin confirm, no confirm, no activ, pendiente, desactiv, dirección no, marcado como,
correo no, rechazad,
disiscri, cancellat, annullat, bloccat, rimoss, eliminat, reclam, consenso, inattiv, attiv, disattiv, non contatt, non iscri,
non conferm, in attesa, revocat, respint, rimbalz, indirizzo non, segnalat, sospes, lista bloc, lista nera, iscrizione ann,
descadastr, desinscri, removid, excluíd, reclamaç, reclamac, consentimento, inativ, ativ, não, devolvid, rejeitad, anulad,
endereço inv, pendente, lista de bloq, inscrição canc,
uitgeschr, uitgeschakel, afgemeld, afmeld, opgezegd, geblokkeerd, verwijderd, klacht, toestemming, inactief, actief, niet,
onbevest, in afwacht, onbestel, ongeldig, gebounc, als spam, zwarte, gedeactiv,
wypisan, odsubskryb, zablokowan, usunięt, skarg, zgod, nieaktyw, aktyw, rezygn, zrezygn, anulowan, niepotw, oczekuj, odbit,
nieprawid, oznaczono, czarna, wyłączon,
avregistr, avprenum, avmäld, avanmäld, avslut, uppsagd, blocker, blokeret, blocklist, borttag, klagomål, samtyck, spärr, svartlist,
avaktiv, obekräft, ej bekr, väntande, studs, ogiltig, markerad som, afmeld, avmeld, frameld, opsagt, sagt opp, slettet, klage., klaget., klager.,
samtykke, spærr, sperret, blokker, ubekræft, ubekreft, afvent, venter, afvist, deaktiver, ikke, inte., ej aktiv,
peruut, peruttu, poistu, poistettu, estetty, valitus, suostumus, ei aktiiv, vahvistamat, pois käyt,
odhlás, zrušen, nepotvr, smaz, blokov, zablok, uvedeno na, deaktivov, nedoruč, stížn, souhlas, odhlas,
leirat, nem meger, tiltó, letilt, dezabon, neconfirm, blocat, dezactiv, refuz,
üyeli, abonelikten, iptal, onaylanma, beklemede, silindi, engel, geri dön, şikayet, devre dışı,
donat de baixa, no subscr, sense conf, deshabil, a la llista,
μη, διαγρ, ανεπιβ, αποκλει, απεγγρ, ανενεργ,
отпис, заблок, удал, жалоб, соглас, неактив, актив, не подтв, неподтв, ожидает, возврат, недост, недейств, отказ, отмеч, черн,
выключ, отключ, відпис, непідтв, вимкн, скасов,
הוסר, בוטל, חסום,
إلغاء, ملغ, محظور, غير, موقوف
"""

# Scripts that put no space between words, so these may stand anywhere.
_ANYWHERE: Final = """
退订, 退訂, 取消, 拉黑, 黑名单, 投诉, 删除, 禁用, 停用, 屏蔽, 退信, 无效, 未确认, 未激活, 待确认, 未验证, 拒收, 同意, 解除, 拒否, 停止, 退会,
削除, 無効, 未確認, 仮登録, 未承認, 確認待ち, 不達, バウンス, エラー, 迷惑, 苦情, ブロック, ブラックリスト, オプトアウト,
수신거부, 구독취소, 해지, 차단, 삭제, 비활성, 미확인, 대기, 반송, 스팸, 동의, 거부, ยกเลิก
"""

# Words that mean something if they are the whole cell.
_ANSWERS: Final = """
yes, no, true, false, y, n, t, f, ja, nein, oui, non, si, sí, sim, não, nee, tak, nie, kyllä, ei, nej, nei, ano, ne, da, nu, igen,
nem, evet, hayır, ναι, όχι, да, нет, так, ні, 是, 否, はい, いいえ, 예, 아니요, نعم, لا, normal, requested, invited, lead, prospect,
none, off, on, ok, member, current, live, receiving
"""

# Parts of the names of columns.
_IN_NAMES: Final = """
opt, stat, état, estado, stato, tila, situaç, activ, subscri, confirm, verif, mailable, permission, allow, accept, agree, gdpr,
dsgvo, rgpd, doi, erwünscht, wants, receiv, contact status, reason, grund, motif, motiv, motivo, powód, причина, reden, valid,
suppress, quarantin, anonymi, hold, 状态, 状態, ステータス, статус, дата отп, 停止日, 解除日, 退会日
"""
_NAMES_BEGIN: Final = "end, ended, ends, exit, quit, gone, closed, expir, until, terminat, resign, doi, ban, banned, active, newsletter, mailing, hard, smtp, dead"

_OF_FILES: Final = """
ex., leavers, quitt, dropout, unsubs, unregist, waitlist, leads., prospects., invitees., returned, returns., fail, error, nomail, denylist, deceased, past members,
past subscri, wrong address, wrong email, bad., tote., robinson, negativlist, karteileich, interessent, abgelehnt, abgelauf, abgäng, ehemal, fehlerhaft, falsche adr, warteliste,
ancien, radié, radiat, démission, départs., décédé, retours., plaintes, sortant, sans consent, antigu, ex soci, exsoci, exmiembro, exmembr, ex abon,
fallecid, devuelt, no desea, dimess, dimission, decedut, uscit, antigo, falecid, saíram, uitschrijv, opzeg, oud., overleden, wypis, byli., odbic, usunięc, zmarl,
avhopp, utträd, tidigare, avlidn, udmeld, utmeld, tidligere, eronn, entis, bývalí, kilép, foști, ayrıl, ayril, бывш, колишн, 탈퇴, 流失, 失效, 解約, 元会員, 退社, منسحب, engelle
"""
"""What files, sheets and titles are called beside the words that columns have."""
_CONSENT = re.compile(
    r"\b(?:consent\w*|einwilligung\w*|consentement|consenso|toestemming|samtyck\w*|samtykke\w*|souhlas\w*|suostumus|zgod\w*|соглас\w*)|同意"
)
_COMPOUNDS: Final = "unsub, nonsub, sperr, block, abmeld, baja"
"""Short words that may also end another one, such as the name of a list."""
_OF_READERS: Final = """
active, aktiv, actif, attiv, ativ, actief, aktyw, актив, enabled, opt in, optin, opted in, normal., transactional, manual, engel
"""
"""Words for columns that call a whole list one of readers, or are parts of usual names."""


_SPELT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
"""How words are written on keyboards without these letters, beside leaving out what is above them."""


def _words(text: str) -> list[str]:
    """Return the words of a table as `plain` writes them; a full stop stays at the end of whole words."""
    parts = {part.strip() for part in text.split(",")}
    parts |= {part.translate(_SPELT) for part in parts}
    return sorted({plain(part) + "." * part.endswith(".") for part in parts if part})


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern that matches any of these words; those with one first letter are tried together."""
    heads: dict[str, list[str]] = {}
    for word in words:
        whole = word.endswith(".")
        heads.setdefault(word[0], []).append(re.escape(word[1:].rstrip(".")) + r"(?![^\W\d_])" * whole)
    return "|".join(f"{re.escape(head)}(?:{'|'.join(rest)})" for head, rest in heads.items())


def _with_lost_letters(word: str) -> str:
    """Return a pattern for a word of a table in which no letter above ASCII is left; nothing if too few others are there."""
    bare = word.strip().rstrip(".")
    if bare.isascii() or sum(map(str.isascii, bare)) < _LEFT_OF_IT:
        return ""
    middle = "".join(re.escape(each) if each.isascii() else _LOST for each in bare[:-1])
    end = re.escape(bare[-1]) if bare[-1].isascii() else "(?:\ufffd|\\?[?\\w]*(?!\\w))"
    return rf"(?<!\w){middle}{end}"


_LEFT_OF_IT: Final = 4
"""Letters of ASCII that a word must have to be known by them."""
_LOST: Final = "[\ufffd?]{1,3}"
_LONGEST_LOOKED_AT: Final = 4_000
"""Characters of a cell in which switches are looked for."""
_LINKS: Final = frozenset("–—:=<>")
"""Signs that set words apart, or join a switch with its state."""
_LONGEST_KEY: Final = 60
"""Characters of a switch's name."""
_HEAD: Final = 3
_PARTED: Final = 6
"""Letters of a word that stands in longer words, too, and hardly ever by chance."""
_beginnings, _in_names = _words(_BEGINNINGS), _words(_IN_NAMES)
_phrases = _words(leaving_phrases.PHRASES)
_anywhere = _words(f"{_ANYWHERE}, {leaving_phrases.ANYWHERE}")
_names_begin = _words(f"{_NAMES_BEGIN}, {leaving_phrases.UNTIL}")
_NEAR: Final = 3
"""Words between which a no belongs to a word for mail."""
_LONGEST_ANSWER: Final = 30
"""Characters of a yes or no, with markup."""
_heads = frozenset(word.rstrip(".").partition(" ")[0][:_HEAD] for word in (*_beginnings, *_phrases))
_answers = frozenset(_words(_ANSWERS))
_whole = frozenset(_words(leaving_phrases.WHOLE))
_no = frozenset(filter(None, (each.strip() for each in leaving_phrases.NO.split(","))))
_denied = re.compile(
    rf"(?:[\"']\s*|(?<!\s)\s*)[:=]+>?\s*[\"']?(?:{'|'.join(sorted(_no, key=len, reverse=True))})(?![\w.:-]*\w)",
    re.IGNORECASE,
)
_before_a_switch = re.compile(r"[:=,;|{}\[\]\n\"']")
NEGATIONS = frozenset(_words(leaving_phrases.NEGATIONS))
"""The words that say no, if a word for mail is near."""
_word = re.compile(_any_of((*_beginnings, *_phrases)))
_mail = re.compile(_any_of(_words(leaving_phrases.MAIL)))
_anywhere_in = re.compile(_any_of(_anywhere))
_name = re.compile(
    _any_of(word for word in (*_beginnings, *_anywhere, *_in_names) if len(word) > _HEAD or not word.isascii())
    + f"|{_any_of(_words(leaving_phrases.UNTIL_ANYWHERE))}"
    + rf"|(?<![^\W\d_])(?:{_any_of((*_beginnings, *_phrases, *_in_names, *_names_begin))})"
)
_by_itself = re.compile(_any_of(word for word in (*_beginnings, *_phrases) if " " not in word))
_part = re.compile(
    _any_of(
        sorted(
            {
                part + "." * (place > 0)
                for each in (*_beginnings, *_phrases)
                for place, part in enumerate(reversed(each.split(" ")))
            }
        )
    )
)
_lost = re.compile(
    "|".join(filter(None, map(_with_lost_letters, f"{_BEGINNINGS},{leaving_phrases.PHRASES}".split(","))))
)
_compounds = _words(_COMPOUNDS)
_of_files = set(_beginnings).union(_anywhere, _words(_OF_FILES)).difference(_words(_OF_READERS))
_anywhere_in_files = [word for word in _of_files if not word.isascii() or (len(word) >= _PARTED and word[-1] != ".")]
_file = re.compile(rf"{_any_of([*_compounds, *_anywhere_in_files])}|(?<![^\W\d_])(?:{_any_of(sorted(_of_files))})")


def name_in_doubt(name: str) -> bool:
    """Return whether a column's name may say who left.

    >>> [name_in_doubt(name) for name in ("Unsubscribed at", "is_active", "DoNotMail", "Abgemeldet am", "company")]
    [True, True, True, True, False]
    """
    return any(_name.search(plain(each)) for each in (name, *as_meant(name)))


def file_in_doubt(name: str) -> bool:
    """Return whether a name suggests that everyone on a list has left: its file's, its sheet's, its title, its column of addresses.

    >>> [file_in_doubt(name) for name in ("Kündigungen 2024.csv", "Mailsperren", "Aktive Mitglieder", "readers.csv")]
    [True, True, False, False]
    """
    return any(_file.search(plain(each)) for each in (name, *as_meant(name)))


def is_answer(cell: str) -> bool:
    """Return whether a cell is a yes or no, a sign or a code, which means nothing without the name of its column."""
    text = plain(cell)
    return text in _answers or len(text) < _HEAD


def hides_a_leaving(name: str) -> bool:
    """Return whether a column's name says more of leaving than of joining, so that it holds no name or date of joining.

    >>> [hides_a_leaving(name) for name in ("Gone on", "Unsub reason", "Consent date", "Opt-in", "Consent withdrawn")]
    [True, True, False, False, True]
    """
    return file_in_doubt(_CONSENT.sub(" ", plain(name)))


def explains_codes(line: str) -> bool:
    """Return whether a line says what codes mean, and one of them that somebody left.

    >>> explains_codes("Kz: 1 = aktiv, 2 = abgemeldet"), explains_codes("Export: unsubscribed and active readers")
    (True, False)
    """
    return any(map(speaks_of_leaving, _EXPLAINED.findall(line)))


def value_in_doubt(cell: str) -> bool:
    """Return whether a cell may say that someone left.

    >>> [value_in_doubt(cell) for cell in ("Hard bounce", "no", "<b>Opted-out</b>", "Austria", "laptop")]
    [True, True, True, False, False]
    """
    short = len(cell) <= _LONGEST_ANSWER and plain(_MARKUP.sub(" ", cell)) in _answers
    return short or speaks_of_leaving(cell)


def speaks_of_leaving(cell: str) -> bool:
    """Return whether a cell contains a word for leaving; yes and no are not such words.

    >>> speaks_of_leaving("contactFlaggedAsSpam"), speaks_of_leaving("CONTACTFLAGGEDASSPAM")
    (True, True)
    """
    return speaks_as_it_is(cell) or any(map(speaks_as_it_is, as_meant(cell)))


def speaks_as_it_is(cell: str) -> bool:
    """Return what `speaks_of_leaving` does, of a cell that was not saved in a wrong encoding before."""
    if shows_a_sign(cell):
        return True
    text = plain(_MARKUP.sub(" ", cell) if "<" in cell else cell)
    if text[1:2] == " " and _SPACED.search(text):
        text = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    if text in _whole or _SMTP.search(text):
        return True
    if not text.isascii() and _anywhere_in.search(text):
        return True
    at = 0
    words = text.split(" ")
    for word in words:
        start = len(word) - len(word.lstrip("0123456789"))
        if word[start : start + _HEAD] in _heads and _word.match(text, at + start):  # ten times faster than a search
            return True
        at += len(word) + 1
    return (
        _RUN_TOGETHER.search(text) is not None or refuses_mail(words) or denies(cell) or speaks_with_lost_letters(cell)
    )


def shows_a_sign(text: str) -> bool:
    """Return whether a text has a cross, or letters that are struck through."""
    return not text.isascii() and _SIGNS.search(text) is not None


def refuses_mail(words: Sequence[str]) -> bool:
    """Return whether words, as `plain` writes them, say no to mail, as in "keine Mails mehr" or "Newsletter: no"."""
    if NEGATIONS.isdisjoint(words):
        return False
    return any(
        _mail.match(near)
        for place, word in enumerate(words)
        if word in NEGATIONS
        for near in (*words[max(0, place - _NEAR) : place], *words[place + 1 : place + 1 + _NEAR])
    )


def denies(text: str) -> bool:
    """Return whether a switch of which the name may say who left is off.

    >>> [denies(text) for text in ("subscribed: no", '{"gets mail": false}', "newsletter off", "mails sent: 0")]
    [True, True, True, False]
    """
    keys = []
    if ":" in text or "=" in text:
        text = text[:_LONGEST_LOOKED_AT]
        before = (text[max(0, found.start() - _LONGEST_KEY) : found.start()] for found in _denied.finditer(text))
        keys = [_before_a_switch.split(each)[-1] for each in before]
    elif len(text) <= _LONGEST_KEY:
        *name, last = re.split(r"[\s_-]+", text.strip())
        keys = [" ".join(name)] if name and last.lower() in _no else []
    return any(_is_switch(key) for key in map(plain, keys) if key)


def _is_switch(key: str) -> bool:
    return _mail.match(key.rpartition(" ")[2]) is not None or _name.search(key) is not None


def speaks_with_lost_letters(text: str) -> bool:
    """Return whether a text has a word for leaving whose letters above ASCII were lost when it was saved.

    >>> [speaks_with_lost_letters(text) for text in ("gek\ufffdndigt", "d?sabonn?", "d\ufffd\ufffdsabonn\ufffd\ufffd", "left?")]
    [True, True, True, False]
    """
    return ("\ufffd" in text or "?" in text) and _lost.search(text.casefold()) is not None


def weight_of(word: str) -> int:
    """Return what a word may do in a text that speaks of leaving: 2 if it may do so by itself, 1 with others, 0 for nothing.

    >>> [weight_of(word) for word in ("“left”", "Jörg", "nl", "d\ufffdsabonn\ufffd")]
    [2, 0, 1, 2]
    """
    parts = plain(word).split()
    if len(parts) > _HEAD or shows_a_sign(word) or speaks_with_lost_letters(word) or _anywhere_in.search(word):
        return 2
    if parts and (
        parts[0] in _whole
        or _RUN_TOGETHER.search("".join(parts))
        or _SMTP.search(plain(word))
        or _file.search(" ".join(parts))
    ):
        return 2
    found = 0
    for part in parts:
        bare = part.lstrip("0123456789")
        if _by_itself.match(bare):
            return 2
        found += bool(
            part in NEGATIONS or part in _no or part in _answers or part in _whole or _OF_SMTP.fullmatch(part)
            or _part.match(bare) or _mail.match(part) or _name.search(part)
        )  # fmt: skip
    return min(found, 2)


def links(word: str) -> bool:
    """Return whether a word has signs that set others apart, or stands between them without being one."""
    return not _LINKS.isdisjoint(word) or not plain(word)
