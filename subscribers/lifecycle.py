"""A reader's life. THE TABLE OF CONTENTS of this package: read it first.

    sign_up -> (confirmation mail) -> confirm -> (welcome mail) -> prefer, next_step, ask_move -> confirm_move
            -> unsubscribe -> suppressed, for good
    ask_link -> portal, my_data, delete_me: a reader's own page                                 self_service.py
    take_steps, watch_sign_ups: steps of courses that are due, and what stops sign-ups          correspondence.py
    outbox: all mail that is due, but the issues: claimed here, and handed over by the publisher    outbox.py
    add, find, show, count, statistics: the editors' list                                      editing.py
    tag, tag_all, remove, suppress, unsuppress, forget: what they change in it                  editing.py
    audience, and the segments that narrow it                          audience.py, segments.py, segment_text.py
    open_import, import_list, export_csv, export_suppressions_csv: whole lists                  lists.py

Every verb loads a standing, lets `transitions.after` decide, and saves: one transaction, committed on return.
Mail becomes due in the same transaction and leaves afterwards, through the outbox: none is lost when the mail
server or this process goes down, and the answer to a form takes as long for a reader as for a stranger. What changed
goes into the reader's history (history.py), what they agreed to into their consents (consent.py).
"""

from __future__ import annotations

from sqlalchemy import Engine, select

from subscribers.adapters.store import Store
from subscribers.correspondence import Correspondence
from subscribers.editing import Editing
from subscribers.lists import Lists
from subscribers.outbox import Outbox
from subscribers.ports import LearningPaths
from subscribers.self_service import SelfService
from subscribers.tokens import Keyring


class Subscribers(SelfService, Correspondence, Editing, Lists):
    """The readers of one publication: this package's verbs, bound to a database, the signing keys and the learning paths.

    Any verb may raise DatabaseUnavailable or DatabaseBroken; what else it may raise is said with it. `now` is aware.
    """

    def __init__(self, engine: Engine, keyring: Keyring, paths: LearningPaths) -> None:
        self._store = Store(engine)
        self._keyring = keyring
        self._paths = paths
        self.outbox = Outbox(self._store, keyring)

    def check_database(self) -> None:
        """Ask the database one question. Raises DatabaseUnavailable."""
        with self._store.reading() as connection:
            connection.execute(select(1))
