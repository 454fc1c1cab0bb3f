"""The readers' web application. `create_app` makes the readers' application, `make_server` serves it."""

from publisher.web.app import create_app
from publisher.web.budgets import Limits
from publisher.web.context import AbuseLimits, WebContext
from publisher.web.hooks import GitHook
from publisher.web.server import make_server, settle_heap, tidily
from publisher.web.view import View
from publisher.web.watching import Watch
from publisher.web.wording import wording

__all__ = [
    "AbuseLimits",
    "GitHook",
    "Limits",
    "View",
    "Watch",
    "WebContext",
    "create_app",
    "make_server",
    "settle_heap",
    "tidily",
    "wording",
]
