"""A list of unknown origin: the names that its columns may have and the words for states, in many languages.

A word stands here if it means one thing wherever it is used. Anything else is asked for: whether someone may be mailed is
never guessed.
"""

from __future__ import annotations

from subscribers.subscriber import Reason, State
from subscribers.vendors.vendor import UNCONFIRMED, Column, Vendor, Words, dated, happened, listed, meaning

# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, the Nordic languages, others.
_ADDRESS = """
email, email address, e-mail, e-mail address, address, mail, mail address, subscriber email, email id, contact email, emailaddress,
E-Mail-Adresse, Mailadresse, Mail-Adresse, Emailadresse, Adresse e-mail, Adresse email, Adresse mail, Adresse électronique,
Adresse de courriel, Courriel, Mél, Correo electrónico, Correo, Dirección de correo electrónico, Dirección de correo,
Dirección de email, Email Dirección, Indirizzo email, Indirizzo e-mail, Indirizzo di posta elettronica, Posta elettronica,
Endereço de e-mail, Endereço de email, Endereço eletrônico, Correio eletrónico, Correio eletrônico, E-mailadres, Emailadres,
Mailadres, Adres e-mail, Adres email, Adres poczty elektronicznej, E-postadress, E-post, Epost, Mejladress, E-mailadresse,
E-postadresse, Mailadresse, Sähköposti, Sähköpostiosoite, E-mailová adresa, E-mail cím, Adresă de e-mail, E-posta, E-posta adresi,
Электронная почта, Адрес электронной почты, Почта, Эл. почта, Електронна пошта, Адреса електронної пошти, メールアドレス, Eメール, メール,
电子邮件, 电子邮件地址, 邮箱, 电子邮箱, 邮箱地址, 電子郵件, 電子郵件地址, 이메일, 이메일 주소, البريد الإلكتروني, דוא"ל, Ηλεκτρονικό ταχυδρομείο
"""
_NAME = """
name, full name, fullname, your name, display name, subscriber name, contact name, vollständiger Name, ganzer Name, nom complet,
nombre completo, nombre y apellidos, nome completo, nome e cognome, volledige naam, naam, imię i nazwisko, fullständigt namn, namn,
fulde navn, fullt navn, navn, nimi, koko nimi, celé jméno, jméno a příjmení, teljes név, név, nume complet, ad soyad, полное имя,
имя и фамилия, фио, повне ім'я, 氏名, お名前, 名前, 姓名, 全名, 이름, 성명, الاسم, الاسم الكامل
"""
_FIRST = """
first name, firstname, first, nome, given name, forename, fname, Vorname, Prénom, nombre, nombre de pila, primeiro nome, nome próprio,
voornaam, imię, förnamn, fornavn, etunimi, jméno, křestní jméno, keresztnév, utónév, prenume, ad, имя, ім'я, 名, 名字, الاسم الأول
"""
_LAST = """
last name, lastname, last, nom, surname, family name, lname, Nachname, Familienname, Zuname, nom de famille, apellido, apellidos, cognome,
sobrenome, apelido, último nome, achternaam, nazwisko, efternamn, etternavn, efternavn, sukunimi, příjmení, vezetéknév, nume de familie,
soyad, soyadı, фамилия, прізвище, 姓, 苗字, 성, اسم العائلة
"""
_TAGS = """
tags, tag, labels, Schlagwörter, Schlagworte, étiquettes, mots-clés, etiquetas, etichette, tagi, etykiety, etiketter, tunnisteet, štítky,
címkék, etichete, etiketler, теги, метки, タグ, ラベル, 标签, 標籤, 태그
"""
_STATUS = """
status, subscription status, subscriber status, email status, list status, global status, contact status, subscriber state,
Abonnementstatus, Abostatus, Abonnentenstatus, Anmeldestatus, statut, statut d'abonnement, état, estado, estado de la suscripción,
estado de suscripción, stato, stato iscrizione, stato dell'iscrizione, situação, estado da subscrição, status da inscrição, abonnementsstatus,
inschrijfstatus, status subskrypcji, prenumerationsstatus, tila, tilauksen tila, stav, stav odběru, állapot, stare, durum, статус,
статус подписки, ステータス, 状態, 購読状態, 状态, 订阅状态, 狀態, 訂閱狀態, 상태, 구독 상태, الحالة
"""
_CREATED = """
created, created at, created on, date created, creation date, create date, subscribed at, subscribed on, subscribe date, date subscribed,
subscription date, subscription time, signup date, sign-up date, signed up at, signed up on, date joined, joined, joined at, joined on,
join date, added, added at, added on, date added, added time, registered at, registration date, date registered, timestamp signup,
angemeldet am, Anmeldedatum, Anmeldung am, registriert am, erstellt am, Erstelldatum, Erstellungsdatum, hinzugefügt am, eingetragen am,
date d'inscription, inscrit le, date d'abonnement, abonné le, date d'ajout, ajouté le, date de création, créé le, fecha de alta,
fecha de suscripción, fecha de registro, fecha de inscripción, fecha de creación, suscrito el, creado el, data iscrizione, data di iscrizione,
iscritto il, data di registrazione, data creazione, data di creazione, creato il, data de inscrição, data de subscrição, data de cadastro,
data de criação, inscrito em, criado em, ingeschreven op, inschrijfdatum, aangemeld op, aanmelddatum, aangemaakt op, toegevoegd op,
data zapisu, data subskrypcji, data utworzenia, data dodania, zapisano, utworzono, prenumererar sedan, registrerad, skapad, tilmeldt den,
oprettet, påmeldt dato, opprettet, liittynyt, luotu, datum přihlášení, vytvořeno, feliratkozás dátuma, létrehozva, data abonării,
kayıt tarihi, дата подписки, дата регистрации, подписан с, создан, дата создания, дата підписки, 登録日, 登録日時, 購読開始日, 作成日,
订阅时间, 订阅日期, 注册时间, 创建时间, 加入日期, 訂閱日期, 가입일, 구독일, 등록일
"""
_CONFIRMED = """
confirmed at, confirmed on, confirmation date, confirmation time, date confirmed, confirm time, confirm date, opt-in date, optin date,
opt-in time, optin time, double opt-in date, doi date, doi timestamp, opted in at, bestätigt am, Bestätigungsdatum, confirmé le,
date de confirmation, confirmado el, fecha de confirmación, confermato il, data conferma, data di conferma, confirmado em,
data de confirmação, bevestigd op, bevestigingsdatum, potwierdzono, data potwierdzenia, bekräftad den, bekræftet den, bekreftet den,
vahvistettu, дата подтверждения, 確認日, 确认时间, 확인일
"""
_LEFT = """
left, left at, left on, date left, leave date, leaving date, unsubscribed at, unsubscribed on, unsubscribe date,
unsubscribe time, unsub time, unsub date, unsubscription date, date unsubscribed, date of unsubscription, opted out
at, opted out on, opt-out date, optout date, opt out time, abgemeldet am, Abmeldedatum, Abmeldung am, ausgetragen am,
Austragungsdatum, Austrittsdatum, ausgetreten am, désabonné le, désinscrit le, date de désinscription, date de
désabonnement, fecha de baja, dado de baja el, data disiscrizione, data di disiscrizione, disiscritto il, data de
descadastro, data de saída, uitgeschreven op, uitschrijfdatum, afgemeld op, afmelddatum, data wypisania, wypisano,
avregistrerad den, avanmäld den, afmeldt den, avmeldt dato, avmeldt den, datum odhlášení, leiratkozás dátuma, data
dezabonării, abonelikten çıkma tarihi, дата отписки, отписан с, дата відписки, 配信停止日, 配信停止日時, 退会日, 退订时间, 退订日期, 取消订阅时间,
退訂日期, 구독 해지일, 수신거부일
"""
_ACTIVE = """
active, subscribed, enabled, confirmed, opted in, optin, opt-in, Bestätigt, Aktiviert, Angemeldet, Abonniert, Aktiv, Eingetragen,
Confirmé·e, Confirmé, Confirmée, Activé·e, Activé, Activée, Abonné·e, Abonné, Abonnée, Inscrit, Inscrite, Actif, Active, Confirmada,
Confirmado, Habilitada, Habilitado, Suscrita, Suscrito, Activo, Activa, Alta, Confermato, Confermata, Attivata, Attivato, Iscritto,
Iscritta, Attivo, Attiva, Inscrito, Inscrita, Assinado, Ativo, Ativa, Subscrito, Subscrita, Bevestigd, Geactiveerd, Ingeschreven,
Aangemeld, Actief, Potwierdzony, Potwierdzona, Aktywny, Aktywna, Subskrybuje, Zapisany, Zapisana, Bekräftad, Aktiverad, Prenumererad,
Prenumererar, Bekræftet, Konfirmeret, Aktiveret, Abonnerede, Tilmeldt, Bekreftet, Aktivert, Abonnert, Påmeldt, Vahvistettu, Tilattu,
Potvrzeno, Povoleno, Přihlášeno k odběru, Přihlášen, Megerősített, Engedélyezve, Feliratkozva, Confirmat, Activat, Abonat, Actiu, Subscrit,
Doğrulanmış, Etkinleştirildi, Üye olundu, Abone, Aktif, Подтверждён, Включён, Подписан, Активен, Підтверджені, Чинні, Підписані,
Επιβεβαιωμένο, Ενεργοποιημένο, Εγγεγραμμένο, 確認済み, 有効, 加入済み, 購読中, 登録済み, 配信中, 확인됨, 활성화됨, 구독됨, 구독중, 已确认, 启用, 订阅, 已订阅,
有效
"""
_UNSUBSCRIBED = """
unsubscribed, unsub, unsubbed, unsubscribe, un subscribed, unsubscriber, inactive, opted out, opt out, optout, cancelled, canceled, left,
not subscribed, non subscribed, nonsubscribed, no longer subscribed, not opted in, signed off, signoff, withdrawn, consent withdrawn, revoked, objected,
Abgemeldet, Bereits abgemeldet, Abbestellt, Ausgetragen, Gekündigt, Abonnement gekündigt, Abonnements gekündigt, Widerrufen, Widersprochen, Widerspruch,
Ausgetreten, Storniert, keine Werbung, kein Newsletter, nicht mehr kontaktieren, Désabonné·e, Désabonné, Désabonnée, Désinscrit, Désinscrite,
Désinscription, Résilié, Opposition, ne plus contacter, ne pas contacter, consentement retiré, Dado de baja, Dada de baja, Baja,
Cancelado, Cancelada, Suscripción cancelada, no suscrito, desuscrito, desinscrito, no contactar, Iscrizione annullata, non iscritto,
Disiscritto, Disiscritta, Cancellato, Cancellata, Revocato, non contattare, Inscrição cancelada, Descadastrado, Descadastrada,
Anulado, não inscrito, não contactar, Uitgeschreven, Afgemeld, Opgezegd, niet benaderen, Odsubskrybowany, Wypisany, Wypisana, Zrezygnował,
Zrezygnowała, Anulowany, Rezygnacja, Avprenumererad, Avregistrerad, Avanmäld, Avmäld, Uppsagd, Afmeldt, Frameldt, Opsagt, Avmeldt, Sagt opp,
Peruutettu, Zrušen odběr, Zrušený odběr, Odhlášen, Odhlášeno, Leiratkozott, Dezabonat, Donat de baixa, no subscrit, Üyeliği sonlandı,
üyelikten ayrılmış, abonelikten çıktı, iptal, Отписан, отписанный, отписался, отписалась, отказался, отписка, Відписані, Μη εγγεγραμμένο,
登録解除, 配信停止, 解除済み, 退会, 購読解除, オプトアウト, 구독 해지됨, 수신거부, 구독취소, 退订, 已退订, 已取消订阅, 取消订阅, 拒收, 退訂
"""
_REMOVED = """
removed, deleted, disabled, blocked, blocklist, blocklisted, blacklist, blacklisted, black listed, archived, suppressed, suppression list,
spammy, do not mail, do not email, do not contact, do not send, dnc, dne, banned, erased, forgotten, gdpr erased, globally suppressed,
Blockiert, Deaktiviert, Gesperrt, Gelöscht, Sperrliste, Entfernt, Inaktiv, Bloqué·e, Bloqué, Bloquée, Supprimé, Supprimée, Désactivé, Exclu,
Liste noire, Inactif, Bloqueada, Bloqueado, Desactivado, Eliminado, Eliminada, Eliminato, Lista negra, Suspendido, Inactivo, Lista bloccata, Bloccato,
Bloccata, Rimosso, Rimossa, Eliminata, Lista nera, Sospeso, Inattivo, Lista de bloqueados, Removido, Excluído, Inativo, Geblokkeerd,
Uitgeschakeld, Verwijderd, Zwarte lijst, Inactief, Zablokowany, Zablokowana, Wyłączone, Usunięty, Usunięta, Czarna lista, Nieaktywny,
Blocklistad, Avaktiverad, Blockerad, Borttagen, Spärrad, Svartlistad, Inaktiv, Blokeret, Deaktiveret, Slettet, Spærret, Blokkert,
Deaktivert, Sperret, Estetty, Poistettu, Poistettu käytöstä, Uvedeno na seznamu blokovaných, Deaktivované, Smazán, Zablokován, Tiltólistán,
Letiltva, Lista blocată, Dezactivat, A la llista de bloqueig, Deshabilitat, Engellenmiş, Engellendi, Silindi, Заблокирован, Удалён,
Чёрный список, Неактивен, Заблоковані, Вимкнено, Αποκλεισμένο, ブロックリスト対象, 無効, 削除済み, ブロック, ブラックリスト, 停止, 차단됨, 비활성화됨, 삭제됨,
차단, 列入黑名单, 已禁用, 黑名单, 已删除, 已屏蔽, 已停用
"""
_BOUNCED = """
cleaned, bounce, bounced, hard bounce, hard bounced, hardbounced, hardbounce, hard bounces, invalid, invalid email, invalid address,
undeliverable, undelivered, unreachable, delivery failed, no such user, unknown user, bad address, malformed, returned to sender, Unzustellbar,
nicht zustellbar, Rückläufer, Ungültig, ungültige E-Mail-Adresse, Adresse ungültig, Email incorrect, Rebond, Rebond dur, Adresse invalide,
NPAI, Rebotado, Rebote, Rebote duro, Dirección no válida, Respinto, Rimbalzato, Indirizzo non valido, Devolvido, Rejeitado,
Endereço inválido, Onbestelbaar, Ongeldig adres, Gebounced, Odbity, Nieprawidłowy adres, Studsat, Ogiltig adress, Afvist, Nedoručitelný,
geri döndü, Возврат, Недоставлено, Недействительный адрес, 不達, バウンス, 無効なアドレス, 반송, 退信, 硬退信, 无效地址
"""
_COMPLAINED = """
complained, complaint, complainer, spam, junk, abuse, abuse report, marked as spam, flagged as spam, spam complaint, spam report,
reported spam, spam reported, abuse complaint, fbl, feedback loop, Spam-Beschwerde, als Spam markiert, Beschwerde, Plainte,
signalé comme spam, Indésirable, Queja, marcado como spam, correo no deseado, Reclamo, segnalato come spam, Reclamação, Klacht,
als spam gemarkeerd, Skarga, oznaczono jako spam, Klagomål, markerad som skräppost, Klage, Stížnost, Şikayet, Жалоба,
отмечено как спам, 迷惑メール報告, 苦情, 스팸 신고, 投诉, 垃圾邮件投诉
"""
_UNCONFIRMED = """
pending, unconfirmed, unactivated, not confirmed, not activated, awaiting confirmation, pending confirmation, unverified, not verified,
double opt-in pending, pending opt-in, opt-in pending, never subscribed, no consent, non subscriber, Bestätigung ausstehend, Bestätigung offen,
nicht bestätigt, nicht aktiviert, Unbestätigt, Ausstehend, Non confirmé·e, Non confirmé, Non activé, en attente, Sin confirmar, no activado,
no confirmado, Pendiente, Non confermato, in attesa, Não confirmado, não ativado, Pendente, Onbevestigd, niet bevestigd, niet geactiveerd,
in afwachting, Niepotwierdzony, Niepotwierdzona, Oczekujący, Obekräftad, ej bekräftad, Väntande, Ubekræftet, Afventer, Ubekreftet,
venter på bekreftelse, Vahvistamatta, Nepotvrzeno, Nepotvrzený, Nem megerősített, Neconfirmat, Sense confirmar, Onaylanmadı, Beklemede,
Неподтверждён, не подтверждён, ожидает подтверждения, Непідтверджені, Ανεπιβεβαίωτο, 未確認, 仮登録, 未承認, 確認待ち, 미확인, 대기중, 未确认, 未激活,
待确认, 未验证
"""

