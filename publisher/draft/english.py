"""What WordNet knows of English words: which are ordinary, which name things, and which are opposites; and the forms of a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("english.json")
_ENDINGS: Final = (
    ("ies", "y"), ("ied", "y"), ("iest", "y"), ("ier", "y"), ("ily", "y"), ("ally", "al"), ("ably", "able"), ("es", ""), ("s", ""), ("ed", ""),
    ("ed", "e"), ("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("est", ""), ("est", "e"), ("ly", ""), ("ment", ""), ("ion", ""),
    ("ion", "e"), ("ation", "e"), ("ation", ""), ("ness", ""), ("or", ""), ("or", "e"), ("ance", ""), ("al", ""), ("al", "e"), ("able", ""),
)  # fmt: skip
_INFLECTED: Final = (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ied", "y"))
"""How a word's plural or a verb's third person and past end."""
_SHORTEST: Final = 3
TRADE: Final = frozenset(
    str.split("""admins analysts apps architects auditors authors benchmarks brokers browsers bugs builders callers chatbots clients clusters coders
    commits committers companies containers contributors databases dashboards datasets debuggers deployments developers devices
    devs downloads editors embeddings endpoints engineers exchanges experts firewalls forks gateways hackers hardware hosts indexes
    integrators investors kernels latency laptops libraries logs maintainers managers merchants metrics miners models nodes
    observers operators organizations orgs packages parsers patches peers pipelines platforms plugins practitioners programmers
    protocols prototypes providers proxies queries queues readers releases replicas repos researchers retries reviewers rollbacks
    routers runtimes schedulers schemas scripts senders servers services shards smartphones snapshots software spammers specs
    stakeholders startups subscribers sysadmins teams testers threads timeouts tokens tooling traders upgrades uploads users
    validators vendors versions wallets webhooks websites workers workflows workloads""")
)
"""Ordinary words of our readers' trade, which older texts lack."""

_FUNCTION: Final = frozenset(
    str.split(
        """anybody anyone anything everybody everyone everything somebody someone something nobody nothing none both either neither whoever whatever
        whichever wherever whenever however although though because since unless until whereas whether while albeit despite notwithstanding regarding
        concerning considering given granted provided per versus via amid among amongst atop onto upon within without throughout toward towards
        nowadays thankfully hopefully luckily sadly regrettably arguably admittedly incidentally conversely likewise nonetheless nevertheless
        henceforth thereafter thereby therein whereby hereby meanwhile afterwards elsewhere somewhere anywhere everywhere somehow anyway
        furthermore moreover overall altogether besides"""
    )
)
"""English words that WordNet leaves out, because they name nothing."""

_ALSO_NAMES: Final = frozenset(
    str.split("""amazon apple azure basic bash bolt brave buck caddy chef chrome claude cockroach cursor dart eclipse edge electron elastic elixir ember
    falcon flask fly gatsby gemini git go gold hadoop harbor helm hive java julia jupiter kraken lambda lightning linear linen
    llama lotus mercury meta mint mistral nano nest notion nova oracle perl phoenix pig pinecone polygon pony prefect presto prism
    puppet python rails react redshift ripple rocket ruby rust salt scala signal slack snowflake solana spark spring squid stripe
    swift tar tempo terraform tiger titan trident vault vim wave windows zig""")
)
"""Words that are names of things in the trade, too: at a sentence's beginning nobody can tell which is meant."""

