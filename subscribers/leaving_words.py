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
_SMTP = re.compile(r"(?:[45]\d\d )?[45] \d \d(?!\d)")
"""An answer of a mail server (RFC 3463), as `plain` writes it."""
_RUN_TOGETHER = re.compile(
    r"\w(?:unsub|optout|optedout|bounce|complain|spam|blocked|blacklist|blocklist|suppress|unconfirm)"
)
"""Words within others: in capitals, nothing shows where the words of `adminBlocked` begin."""
_MARKUP = re.compile(r"<[^<>]{0,200}>")
_SIGNS = re.compile("[†✝✞✟✗✘✖❌❎⛔🚫☠⚰\u0335-\u0338]")
"""Crosses, and the strokes that strike letters through."""


def plain(text: str) -> str:
    """Return a column's name, a status or a cell as it is compared: words in lower case without accents.

    >>> plain("Email_Address"), plain(" OPTIN-TIME "), plain("isActive"), plain("Désabonné·e")
    ('email address', 'optin time', 'is active', 'desabonne e')
    """
    if not text.islower():
        text = _HUMP.sub(" ", text)
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text)
        text = "".join(each for each in folded if unicodedata.category(each) not in ("Mn", "Cf"))
        text = text.replace("ı", "i")  # the capital letter of the two is one
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
avaktiv, obekräft, ej bekr, väntande, studs, ogiltig, markerad som, afmeld, avmeld, frameld, opsagt, sagt opp, slettet, klage,
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
_COMPOUNDS: Final = "unsub, nonsub, sperr, block, abmeld, baja"
"""Short words that may also end another one, such as the name of a list."""
_OF_READERS: Final = """
active, aktiv, actif, attiv, ativ, actief, aktyw, актив, enabled, opt in, optin, opted in, normal., transactional, manual, engel
"""
"""Words for columns that call a whole list one of readers, or are parts of usual names."""


def _words(text: str) -> list[str]:
    """Return the words of a table as `plain` writes them; a full stop stays at the end of whole words."""
    parts = (part.strip() for part in text.split(","))
    return sorted({plain(part) + "." * part.endswith(".") for part in parts if part})


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern that matches any of these words; those with one first letter are tried together."""
    heads: dict[str, list[str]] = {}
    for word in words:
        whole = word.endswith(".")
        heads.setdefault(word[0], []).append(re.escape(word[1:].rstrip(".")) + r"(?![^\W\d_])" * whole)
    return "|".join(f"{re.escape(head)}(?:{'|'.join(rest)})" for head, rest in heads.items())


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
    if _SMTP.match(text):
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
    return _RUN_TOGETHER.search(text) is not None or refuses_mail(words)


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
