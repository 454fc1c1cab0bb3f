"""How people, and those who keep their lists, write in their own words that somebody wants no mail or is gone. Only data.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Norwegian, Finnish, Czech, Hungarian,
Romanian, Turkish, Catalan, Greek, Russian, Ukrainian, Hebrew, Arabic; Chinese, Japanese, Korean. `leaving_words` reads the tables.
"""

from typing import Final

PHRASES: Final = """
take off, take me off, takes me off, taken off, took off, take them off, take him off, take her off, off list, off the list, off our list, off mailing,
remove me, strike off, struck off, crossed out, no thank, no more, not wish, want out, wants out, asked to be, asked us to, let me alone,
leave me, unwanted, deceased, died., passed away, moved away, ex member, ex subscri, ex reader, ex customer, ex client, past member, old member, lost interest,
no interest, uninterest, not wanted, do no, pls stop, please stop, mistake, wrong person, wrong address, stopped., stop mail, stop send,
nein danke, kein interess, will nicht, in ruhe, nimm mich, bitte streich, gestrichen, streichen, herausnehm, herausgenomm, rausnehm, rausgenomm,
raus., austragen, ausgeschied, ausscheid, ehemal, ehem., exmitglied, ex mitglied, verlass, weggezog, falsche adresse, falsche person, aufgehört, genug.,
non merci, pas interesse, plus interesse, pas d interet, retirer, retiré, retirez, enlever, enlevez, rayé, rayer, ancien, décédé, déménag, laissez, arret, arrêt, stop pub,
no gracias, no interesa, no le interesa, no me interesa, no está interes, no desea, no quier, sin interés, quitar, quitad, sacar de, borrar, borrad, ex soci,
ex miembro, ex suscri, antiguo soci, antigua soci, fallecid, difunt,
no grazie, non interess, non desider, non vuol, non voglio, basta., togli, tolto., tolta., rimuov, cancella, ex iscritt, ex abbon, decedut, deceduto,
não obrig, sem interesse, não quer, não desej, tirar da, retirar da, ex membro, ex sócio, ex assin, antigo sóci, antiga sóci, falecid,
nee bedankt, nee dank, geen interesse, geen belangstelling, wil niet, eraf., van de lijst, van lijst, schrap, geschrapt, oud lid, ex lid, voormalig, overled,
nie dziękuj, nie chce, nie życz, brak zainteres, niezainteres, usunąć, usun, wykreśl, skreśl, były., była., byly klient, zmarł, zmarl,
nej tack, inget intresse, inte intress, vill inte, ta bort, stryk, struken, utträd, utgått, tidigare medl, före detta, avlid, död.,
nej tak, ingen interesse, ønsker ikke, vil ikke, fjern, slet., tidligere medl, udmeldt, udmeldelse, afgået, utmeldt, utmelding, nei takk, død., avdød,
ei kiitos, ei halua, ei kiinnost, ei enää, poista, eronnut, entinen, kuollut, lopeta,
ne děkuj, nemá zájem, nemám zájem, nechce, nepřeje, nezasíl, neposíl, vyřad, vyškrt, bývalý, bývalá, zemřel, ukončen, ukončil,
köszönöm nem, nem kér, nem szeretn, nem érdek, nem akar, töröl, kilépett, volt tag, elhunyt, megszűnt,
nu mulțum, nu doreș, nu dorest, nu vrea, nu este interes, ștergeți, scoate, fost membru, fost client, decedat, renunț,
hayır teşekk, istemiyor, istemez, ilgilenmiyor, çıkar, çıkart, ayrıldı, eski üye, vefat, sonlandır, göndermey,
no gràcies, no vol, no interess, esborr, treure, ex membre, antic soci, difunt,
όχι ευχαρ, δεν ενδιαφ, δεν θέλ, δεν επιθυμ, αφαιρ, πρώην, απεβίω, αποχώρ, διακοπή,
нет спасибо, не надо, не нужно, не хочет, не желает, не интерес, не беспоко, не присыл, не отправл, не писать, убрать, убрали, уберите, исключ, вычеркн,
бывш, умер, выбыл, покинул, прекращ,
ні дякую, не треба, не потрібно, не хоче, не бажає, не цікав, не надсил, прибрати, виключ, викресл, колишн, помер, вибув, припин,
wants off, want off, forget me, dsar., anonymis, anonymiz, scrubbed, passed on, r i p., dropped out, dropped off, kicked, ghosted, dormant, sunset., stale., does not exist,
doesn t exist, account closed, mail returned, returned mail, permanent fail, perm fail, muted., reported us, legal threat, cease and, discontinued, ceased, unfollow, unsuscri,
gestorb, verst., lösch, storno, ausgestieg, kein bezug, stillgeleg, pausier, ruhend, empfänger unbek, adresse falsch, kommt zurück, postfach voll, postfach exist, ex leser,
exleser, altleser, früher mitgl, früheres mitgl, frühere leser, früherer leser, nie bestät, hat sich beschwer, abgesprung, erlosch, karteileich, aus verteil, aus dem verteil,
aus unserem verteil, abm., abgem., gek.,
décès., défunt, a quitté, démission, radié, radiat, désabo, effac, droit à l oubli, ne souhait, ne veut, ne reçoi, ne désir, n habite, adresse erron, adresse inexist,
mail en erreur, injoignab, hors service, boîte pleine, en sommeil, ex lect, ex abonn, exabonn, plus abonn, jamais confirm, clôtur, abandonn, sorti., sortie.,
falleci, muert, desapunt, no escrib, no mand, no recib, no molest, rechaz, revocad, no consient, derecho de supr, derecho al olv, suprim, devuelt, correo erron, correo inexist,
no exist, dirección fals, exlect, antiguo lect, antigua lect, antiguo suscr, antigua suscr, exsoci, dimiti, renunci, se fue, abandono, caducad, vencid, nunca confirm, expuls, retirad,
disdett, dimission, da elimin, non scriv, non ricev, non spedi, non mand, revoca., recesso., diritto all obl, oblio., indirizzo err, indirizzo inesist, inesist, casella pien, ex lettor, ex lettric,
ex lettr, uscit, dimess, cessat, scadut, mai conferm, escluso., esclusa., espuls, ritirat,
falec, óbito., desisti, saiu., saída., apagar, apagad, eliminar., excluir, anulou, revogad, direito ao esq, esqueciment, mail inexist, caixa chei, denunciou, queixa, ex leit, antigo leit,
antiga leit, antigo assin, antiga assin, desligad, desligou, suspenso., suspensa., expirad,
gestorv, opzeg, uitschrijv, verwijder, te wissen, gewist, gestopt, beëindig, vertrokk, uitgetred, ex lez, oud lez, geweig, weigert., bezwaar, ingetrokk, avg verg, vergetelh,
recht op verg, adres onbek, adres fout, postbus vol, mailbox vol, teruggekom, slapend, verlopen., nooit bevest, uitgesloten, geroyeerd,
nie żyje, zgon., wypis, nie pisa, nie otrzym, wycof, sprzeciw, odmow, odmów, zapomn, zwrot., odbija, nie istn, nieistn, błędny adr, zły adr, skrzynka peł, eks czyt, eksczyt, odszed,
odesz, wystąpi, zawiesz, wygas, wyłącz, nigdy nie potw, wyklucz,
avled., sagt upp, gick ur, raderad, raderat, raderas, raderar, radera., får inget, slutat, slutade, lämnat, f d läs, fd läs, f d medl, fd medl, tidigare läs, ex läs, nekat., nekar., vägrar, återkall, glömd, fel adress, brevlåda full,
brevlådan full, svarta list, klagat, vilande, pausad, utgången, aldrig bekr, utesl, afdød, skal slet, meldt seg ut, meldt sig ud, tidligere læs, tidligere les,
скончал, покойн, стереть, не слать, не получ, отозв, право на забв, забыть, не достав, не сущ, несущ, неверный адр, ошибочный адр, ящик переп, пожалов, спам, экс чит, ушел., ушла.,
уволен, вышел., вышла., приостан, истек, просроч, прекрат, аннул, отменен, отменил,
לא תודה, לא מעוניי, לא מעונינ, לא רוצה, לא לשלוח, אין לשלוח, להסיר, הסר, לשעבר, נפטר, עזב, הפסק,
لا شكرا, لا يريد, لا أريد, لا ترسل, لا يرغب, عدم إرسال, عدم الإرسال, غير مهتم, أوقف, توقف, إزالة, حذف, سابق, عضو سابق, متوف, انسحب, غادر
"""
"""Beginnings of words and of phrases; those that end in a full stop are whole words."""

