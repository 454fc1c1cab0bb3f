"""Words without meaning in a search, by language. The lists are our own, of articles, pronouns, prepositions and auxiliaries.

Chinese and Japanese are read two characters at a time, so their lists have pairs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from publisher.draft.words import STOP_WORDS as ENGLISH


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BY_LANGUAGE: Final = {
    "en": ENGLISH,
    "de": _words(
        """ab aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes auch auf aus bei beim
        bereits bin bis bist bzw da dabei dadurch dafür damit danach dann daran darauf daraus darf darin darüber das dass
        davon dazu dein deine dem den denen denn der deren des dessen die dies diese diesem diesen dieser dieses doch dort
        du durch ein eine einem einen einer eines einige er es etwa etwas euch euer eure falls fast für gegen gibt hab habe
        haben hat hatte hatten her hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins ist
        ja jede jedem jeden jeder jedes jedoch jetzt kann kein keine keinem keinen keiner können könnte könnten lassen man
        manche mehr mein meine mit muss müssen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem
        seinen seiner seit selbst sich sie sind so sobald solche soll sollen sollte sollten sondern sonst sowie über um und
        uns unser unsere unter viel viele vom von vor wann war waren was weil weiter welche welchem welchen welcher welches
        wenn wer werden weshalb wie wieder will wir wird wo wobei wodurch wofür worden wurde wurden während würde würden zu
        zum zur zwar zwischen"""
    ),
    "fr": _words(
        """a à afin ai aient ainsi alors après as au aucun aucune aujourd auquel aussi autre autres aux avait avant avec avez
        avoir avons beaucoup c car ce ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de
        depuis des dès deux donc dont du elle elles en encore entre es est et étaient était étant été être eu eux faire fait
        fois font hors il ils j je jusqu l la là laquelle le lequel les lesquelles lesquels leur leurs lorsque lui m ma mais
        me même mêmes mes moi moins mon n ne ni non nos notre nous on ont ou où par parce parmi pas pendant peu peut peuvent
        plus plusieurs pour pourquoi puis puisque qu quand que quel quelle quelles quelque quelques quels qui quoi s sa sans
        se selon sera seront ses si soi soient soit son sont sous sur t ta tandis te tel telle telles tels tes toi ton tous
        tout toute toutes très trop tu un une vers voici voilà vont vos votre vous y"""
    ),
    "es": _words(
        """a al algo algún alguna algunas alguno algunos ante antes así aún aunque bajo bien cada casi como cómo con contra
        cual cuál cuales cualquier cuando cuándo cuanto de del desde donde dónde dos durante e el él ella ellas ellos en
        entonces entre era eran es esa esas ese eso esos esta está están estar estas este esto estos fue fueron ha había han
        hasta hay he hemos la las le les lo los luego más me mediante mi mientras mis mismo muy nada ni ningún ninguna no nos
        nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque pues puede pueden que
        qué quien quién quienes se sea según ser será si sí sido sin sino sobre solo sólo son su sus tal también tampoco tan
        tanto te tiene tienen toda todas todavía todo todos tras tu tus u un una unas uno unos usted ustedes ya yo"""
    ),
    "it": _words(
        """a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci come con contro cui d da dagli dai dal dalla
        dalle dallo degli dei del della delle dello di dopo dove due e è ed era erano essere fra gli ha hanno i il in invece
        io l la le lei li lo loro lui ma mentre mi mia mio molto ne negli nei nel nella nelle nello nessuno no noi non nostra
        nostro o ogni ora per perché però più poi prima può quale quali quando quanto quella quelle quelli quello questa
        queste questi questo se sempre senza si sia solo sono sopra sotto sta stato su sua sue sugli sui sul sulla sulle suo
        suoi tra tu tutti tutto un una uno vi voi"""
    ),
    "pt": _words(
        """a à ainda algum alguma alguns antes ao aos apenas após aquela aquele aquilo as às até através cada com como
        contra da das de dela dele deles depois desde dessa desse desta deste do dois dos durante e é ela elas ele eles em
        enquanto entre era eram essa essas esse esses esta está estão estas este estes eu foi foram há isso isto já lhe mais
        mas me mediante menos mesmo meu minha muito na não nas nem nenhum no nos nós nossa nosso num numa o onde os ou para
        pela pelas pelo pelos per pode podem por porque pouco qual quando quanto que quem se sem ser será seu seus si sido só
        sobre sua suas também tão te tem têm toda todas todo todos um uma umas uns você vocês"""
    ),
    "nl": _words(
        """aan al alle alleen als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een eens elk en er
        ge geen had hadden heb hebben heeft hem het hier hij hoe hun iets ik in is ja je jij jullie kan kunnen maar me meer
        men met mij mijn moet moeten na naar niet niets nog nu of om omdat onder ons onze ook op over reeds te tegen tot toen
        tussen u uit uw van veel vanaf voor waar waarom want waren was wat we wel welke werd werden wie wij wil worden wordt
        zal ze zelf zich zij zijn zo zoals zonder zou zouden"""
    ),
    "zh": ENGLISH
    | _words(
        """我们 你们 他们 它们 这个 那个 这些 那些 这样 那样 一个 一些 可以 因为 所以 如果 但是 不过 就是 还是 或者 以及 没有
        什么 怎么 已经 而且 然后 其中 对于 由于 關於 我們 你們 他們 這個 那個 這些 這樣 一個 可以 因為 如果 沒有 什麼 怎麼 已經"""
    ),
    "ja": ENGLISH
    | _words(
        """する した して され れる れた ます ませ せん です でし した いる いた てい ある あり から まで より この その あの これ
        それ あれ こと もの ため よう とき ところ には では とは ので のは のが のを という とい いう さら また しか かし"""
    ),
    "ko": ENGLISH | _words("그리 하지 지만 그러 러나 이다 입니 니다 합니 하는 하고 에서 으로 부터 까지 에는 에게 이라 라는 있는 있다"),
}  # fmt: skip


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language tag such as de or pt-BR; none where we have no list."""
    return _BY_LANGUAGE.get(language.casefold().partition("-")[0], frozenset())
