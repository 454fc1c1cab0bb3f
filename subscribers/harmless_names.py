"""Names of columns that say where somebody lives or what they do, in many languages, and so do not say who left. Pure."""

from __future__ import annotations

from typing import Final

from subscribers.leaving_words import plain

_TABLE: Final = """
company, organisation, organization, employer, firm, business, industry, sector, branch, department, job, position, role, occupation, profession, title, salutation,
prefix, suffix, gender, sex, initials, nickname, middle, maiden, birthday, birthdate, birth, dob, age, language, lang, locale, timezone, town, city, place, village, suburb,
district, county, province, region, country, zip, zipcode, postcode, postal, street, address, addressee, house, apartment, building, phone, telephone, mobile, cell, fax, tel,
website, web, url, homepage, blog, twitter, facebook, instagram, linkedin, mastodon, github, skype, latitude, longitude, lat, lon, lng, id, uuid, guid, uid, ip, username, login, points, score,
sent, opens, opened, clicks, clicked, location, source, referrer, referral, since, orders, revenue, spent, amount, currency, price, donation, donations, size, weight, height, school, university, degree,
interests, interest, hobby, hobbies, topics, colour, color, food, diet, image, photo, avatar, picture, biography, bio, nationality, nr, num, number,
Firma, Unternehmen, Organisation, Verein, Abteilung, Branche, Beruf, Funktion, Anrede, Titel, Geschlecht, Geburtstag, Geburtsdatum, Geburtsjahr, Jahrgang, Alter, Sprache, Ort,
Wohnort, Stadt, Gemeinde, Kanton, Bundesland, Land, Staat, PLZ, Postleitzahl, Straße, Strasse, Hausnummer, Anschrift, Adresszusatz, Telefon, Mobil, Handy, Festnetz, Nummer, Kundennummer,
Mitgliedsnummer, Webseite, Herkunft, Quelle, seit, Interessen, Beitrag, Spende,
société, entreprise, organisme, métier, fonction, poste, civilité, titre, genre, sexe, naissance, âge, langue, ville, commune, département, pays, code postal, rue, adresse, téléphone, portable,
numéro, site, depuis, provenance,
empresa, compañía, organización, cargo, puesto, profesión, tratamiento, género, sexo, nacimiento, cumpleaños, edad, idioma, ciudad, localidad, provincia, país, código postal, calle,
dirección, domicilio, teléfono, móvil, celular, número, desde, origen,
azienda, società, ente, professione, ruolo, titolo, genere, sesso, nascita, compleanno, età, lingua, città, comune, paese, nazione, cap, via, indirizzo, telefono, cellulare, numero, dal, provenienza,
organização, profissão, função, tratamento, gênero, género, nascimento, aniversário, idade, língua, cidade, bairro, estado civil, rua, endereço, morada, telefone, telemóvel, celular, origem,
bedrijf, organisatie, beroep, functie, aanhef, geslacht, geboortedatum, verjaardag, leeftijd, taal, plaats, woonplaats, gemeente, provincie, land, postcode, straat, adres, huisnummer,
telefoon, mobiel, nummer, sinds, herkomst,
firma, organizacja, zawód, stanowisko, płeć, urodzenia, urodziny, wiek, język, miasto, miejscowość, województwo, kraj, kod pocztowy, ulica, telefon, komórka, numer,
företag, yrke, kön, födelsedatum, födelsedag, ålder, språk, ort, stad, län, postnummer, gata, mobilnummer, virksomhed, firma, køn, fødselsdag, alder, sprog, by, kommune, gade, vej,
bedrift, kjønn, fødselsdato, sted, gate, yritys, ammatti, sukupuoli, syntymäaika, ikä, kieli, kaupunki, kunta, maa, postinumero, katuosoite, puhelin,
společnost, povolání, pohlaví, narození, věk, jazyk, město, země, psč, ulice, cég, foglalkozás, születési dátum, életkor, nyelv, város, ország, irányítószám, utca, telefonszám,
companie, profesie, sex, vârstă, limbă, oraș, județ, țară, stradă, şirket, meslek, cinsiyet, doğum tarihi, yaş, dil, şehir, il, ilçe, ülke, sokak,
empresa, ciutat, població, comarca, carrer, adreça, telèfon, εταιρεία, επάγγελμα, φύλο, γλώσσα, πόλη, χώρα, οδός, τηλέφωνο,
компания, организация, должность, пол, возраст, язык, город, регион, область, страна, индекс, улица, адрес, телефон, компанія, організація, посада, стать, вік, мова, місто, країна, вулиця,
חברה, תפקיד, מין, שפה, עיר, מדינה, רחוב, כתובת, טלפון, الشركة, الوظيفة, الجنس, العمر, اللغة, المدينة, الدولة, البلد, الشارع, العنوان, الهاتف, الجوال,
会社, 会社名, 職業, 役職, 部署, 性別, 生年月日, 誕生日, 年齢, 言語, 都道府県, 市区町村, 住所, 郵便番号, 国, 電話番号, 電話, 携帯電話, 公司, 公司名称, 单位, 职位, 職位, 性别, 生日, 年龄, 语言, 語言, 城市, 省份, 国家, 國家,
地址, 邮编, 郵遞區號, 电话, 電話號碼, 手机, 手机号, 회사, 회사명, 직업, 직책, 부서, 성별, 생년월일, 나이, 언어, 도시, 국가, 주소, 우편번호, 전화번호, 휴대폰
"""
_FILLING: Final = """
name, names, home, work, private, privat, office, billing, shipping, mailing, primary, secondary, main, customer, member, user, contact, full, line, code, date, year, first, second, of, de, du,
des, del, della, di, do, da, la, le, the, and, und, et, y, e, or, personal, datum, fecha, data, kod, kode, geschäftlich, professionnel, utm, medium, campaign, term, content
"""

_harmless = frozenset(plain(each) for each in _TABLE.split(","))
_words = frozenset(word for name in _harmless for word in name.split() if word in _harmless)
_filling = frozenset(plain(each) for each in _FILLING.split(","))


def is_harmless(name: str) -> bool:
    """Return whether a column's name says what it holds, and that this is not who left.

    >>> [is_harmless(name) for name in ("Billing city", "Phone 2", "code postal", "Remarks", "Group", "First name", "Date")]
    [True, True, True, False, False, False, False]
    """
    text = plain(name)
    if text in _harmless:
        return True
    words = [word for word in text.split() if not word.isdigit() and word not in _filling]
    return bool(words) and _words.issuperset(words)