_OWN_OPPOSITES: Final = """
    above/below accept/refuse accept/deny accepted/rejected add/remove add/delete add/drop after/before ahead/behind allow/forbid allow/prevent
    allow/disallow allow/block allow/deny always/never all/none all/some all/few any/no anyone/nobody ascending/descending asynchronous/synchronous
    attach/detach backward/forward backwards/forwards before/since begin/end below/over best/worst better/worse big/small bottom/top bright/dark
    broad/narrow buy/sell can/cannot centralized/decentralized cheap/expensive cheap/costly clean/dirty client/server close/open cold/hot compress/decompress
    confirm/deny confirmed/unconfirmed connect/disconnect create/destroy create/delete deep/shallow default/optional deflate/inflate deny/grant
    deprecated/supported different/same down/up download/upload downgrade/upgrade dynamic/static earlier/later earliest/latest early/late easy/hard
    easy/difficult easier/harder empty/full enable/disable enable/prevent encode/decode encrypt/decrypt enough/insufficient enter/leave even/odd
    every/no everyone/nobody everything/nothing expand/shrink expand/collapse extend/shorten external/internal fail/succeed fail/pass failure/success
    fall/rise fewer/more few/many first/last fix/break flexible/rigid forget/remember free/paid freeze/thaw from/to gain/lose gain/loss good/bad good/evil
    great/tiny greater/smaller greater/lesser greater/less grow/shrink help/hinder help/harm high/low higher/lower highest/lowest
    huge/tiny horizontal/vertical import/export in/out include/exclude include/omit inbound/outbound incoming/outgoing increase/reduce increase/lower
    input/output inside/outside insert/delete insert/remove install/uninstall into/from join/leave keep/drop keep/lose keep/discard keep/remove large/small
    larger/smaller largest/smallest lazy/eager least/most left/right less/more light/heavy load/unload local/remote local/global lock/unlock
    long/short longer/shorter loose/tight lose/win lossless/lossy maintain/abandon major/minor manual/automatic many/single max/min maximum/minimum
    mandatory/optional merge/split mutable/immutable near/far nearest/farthest new/old newer/older newest/oldest now/never off/on offline/online often/seldom often/rarely
    old/young old/recent on-chain/off-chain onchain/offchain opt-in/opt-out over/under parallel/serial parent/child partial/complete
    partial/full past/future permit/prohibit plain/encrypted positive/negative possible/impossible prevent/cause private/public
    probable/improbable problem/solution produce/consume profit/loss prove/disprove pull/push quick/slow raise/lower raise/reduce read/write
    receive/send receiver/sender recommend/discourage reject/approve reject/accept release/withhold require/forbid required/optional reveal/hide reveal/conceal
    safe/dangerous safe/unsafe same/other save/waste save/delete save/lose scarce/plentiful secure/vulnerable sender/recipient senior/junior
    separate/combine separate/together simple/complex simple/complicated simplify/complicate slow/rapid slower/faster slower/quicker
    smooth/rough soft/hard solve/create sooner/later source/destination speed/slow stable/unstable start/end start/stop start/finish strong/weak
    stronger/weaker subscribe/unsubscribe support/oppose support/drop sync/async temporary/permanent thick/thin true/false trust/distrust trusted/untrusted
    turn/stay unique/common usual/rare useful/useless valid/invalid verbose/terse visible/hidden wide/narrow wider/narrower with/without
    wrap/unwrap yes/no lengthen/shorten strengthen/weaken improve/worsen improve/degrade accelerate/delay accelerate/slow advantage/disadvantage benefit/harm
    benefit/drawback attack/defend active/passive active/inactive add/subtract agree/disagree alive/dead ancient/modern appear/disappear approve/disapprove
    arrive/depart ask/answer assemble/disassemble avoid/cause avoid/seek ban/allow bind/release block/permit borrow/lend bullish/bearish build/destroy
    careful/careless certain/uncertain clear/unclear coarse/fine complete/incomplete concurrent/sequential consistent/inconsistent construct/destroy
    continue/stop continue/halt convex/concave correct/wrong correct/incorrect credit/debit decline/grow decline/rise decrease/grow decrease/raise deliver/withhold
    demand/supply deposit/withdraw direct/indirect discover/hide dry/wet efficient/wasteful encourage/discourage engage/disengage equal/different
    expire/persist explicit/implicit failed/succeeded fixed/variable fixed/floating foreign/native found/lost frequent/rare friend/enemy front/back gather/scatter
    guilty/innocent happy/sad hire/fire honest/dishonest honest/malicious ignore/heed ignore/consider important/trivial increased/reduced known/unknown
    legal/illegal lead/follow like/dislike likely/unlikely linear/nonlinear living/dead mature/immature mount/unmount needed/unneeded normal/strange
    obey/violate offer/withdraw open/shut optimistic/pessimistic ordered/unordered pack/unpack pause/resume perfect/flawed plus/minus popular/unpopular
    powerful/weak precede/follow present/missing preserve/destroy proactive/reactive protect/expose punish/reward question/answer random/deterministic
    refill/drain register/unregister relevant/irrelevant reliable/unreliable remain/leave repair/break resist/yield respect/violate restrict/relax rich/poor rough/exact
    sad/glad satisfied/dissatisfied scale/shrink sensitive/insensitive shared/exclusive sign/revoke silent/loud sleep/wake start/abort strict/lenient succeed/abort
    suitable/unsuitable surplus/shortage symmetric/asymmetric tall/short together/apart transparent/opaque upper/lower upstream/downstream
    upward/downward upwards/downwards used/unused victory/defeat voluntary/mandatory warm/cold worth/worthless wrong/right zero/nonzero
    rose/fell rise/fell sold/bought lost/won lost/gained sent/received began/ended grew/shrank grew/fell wrote/read kept/dropped kept/lost broke/fixed
    broke/repaired froze/thawed hid/revealed once/twice within/outside within/beyond left/joined left/stayed forgot/remembered found/missed
"""


