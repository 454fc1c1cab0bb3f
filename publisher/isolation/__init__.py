"""Runs what reads other people's words in processes of their own, which may take so much time and memory and no more.

A function that is `@isolated` runs in a worker: a Python process that stays for the next call, as long as there is one
within a minute. A worker has no secret in its environment, no open file of ours, and may write none. Whatever takes too
much ends the worker, not us, and the caller gets a TooCostlyError; the next call begins another worker. A worker ends
when we do, however we end.

calls.py       what callers see: `@isolated`, `begin` and `result`, `one_file`
processes.py   the workers, from our side
worker.py      what a worker does
wire.py        what both sides say
"""

from publisher.isolation.calls import MEMORY, Answers, Isolated, Pending, isolated, keep_answers, keep_no_more, one_file
from publisher.isolation.processes import end_workers
from publisher.isolation.wire import CallFailedError, TooCostlyError

__all__ = [
    "MEMORY", "Answers", "CallFailedError", "Isolated", "Pending", "TooCostlyError", "end_workers", "isolated", "keep_answers", "keep_no_more", "one_file",
]  # fmt: skip
