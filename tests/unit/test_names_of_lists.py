"""What files, sheets and title lines are called: which names suggest that everyone on a list has left."""

from __future__ import annotations

import json

import pytest

from subscribers.leaving_words import file_in_doubt, plain, speaks_of_leaving
from tests.lists import BLIND

OF_PEOPLE_WHO_LEFT = {
    "en": "leavers, ex-members, former members, Members_Cancelled, opted-out, undeliverable, pending, prospects, removals, resigned, "
    "hardbounces, complaints, dead addresses, suppression_list, non_subscribed, MyUnsubscribes, leads, waitlist, dropouts, do-not-mail",
    "de": "Kündigungen, Rückläufer, unzustellbar, Abmeldungen, Austritte 2024, Ehemalige Mitglieder, Sperrliste, Newslettersperren, "
    "Karteileichen, Robinsonliste, Interessenten, Vereinsabmeldungen, Verstorbene",
    "fr": "résiliations, désinscrits, désabonnés, anciens membres, radiés, démissions, NPAI, plaintes, refusés, décédés",
    "es": "bajas, rebotados, antiguos socios, exsocios, cancelados, quejas, fallecidos, pendientes",
    "it": "disiscritti, cancellati, ex iscritti, dimissioni, usciti, reclami, rimbalzi",
    "pt": "descadastrados, cancelados, antigos sócios, devolvidos, removidos",
    "nl": "uitgeschreven, uitschrijvingen, opzeggingen, oud-leden, afmeldingen, overleden",
    "pl": "wypisani, rezygnacje, byli członkowie, odbicia, usunięci",
    "sv, da, no": "avregistrerade, tidigare medlemmar, avhopp, udmeldte, tidligere, utmeldte, avmeldte",
    "fi": "eronneet, entiset jäsenet, peruuttaneet",
    "cs, hu, ro, tr": "odhlášení, bývalí členové, leiratkozottak, dezabonați, foști membri, ayrılanlar",
    "ru, uk": "отписавшиеся, отказы, бывшие, удалённые, колишні, відписані",
    "ja": "退会者, 配信停止, 解約, 元会員",
    "zh": "退订, 黑名单, 流失用户",
    "ko": "탈퇴회원, 수신거부",
    "ar, he": "المنسحبون, ملغى, הוסרו",
}
OF_READERS = (
    "list, subscribers, Active subscribers, subscribed_1, readers, members, newsletter 2024-05, mailing list, contacts, email_list, "
    "audience_export_abc, opt-in, double opt-in, confirmed, export 2024 (3), customers, donors, Returning students, Urban gardeners, "
    "Attended 2024, Household, Christopher, Manuals, Aktive Mitglieder, Mitglieder, Mailingliste Verein, Adressen, Vorstand, Kunden, Engelberg, "
    "Tabelle1, Sheet1, Feuil1, Hoja1, Foglio1, Лист1, abonnés, abonnés actifs, Départements, radio club, suscriptores, socios, iscritti, "
    "assinantes, leden, subskrybenci, medlemmer, jäsenet, odběratelé, feliratkozók, подписчики, 订阅者, 購読者, 会員名簿, 구독자, المشتركون"
)


@pytest.mark.parametrize("language", OF_PEOPLE_WHO_LEFT)
def test_a_name_that_says_that_people_left_is_in_doubt_in_any_language(language: str) -> None:
    for name in OF_PEOPLE_WHO_LEFT[language].split(", "):
        for written in (name, f"{name}.csv", f"2024/{name.upper()} (2).xlsx", f"Verein-{name}"):
            assert file_in_doubt(written), written


def test_a_usual_name_of_a_list_of_readers_is_not_in_doubt() -> None:
    assert [name for name in OF_READERS.split(", ") if file_in_doubt(f"{name}.csv")] == []


def test_names_of_lists_are_judged_by_the_words_of_cells_except_those_of_readers() -> None:
    words = json.loads((BLIND / "words.json").read_text(encoding="utf-8"))
    meant = {plain(each["word"]) for each in words if each["meaning"] == "active"}
    passed = [
        each["word"]
        for each in words
        if each["kind"] == "value" and each["meaning"] != "active" and plain(each["word"]) not in meant
        and speaks_of_leaving(each["word"]) and not file_in_doubt(each["word"])
    ]  # fmt: skip
    assert [word for word in passed if not word.lower().startswith(("manual", "normal", "5.1.1"))] == ["transactional"]
