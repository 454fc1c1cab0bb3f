"""THE TABLE OF CONTENTS: the flow, one function for each stage. Load, decide, save.

    check -> assemble -> draft -> render -> preflight -> approve -> send -> publish

Each stage works alone and is safe to repeat. It takes the ports of one act (a verb of the command line, a tick of the
scheduler, a round of mail), whose content was read once; pure functions make its decisions.

    stage        from                           to                                     decided in
    new          a section and a title          a draft of a piece
    ready        a draft                        a piece that issues take
    check        all files                      what is wrong with them                check.py, render/check.py
    assemble     the week's pieces              content/issues/NNNN.md                 assemble.py
    draft        past issues                    a section of claims, each cited        draft/
    render       an issue                       mail (HTML, text) and web page         render/
    preflight    the rendered issue             what is wrong with it as it would go   render/preflight/checks.py
    proof        the rendered issue             frozen bytes and their digest          deliver/message.py, approve.py
    diff         what was proofed, approved     what changed since, by words           changed_words.py, changed_mail.py
    approve      a person, a proof              an approval, bound to the digest       approve.py
    send         an approved issue              one row in the ledger for each reader  deliver/
    publish      issues that are out            pages, learning paths, feed            site/parts.py
    correct      an issue that was wrong        a correction, approved and sent as one
    status       files, approvals, ledger       where each issue stands
    queue        pieces, issues, weeks          what the coming weeks have         coming_weeks.py
    alone        a piece                        how it looks before any issue has it   assemble.py, render/
    use_tool     what an assistant asks         what it is told; a draft of a piece    assistants/
    work         issues under way               the same rows, by more processes       deliver/

Beside the flow: `to_work_on` says which issues have work for another process; `try_mail` mails one editor whether mail leaves; `post` hands over all mail but the issues, such as proofs and confirmations; `test` sends one copy that
the ledger does not record; `would_send` says what `send` would do; `known` refuses an issue that never was; `reopen` reopens an issue that was closed without a
reader; `pause`, `resume`, `cancel` and `retry` are what a person decides of deliveries under way, or failed; `hold_week`, `skip_week` and `reopen_week` are what a person decides of a week; `withdraw` takes an approval back; `look`, `approve_by_link` and `withdraw_by_link` are what an editor's own link
does; `close` records that an issue went out; `early_deadlines` says until when an approval is in time for whose own morning; `forget` takes a deleted reader out of the ledger, and `erase` goes on with that until it is done;
`tell_bounces` tells the list of readers whose mailbox refused an issue; `take_returned` decides about one message that came back, `take_events` about what a provider reports, `read_returned` about
those of a mailbox, `undo_returned` takes a decision back, and
`resume_sending` lets sending go on that too many complaints or blocked mails hold.
"""

from typing import TYPE_CHECKING

from subscribers.lazy_exports import exports

if TYPE_CHECKING:  # a verb loads its own stage, and --help none
    from publisher.stages.alone import alone
    from publisher.stages.approve import ApprovalGiven, ApprovalWithdrawn, approve, approved, still_open, withdraw
    from publisher.stages.approve_by_link import Approvable, approve_by_link, look, withdraw_by_link
    from publisher.stages.assemble import Assembled, Outcome, assemble
    from publisher.stages.bounces import report_bounce, tell_bounces
    from publisher.stages.check import check
    from publisher.stages.correct import Begun, correct
    from publisher.stages.deliveries import cancel, pause, resume, retry
    from publisher.stages.diff import Difference, diff, review
    from publisher.stages.draft import Drafted, draft
    from publisher.stages.emails import Posted, post
    from publisher.stages.forget import erase, forget
    from publisher.stages.hours import early_deadlines
    from publisher.stages.lookup import known
    from publisher.stages.new import new
    from publisher.stages.plan_week import go_on, hold_week, reopen_week, skip_week, skipped
    from publisher.stages.ports import Ports, Proof
    from publisher.stages.proof import preflight, proof, render
    from publisher.stages.publish import publish
    from publisher.stages.queue import queue
    from publisher.stages.ready import ready
    from publisher.stages.related import related
    from publisher.stages.returned import (
        ReadMail,
        Taken,
        counts_from,
        read_returned,
        take_events,
        take_returned,
        undo_returned,
    )
    from publisher.stages.send import WouldSend, close, reopen, send, test, would_send
    from publisher.stages.stand_in import stand_in
    from publisher.stages.status import IssueState, IssueStatus, readers_deliveries, status
    from publisher.stages.try_mail import try_mail
    from publisher.stages.use_tool import revision, use_tool
    from publisher.stages.waves import held, resume_sending
    from publisher.stages.work import to_work_on, work

