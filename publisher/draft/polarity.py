"""Words that turn a statement round or limit it, by language: negators, limits, and opposites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from publisher.draft.english import forms, opposites

_NEGATORS: Final = {
    "en": """not no never none nobody nothing nowhere neither nor without cannot hardly scarcely barely rarely seldom unlikely unable
        impossible lack lacks lacked lacking fail fails failed failing failure refuse refuses refused refusing deny denies denied denying
        false falsely untrue wrong wrongly incorrect incorrectly contrary except excluding unless ain isn aren wasn weren don doesn didn
        hasn haven hadn won wouldn can't couldn shouldn mustn needn zero absent missing prevent prevents prevented preventing avoid avoids avoided
        avoiding stop stops stopped sans minus devoid bereft skip skips skipped skipping omit omits omitted omitting neglect neglects neglected
        neglecting forgo forgoes forgoing refrain refrains refrained refraining abstain abstains abstained abandon abandons abandoned abandoning
        cease ceases ceased halt halts halted shun shuns shunned spurn spurns spurned veto vetoes vetoed scrap scrapped shelve shelved postpone postpones
        postponed ruled ruling balk balks balked few fewer little lose loses lost losing overlook overlooks overlooked overlooking disregard disregards
        disregarded bypass bypasses bypassed""",
    "de": """nicht nichts nie niemals niemand nirgends kein keine keinen keinem keiner keines weder noch ohne kaum selten unmöglich
        falsch fehlt fehlen scheitert scheitern verweigert statt außer sondern""",
    "fr": "ne n pas point jamais rien personne aucun aucune ni sans guère faux fausse impossible refuse refusent échoue échouent sauf hormis rarement",
    "es": "no nunca jamás nada nadie ningún ninguna ninguno ni sin tampoco apenas falso falsa imposible falla fallan rechaza salvo excepto raramente",
    "zh": "不 没 沒 無 无 未 非 莫 勿 别 別 否 难以 拒绝",
    "ja": "ない ません なかっ なく なけれ ず ぬ 不 無 非 未 否",
}  # fmt: skip

_LIMITS: Final = {
    "en": """may might could should would must shall if whether only but although though however until
        doubt doubts doubted doubting doubtful dispute disputes disputed dispute claim claims claimed claiming allege alleges alleged allegedly
        suppose supposes supposed supposedly ostensibly purportedly nominally theoretically hypothetically formerly erroneously suspect suspects suspected wonder wonders wondered believe believes believed think thinks thought argue
        argues argued suggest suggests suggested propose proposes proposed proposal expect expects expected hope hopes hoped plan plans planned
        consider considers considered possible possibly perhaps maybe likely probably potentially presumably reportedly apparently seemingly
        some most many several almost nearly about approximately roughly least partly partially sometimes often usually occasionally
        would-be hypothetical assume assumes assumed question questions questioned reject rejects rejected criticize criticizes criticized oppose opposes
        opposed warn warns warned fear fears feared guess guesses imagine imagines pretend pretends rumor rumors rumour rumours myth
        mistakenly try tries tried attempt attempts attempted want wants wanted wish wishes
        all every always each entirely completely fully exactly guarantee guarantees guaranteed certain certainly definitely
        required optional optionally recommended deprecated experimental""",
    "de": """kann können könnte könnten darf dürfen soll sollen sollte sollten muss müssen müsste falls wenn ob nur aber obwohl jedoch bis
        bezweifelt bezweifeln zweifelt angeblich vermutlich vielleicht möglicherweise wohl wahrscheinlich behauptet behaupten glaubt glauben
        meint vermutet vermuten hofft plant fast etwa ungefähr rund mindestens höchstens teilweise manchmal oft meist einige manche viele
        alle alles immer jeder jede jedes stets vollständig genau einzig""",
    "fr": """peut peuvent pourrait pourraient doit doivent devrait devraient si seulement mais bien quoique cependant jusqu doute doutent
        prétend prétendent affirme croit croient pense pensent suppose soupçonne espère prévoit peut-être probablement presque environ
        moins plus parfois souvent certains plupart plusieurs tous toutes toujours chaque entièrement exactement""",
    "es": """puede pueden podría podrían debe deben debería deberían si solo sólo pero aunque hasta duda dudan afirma afirman cree creen
        piensa supone sospecha espera planea quizá quizás probablemente casi aproximadamente menos más veces menudo algunos mayoría varios
        todos todas siempre cada completamente exactamente""",
    "zh": "可能 也许 或许 如果 若 是否 只 仅 但 除非 怀疑 质疑 认为 声称 建议 应该 必须 可以 大约 几乎 至少 最多 有时 通常 所有 总是 每 全部 一些",
    "ja": "かもしれ だろう もし なら かどうか だけ のみ しか しかし ただし 疑 主張 提案 べき 可能 約 ほぼ 少なくとも ときどき 通常 すべて 全て 常に 必ず 一部 たぶん おそらく",
}  # fmt: skip
_OPPOSITES: Final = {
    "de": """steigt/sinkt steigen/sinken erhöht/senkt erhöhen/senken mehr/weniger größer/kleiner schneller/langsamer schnell/langsam hoch/niedrig höher/niedriger
        vor/nach oben/unten ein/aus an/aus erlaubt/verboten gut/schlecht besser/schlechter neu/alt alt/jung früh/spät früher/später öffnet/schließt offen/geschlossen
        sicher/unsicher sicher/gefährlich billig/teuer billiger/teurer leicht/schwer einfach/schwierig stark/schwach lang/kurz länger/kürzer groß/klein viel/wenig
        immer/nie alle/keine mit/ohne für/gegen innen/außen beginnt/endet gewinnt/verliert wächst/schrumpft lokal/entfernt öffentlich/privat gültig/ungültig
        senden/empfangen sendet/empfängt lesen/schreiben liest/schreibt maximal/minimal voll/leer richtig/falsch heiß/kalt warm/kalt nützlich/schädlich""",
    "fr": """augmente/diminue augmenter/diminuer augmente/réduit plus/moins grand/petit rapide/lent rapidement/lentement haut/bas avant/après ouvert/fermé ouvre/ferme
        bon/mauvais meilleur/pire nouveau/ancien tôt/tard facile/difficile fort/faible long/court toujours/jamais tous/aucun avec/sans pour/contre commence/finit
        gagne/perd local/distant public/privé valide/invalide envoie/reçoit lire/écrire lit/écrit maximum/minimum plein/vide vrai/faux chaud/froid utile/inutile
        sûr/dangereux accepte/refuse activer/désactiver active/désactive ajoute/supprime monte/descend entrée/sortie premier/dernier""",
    "es": """aumenta/disminuye aumentar/disminuir aumenta/reduce más/menos grande/pequeño rápido/lento alto/bajo antes/después abierto/cerrado abre/cierra
        bueno/malo mejor/peor nuevo/viejo temprano/tarde fácil/difícil fuerte/débil largo/corto siempre/nunca todos/ninguno con/sin empieza/termina gana/pierde
        local/remoto público/privado válido/inválido envía/recibe leer/escribir lee/escribe máximo/mínimo lleno/vacío verdadero/falso caliente/frío útil/inútil
        seguro/peligroso acepta/rechaza activar/desactivar añade/elimina sube/baja entrada/salida primero/último""",
    "zh": """增加/减少 提高/降低 上升/下降 快/慢 大/小 高/低 多/少 好/坏 新/旧 早/晚 前/后 开/关 打开/关闭 启用/禁用 允许/禁止 接受/拒绝 成功/失败 有效/无效 安全/危险 强/弱 长/短
        最大/最小 本地/远程 公开/私有 发送/接收 读/写 输入/输出 便宜/昂贵 简单/复杂 开始/结束 支持/反对 真/假 对/错 热/冷 满/空 增长/缩小 升级/降级""",
    "ja": """増加/減少 増える/減る 上昇/下降 速い/遅い 速く/遅く 大きい/小さい 高い/低い 多い/少ない 良い/悪い 新しい/古い 前/後 開く/閉じる 有効/無効 許可/禁止 受諾/拒否 成功/失敗 安全/危険
        強い/弱い 長い/短い 最大/最小 ローカル/リモート 公開/非公開 送信/受信 読み/書き 入力/出力 安い/高い 簡単/複雑 開始/終了 賛成/反対 正しい/誤り""",
}  # fmt: skip
_PREFIXES: Final = (
    "un",
    "in",
    "im",
    "ir",
    "il",
    "dis",
    "non",
    "de",
    "mis",
    "anti",
    "counter",
    "over",
    "under",
    "re",
    "pre",
    "post",
    "sub",
    "super",
    "a",
)

KNOWN: Final = frozenset(_NEGATORS)
"""The languages in which a claim that is not word for word in its passage can be judged."""

_NEGATOR_SETS: Final = {language: frozenset(words.split()) for language, words in _NEGATORS.items()}
_LIMIT_SETS: Final = {language: frozenset(words.split()) for language, words in _LIMITS.items()}
CONTRASTS: Final = frozenset(
    str.split("although but however though aber jedoch obwohl mais cependant bien quoique pero aunque")
)
"""Of the limits, those that a claim may add: they set it against another, and leave it as it is."""

_SAME: Final = {"could": "may", "might": "may"}


def negators(tokens: Iterable[str], language: str) -> int:
    """Return how many words turn the statement round; in Chinese and Japanese, how many signs do.

    >>> negators(["it", "doesn't", "fail"], "en")
    2
    """
    tokens = list(tokens)
    known = _NEGATOR_SETS.get(language, frozenset())
    if language in ("zh", "ja"):
        return _signs("".join(tokens), known).total()
    return sum(token in known or token.endswith(("n't", "n’t")) for token in tokens)


def limits(tokens: Iterable[str], language: str) -> Counter[str]:
    """Count the words that limit the statement, or make it sure."""
    tokens = list(tokens)
    known = _LIMIT_SETS.get(language, frozenset())
    if language in ("zh", "ja"):
        return _signs("".join(tokens), known)
    return Counter(_SAME.get(token, token) for token in tokens if token in known)


def exchanged(said: Iterable[str], known: Iterable[str], language: str) -> tuple[str, str] | None:
    """Return a word of the claim whose opposite stands in the source, where the source lacks the word itself.

    >>> exchanged(["fees", "fell"], ["fees", "rose"], "en"), exchanged(["fees", "decreased"], ["fees", "increase"], "en")
    (('fell', 'rose'), ('decreased', 'increase'))
    """
    said, known = list(said), list(known)
    if language in ("zh", "ja"):
        return _exchanged_signs("".join(said), "".join(known), language)
    have = {form: word for word in known for form in (forms(word) if language == "en" else (word,))}
    for word in said:
        own = forms(word) if language == "en" else frozenset((word,))
        if not own.isdisjoint(have):
            continue
        against = opposites(word) if language == "en" else _pairs(language).get(word, frozenset())
        for other in (*sorted(against), *_negated(own)):
            if other in have and have[other] not in said:
                return word, have[other]
    return None


def _negated(words: Iterable[str]) -> Iterable[str]:
    """Yield words with a prefix more or less: safe and unsafe, opt-in is not among them."""
    for word in words:
        if len(word) < 4:
            continue
        for prefix in _PREFIXES:
            yield prefix + word
            yield f"{prefix}-{word}"
            if word.startswith(prefix) and len(word) - len(prefix) > 3:
                yield word[len(prefix) :].lstrip("-")
        if word.endswith("less"):
            yield word[:-4] + "ful"
        if word.endswith("ful"):
            yield word[:-3] + "less"


def _pairs(language: str) -> dict[str, frozenset[str]]:
    pairs: dict[str, set[str]] = {}
    for pair in _OPPOSITES.get(language, "").split():
        one, other = pair.split("/")
        pairs.setdefault(one, set()).add(other)
        pairs.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in pairs.items()}


def _exchanged_signs(said: str, known: str, language: str) -> tuple[str, str] | None:
    for word, others in _pairs(language).items():
        for other in others:
            if said.count(word) > known.count(word) and known.count(other) > said.count(other):
                return word, other
    return None


def _signs(text: str, known: Iterable[str]) -> Counter[str]:
    return Counter({word: text.count(word) for word in known if word in text})
