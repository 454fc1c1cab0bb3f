"""Pressroom: a weekly technical newsletter, from Markdown in git to the subscriber's mailbox.

    pieces -> assemble -> draft -> render -> approve -> deliver -> publish

`publisher.pipeline` is the table of contents; `docs/house.md` the plan of the house.
"""

__version__ = "0.1.0"