ANYWHERE: Words = {
    **meaning(State.ACTIVE, _ACTIVE),
    **meaning(UNCONFIRMED, _UNCONFIRMED),
    **meaning(Reason.UNSUBSCRIBED, _UNSUBSCRIBED),
    **meaning(Reason.REMOVED, _REMOVED),
    **meaning(Reason.BOUNCED, _BOUNCED),
    **meaning(Reason.COMPLAINED, _COMPLAINED),
}
"""The statuses of a list of unknown origin. True, false, yes and no are left out: each could mean either."""

ANY = Vendor(
    "a list",
    (frozenset(),),
    {
        Column.ADDRESS: listed(_ADDRESS),
        Column.NAME: listed(_NAME),
        Column.FIRST: listed(_FIRST),
        Column.LAST: listed(_LAST),
        Column.TAGS: listed(_TAGS),
        Column.STATUS: listed(_STATUS),
        Column.CREATED: listed(_CREATED),
        Column.CONFIRMED: listed(_CONFIRMED),
        Column.LEFT: listed(_LEFT),
    },
    ANYWHERE,
    flags=(
        happened(listed(_CONFIRMED)),
        dated("bounced at, bounced on, bounce date, bounced date, date bounced, clean time", Reason.BOUNCED),
        dated(
            "complained at, complaint date, marked as spam at, spam complaint date, date complained", Reason.COMPLAINED
        ),
        dated("deleted at, date deleted, removed at, blocked at, suppressed at, blacklisted at", Reason.REMOVED),
    ),
)
"""The one for a list that no other recognises."""