ANYWHERE: Final = """
不要, 不再, 勿, 不想, 不需, 不感兴趣, 不感興趣, 移除, 离开, 離開, 退出, 前成员, 前會員, 过期, 過期, 去世, 已故, 別寄, 别发, 終止, 终止,
いりません, いらない, 送らない, 送付しない, 送付不可, 配信不可, 希望しない, 希望せず, 望まない, 結構です, 興味なし, 辞退, 外して, やめ, 元会員, 前会員, 脱退, 死亡, 逝去, 故人, 終了,
받지 않, 받고 싶지, 보내지, 원치 않, 원하지 않, 필요 없, 필요없, 관심 없, 관심없, 그만, 탈퇴, 사망, 전 회원, 제외, 중단,
别再, 不接收, 拒绝, 拒絕, 逝世, 离职, 離職, 注销, 註銷, 不存在, 无法送达, 無法送達, 退回, 举报, 舉報, 垃圾, 失效, 前读者, 前讀者, 前会员, 被遗忘, 被遺忘,
中止, 解約, 亡くな, 宛先不明, 宛先なし, 届かな, 不着, 戻り, クレーム, 元読者, 休止, 休会, 脱会, 辞め, 除外, 除名
"""
"""Parts of texts in scripts that put no space between words."""

NEGATIONS: Final = """
no, not, none, nix, without, stop, never, dont, don, kein, keine, keinen, keiner, keinerlei, nicht, nie, ohne, nein, pas, plus, aucun, aucune, sans, jamais, non, ne,
ningún, ninguna, nunca, sin, nada, niente, nessun, nessuna, nessuno, senza, mai, não, sem, nenhum, nenhuma, geen, niet, zonder, nooit, nee, nie,
bez, żadnych, inga, ingen, inget, inte, ej, utan, aldrig, nej, ikke, uden, aldrig, nei, uten, aldri, ei, älä, älkää, ilman, ne, žádné, žádný, nem, nélkül, ne, nu, fără,
niciun, hayır, yok, cap, sense, mai, όχι, μη, μην, δεν, χωρίς, не, нет, без, ні, жодних, לא, אין, ללא, בלי, لا, بدون, ليس
"""
"""Whole words that say no, if a word for mail is near."""