__all__ = [
    "Approvable",
    "ApprovalGiven",
    "ApprovalWithdrawn",
    "Assembled",
    "Begun",
    "Difference",
    "Drafted",
    "IssueState",
    "IssueStatus",
    "Outcome",
    "Ports",
    "Posted",
    "Proof",
    "ReadMail",
    "Taken",
    "WouldSend",
    "alone",
    "approve",
    "approve_by_link",
    "approved",
    "assemble",
    "cancel",
    "check",
    "close",
    "correct",
    "counts_from",
    "diff",
    "draft",
    "early_deadlines",
    "erase",
    "forget",
    "go_on",
    "held",
    "hold_week",
    "known",
    "look",
    "new",
    "pause",
    "post",
    "preflight",
    "proof",
    "publish",
    "queue",
    "read_returned",
    "readers_deliveries",
    "ready",
    "related",
    "render",
    "reopen",
    "reopen_week",
    "report_bounce",
    "resume",
    "resume_sending",
    "retry",
    "review",
    "revision",
    "send",
    "skip_week",
    "skipped",
    "stand_in",
    "status",
    "still_open",
    "take_events",
    "take_returned",
    "tell_bounces",
    "test",
    "to_work_on",
    "try_mail",
    "undo_returned",
    "use_tool",
    "withdraw",
    "withdraw_by_link",
    "work",
    "would_send",
]

_HOMES = {
    "publisher.stages.alone": ("alone",),
    "publisher.stages.approve": ("ApprovalGiven", "ApprovalWithdrawn", "approve", "approved", "still_open", "withdraw"),
    "publisher.stages.approve_by_link": ("Approvable", "approve_by_link", "look", "withdraw_by_link"),
    "publisher.stages.assemble": ("Assembled", "Outcome", "assemble"),
    "publisher.stages.bounces": ("report_bounce", "tell_bounces"),
    "publisher.stages.check": ("check",),
    "publisher.stages.correct": ("Begun", "correct"),
    "publisher.stages.deliveries": ("cancel", "pause", "resume", "retry"),
    "publisher.stages.diff": ("Difference", "diff", "review"),
    "publisher.stages.draft": ("Drafted", "draft"),
    "publisher.stages.emails": ("Posted", "post"),
    "publisher.stages.forget": ("erase", "forget"),
    "publisher.stages.hours": ("early_deadlines",),
    "publisher.stages.lookup": ("known",),
    "publisher.stages.new": ("new",),
    "publisher.stages.plan_week": ("go_on", "hold_week", "reopen_week", "skip_week", "skipped"),
    "publisher.stages.ports": ("Ports", "Proof"),
    "publisher.stages.proof": ("preflight", "proof", "render"),
    "publisher.stages.publish": ("publish",),
    "publisher.stages.queue": ("queue",),
    "publisher.stages.ready": ("ready",),
    "publisher.stages.related": ("related",),
    "publisher.stages.returned": (
        "ReadMail",
        "Taken",
        "counts_from",
        "read_returned",
        "take_events",
        "take_returned",
        "undo_returned",
    ),
    "publisher.stages.send": ("WouldSend", "close", "reopen", "send", "test", "would_send"),
    "publisher.stages.stand_in": ("stand_in",),
    "publisher.stages.status": ("IssueState", "IssueStatus", "readers_deliveries", "status"),
    "publisher.stages.try_mail": ("try_mail",),
    "publisher.stages.waves": ("held", "resume_sending"),
    "publisher.stages.use_tool": ("revision", "use_tool"),
    "publisher.stages.work": ("to_work_on", "work"),
}

__getattr__ = exports(__name__, _HOMES)
