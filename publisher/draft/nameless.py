"""English words that do not name a subject: at its edges, or by themselves."""

from __future__ import annotations

from typing import Final

from publisher.draft.words import COMMON

EDGES: Final = COMMON | frozenset(
    str.split(
        """blog post posts mailing list thread email emails new newer past current previous many several various different same other additional initial basic full own whole existing possible
    available better best good common general single multiple able support supports supported supporting allow allows allowed allowing enable
    enables enabled make makes making made sure provide provides create creates created require requires required include includes including
    included ensure implement implements implemented introduce introduces update updates updated remove removes removed move moves handle handles
    return returns returned need needs come comes coming help helps work works rely clear long way lot number amount due large small
    wants want know known already still yet even also may might must made called using based related similar specific certain actual
        january february march april june july august september october november december
        api apis rpc rpcs pr prs cli gui ui url urls http json rfc sdk spent sent given taken kept built found"""
    )
)
"""Words that say nothing at the edge of what is named."""

GENERAL: Final = frozenset(
    str.split(
        """option options parameter parameters configuration configurations field fields flag flags value values message messages method methods function
        functions request requests response responses attack attacks attacker attackers party parties database databases connectivity connection connections
        result results record records program programs process processes design designs label labels feature features user users system systems contract
        contracts list lists error errors subscriber subscribers default defaults minimum maximum outbound inbound size sizes state states version versions
        test tests code change changes release releases data file files name names number numbers problem problems issue issues case cases example
        examples step steps part parts point points type types rule rules limit limits cost costs time times amount amounts requirement requirements year years month months week weeks day days way ways thing things idea ideas algorithm algorithms template templates
        operation operations service services client clients server servers network networks protocol protocols implementation implementations
        application applications developer developers project projects team teams community support output outputs input inputs
        information address addresses key keys page pages post posts question questions answer answers solution solutions tool tools
        section sections document documents documentation description descriptions reason reasons goal goals approach approaches article articles book books tutorial tutorials"""
    )
)
"""English words that name nothing by themselves: what is meant is said before or behind them."""