def forms(word: str) -> frozenset[str]:
    """Return a word, case folded, and what it may be a form of.

    >>> {"faster", "fast"} <= forms("Faster"), "stop" in forms("stopped")
    (True, True)
    """
    word = word.casefold()
    return frozenset((word, *_bases(word)))


def _bases(word: str) -> Iterator[str]:
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST - 1:
            base = word[: -len(ending)]
            yield base + instead
            if not instead and len(base) > _SHORTEST and base[-1] == base[-2]:
                yield base[:-1]


def ordinary(word: str) -> bool:
    """Whether an English word is so common that a capital at a sentence's beginning makes no name of it.

    >>> ordinary("Developers"), ordinary("Kafka"), ordinary("Oracle")
    (True, False, False)
    """
    folded = word.casefold()
    if folded in _ALSO_NAMES:
        return False
    return folded in TRADE or folded in _FUNCTION or not forms(folded).isdisjoint(_known()[0])


def names(word: str) -> bool:
    """Whether an English word, as it is written, may say what a thing is: no verb, adjective or adverb. A word that WordNet never met may.

    >>> [names(word) for word in ("signatures", "descriptor", "verifies", "allowed", "dynamic", "Spend")]
    [True, True, False, False, False, False]
    """
    folded = word.casefold()
    if folded in TRADE:
        return True
    ordinary_words, _, seldom = _known()
    if folded in ordinary_words:
        return folded not in seldom
    if folded.endswith("ed") and not {folded[:-2], folded[:-1], f"{folded[:-3]}y", folded[:-3]}.isdisjoint(
        ordinary_words
    ):
        return False  # what was done, whatever else its verb may name
    bases = [folded.removesuffix(ending) + instead for ending, instead in _INFLECTED if folded.endswith(ending)]
    known = [base for base in bases if base in ordinary_words]
    return not known or any(base not in seldom for base in known)


def opposites(word: str) -> frozenset[str]:
    """Return the words that mean the opposite of `word` or of what it may be a form of.

    >>> "decrease" in opposites("increases"), "valid" in opposites("invalid")
    (True, True)
    """
    pairs = _known()[1]
    return frozenset(opposite for form in forms(word) for opposite in pairs.get(form, ()))


@lru_cache(maxsize=1)
def _known() -> tuple[frozenset[str], dict[str, frozenset[str]], frozenset[str]]:
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    pairs: dict[str, set[str]] = {}
    for pair in (*found["opposites"].split(), *_OWN_OPPOSITES.split()):
        one, other = pair.split("/")
        pairs.setdefault(one, set()).add(other)
        pairs.setdefault(other, set()).add(one)
    words = frozenset(found["ordinary"].split())
    return words, {word: frozenset(others) for word, others in pairs.items()}, frozenset(found["seldom nouns"].split())
