"""A reader's life. THE TABLE OF CONTENTS of this package: read it first.

    sign_ups     sign_up -> (confirmation mail) -> confirm -> (welcome mail)                        sign_ups.py
    page         portal, prefer, next_step, ask_link; ask_move -> confirm_move                      own_page.py
    leaving      unsubscribe -> suppressed (undo within an hour); my_data, delete_me             leaving.py
    links        the tokens in the links of mails and pages                                         links.py
    editors      add, show, tag, tag_all, remove, suppress, unsuppress, forget                      editors.py
    queries      find, count, counts, statistics, and the segments that narrow them
                 queries.py, recipients.py, segments.py, segment_text.py
    lists        open_import, import_list, export_csv, export_suppressions_csv                      lists.py
    courses      take_steps: the steps of courses that are due become mails                         course_steps.py
    bounces      take: mail that came back, and complaints                                          bounce_reports.py
    retention    expire, forget_networks: what is deleted after a time                              retention.py
    staying      ask, stay, let_go: readers who were not seen for long                               staying.py
    outbox       all due mail except the issues: claimed here, handed over by the publisher         outbox.py
    erasures     deletions that are not done everywhere yet                                         adapters/erasures.py
    watch        watch_sign_ups, telling: stops sign-ups with strangers' addresses                  sign_up_watch.py

Every verb that changes a reader calls `change(store, who, event, now)` of change.py. It loads an AddressState, lets
`transitions.after` decide (moves.py if there are two addresses), and saves, in one transaction that is committed on
return. The same transaction writes the reader's history (history.py), their acts of consent (agreement.py) and the mail
that becomes due. The mail leaves later, through the outbox: none is lost when the mail server or this process goes
down, and the answer to a form takes as long for a reader as for a stranger.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from subscribers.adapters.email_rows import DatabaseEmails
from subscribers.adapters.erasures import DatabaseErasures
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.bounce_reports import BounceReports
from subscribers.course_steps import CourseSteps
from subscribers.leaving import Leaving
from subscribers.links import Links
from subscribers.outbox import Outbox
from subscribers.own_page import OwnPage
from subscribers.ports import Erasures, LearningPaths
from subscribers.queries import Queries
from subscribers.retention import Retention
from subscribers.sign_up_watch import SignUpWatch
from subscribers.sign_ups import SignUps
from subscribers.staying import Staying
from subscribers.tokens import Keyring

if TYPE_CHECKING:  # the modules that read lists are slow to import, and few verbs need them
    from subscribers.editors import Editors
    from subscribers.lists import Lists


class Subscribers:
    """The readers of one publication: this package's verbs, bound to a database, the signing keys and the learning
    paths.

    Any verb may raise DatabaseUnavailable or DatabaseBroken; each verb names the other errors that it may raise. `now`
    is an aware datetime.
    """

    def __init__(self, engine: Engine, keyring: Keyring, paths: LearningPaths) -> None:
        self._store = Store(engine)
        self._readers = readers = DatabaseReaders(self._store)
        self.sign_ups = SignUps(readers, keyring)
        self.page = OwnPage(readers, keyring)
        self.leaving = Leaving(readers, keyring)
        self.links = Links(keyring)
        self.queries = Queries(self._store)
        self.courses = CourseSteps(self._store, readers, paths)
        self.bounces = BounceReports(readers)
        self.retention = Retention(self._store, readers)
        self.staying = Staying(self._store, readers, keyring)
        self.outbox = Outbox(DatabaseEmails(self._store), readers, keyring)
        self.erasures: Erasures = DatabaseErasures(self._store)
        self.watch = SignUpWatch(self._store)

    @cached_property
    def editors(self) -> Editors:
        from subscribers.editors import Editors

        return Editors(self._readers, self.queries)

    @cached_property
    def lists(self) -> Lists:
        from subscribers.lists import Lists

        return Lists(self._readers, self._store)

    def check_database(self) -> None:
        """Run one query to see that the database answers. Raises DatabaseUnavailable."""
        with self._store.reading() as connection:
            connection.execute(select(1))