MAIL: Final = """
mail, email, nl., mejl, courriel, mél., correo, posta, post., poste, poczt, epost, sähköpost, newsletter, news, nyhet, nyhed, nieuwsbr, boletin, boletim, bolet, butllet,
infolettre, lettre, lettere, brief, rundbrief, hírlev, levél, levelet, bülten, bulten, ilet, mesaj, messag, mensaj, mensag, missatg, nachricht, bericht, besked, meddel, melding, viest,
uutiskirj, zpráv, novink, wiadomoś, werbung, werbe, publicid, publici, pubblicit, advert, promo, reklam, reclam, mailing, mailout, utskick, verteiler, list., liste., lista., lijst., send., sending,
zusend, schick, sende., senden, envoi, envoy, envía, envíe, enviar, inviare, invio, stuur, sturen, wysył, skick, lähet, posílat, zasílat, küld, trimit, gönder,
рассыл, розсил, письм, почт, пошт, лист., листів, сообщ, новост, новин, email, ενημερ, μήνυμα, μηνύματα, דיוור, מייל, דואר, הודע, רסל, رسائل, رسالة, بريد, ايميل, إيميل, نشرة
"""
"""Beginnings of words for mail; those that end in a full stop are whole words."""

UNTIL: Final = """
until, till., til., bis., gültig, gueltig, ablauf, läuft ab, jusqu, valable, fin., fine., hasta, válid, valid, fino., scad, até., ate., tot., einddat, ważn, do., koniec,
t o m, till o m, gäller, gyldig, udløb, utløp, saakka, asti., päätty, voimassa, platn, konec, érvény, lejár, până, expir, kadar, bitiş, son., fins., caduc, vence, vencim,
λήξη, μέχρι, έως, ισχύ, до., действ, истек, окончан, дійсн, закінч, עד., תוקף, حتى, انتهاء, صالح
"""
"""What begins a word of a column's name if the column says until when somebody belongs to the list."""

UNTIL_ANYWHERE: Final = "期限, 有効, まで, 満了, 有效期, 到期, 截止, 终止, 만료, 까지, 유효"

WHOLE: Final = """
ex, out, off list, void, rip, failed, dropped, weg, fort, hin, mort, morte, partie, parti, sorti, retour, fermé, fermée, muerto, muerta, fuera, morto, morta, mancato, mancata, voltou, fora, dood, död, zwrot
"""
"""Words that say it only if they are the whole of a cell, or stand apart in it."""

NO: Final = "false, no, off, 0, n, f, nein, falsch, aus, non, faux, falso, nee, onwaar, nie, fałsz, nej, nei, ei, não, нет, ложь, ні, ne, nem, hayır, 否, いいえ, لا"
"""How a switch says no behind its name."""
