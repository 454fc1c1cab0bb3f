"""The whole flow without a database: everything is kept by the twins in memory, and mail leaves into a folder."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import pipeline, scheduler
from publisher.adapters.mail_folder import FolderCourier
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.errors import ConfigurationError, ContentError, Refused, TransportUnavailable
from publisher.issue import DeliveryState, IsoWeek
from publisher.pipeline import IssueState
from publisher.ports import BlockingConnection, Envelope, Reply, WeekState
from subscribers import Wording, parse_address
from subscribers.sign_ups import SignUpRequest
from tests.free_ports import free_port
from tests.providers import Api, Says, courier_to, serving
from tests.publication import FakeClock, MemoryApp, example, variables

W48 = IsoWeek(2026, 48)
NUMBER = 11
READERS = [f"reader{number}@example.com" for number in range(5)]
WORDING = Wording("One mail a week.")


class Breaking:
    """A courier into a folder that after so many messages stops the sender, or else breaks off at every message."""

    def __init__(self, folder: Path, after: int, stop: threading.Event | None = None) -> None:
        self._courier = FolderCourier(folder)
        self._left = after
        self._stop = stop

    def connect(self) -> BlockingConnection:
        return _BreakingConnection(self, self._courier.connect())

    def note(self) -> None:
        self._left -= 1
        if self._left <= 0 and self._stop is not None:
            self._stop.set()

    @property
    def broken(self) -> bool:
        return self._left <= 0 and self._stop is None


class _BreakingConnection:
    def __init__(self, courier: Breaking, connection: BlockingConnection) -> None:
        self._courier = courier
        self._connection = connection

    def hand_over(self, envelope: Envelope) -> Reply:
        if self._courier.broken:
            raise TransportUnavailable("the mail server broke off")
        return self._connection.hand_over(envelope)

    def finish(self) -> Reply:
        reply = self._connection.finish()
        self._courier.note()
        return reply

    def alive(self) -> bool:
        return self._connection.alive()

    def abandon(self) -> None:
        self._connection.abandon()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[MemoryApp]:
    clock = FakeClock()
    clock.set("2026-11-26T06:30")
    one_connection = example(tmp_path / "news") / "content" / "publication.toml"
    text = one_connection.read_text("utf-8")
    assert "connections = " in text
    one_connection.write_text(
        "\n".join("connections = 1" if line.startswith("connections = ") else line for line in text.splitlines()) + "\n"
    )
    outside = variables("smtp://127.0.0.1:9")
    with MemoryApp(tmp_path / "news", clock, outside, transport=f"file:{tmp_path / 'mail'}") as made:
        yield made


def join(app: MemoryApp, *addresses: str) -> None:
    """Let readers sign up and confirm, by the links of their mails."""
    now, outbox = app.clock.now(), app.act().outbox
    app.sign_ups.sign_up_all([SignUpRequest(parse_address(address), "form", WORDING) for address in addresses], now)
    jobs = outbox.claim("the tests' sender", 10, now).jobs
    assert {job.address for job in jobs} == set(addresses)
    for job in jobs:
        app.sign_ups.confirm(job.tokens.action, now=now)
    outbox.give_back("the tests' sender", now)
    assert pipeline.post(app.act()).sent == len(addresses), "their welcomes"


def approved(app: MemoryApp) -> None:
    """Bring the week's issue to its approval."""
    assert pipeline.assemble(app.act(), W48).number == NUMBER
    assert pipeline.draft(app.act(), NUMBER).drafts
    assert not [found for found in pipeline.preflight(app.act(), NUMBER) if found.severity == "error"]
    assert pipeline.approve(app.act(), NUMBER, "Robin").missing == 0


def issues(folder: Path) -> list[str]:
    """Return to whom the issue went, once for each message."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml")]
    return sorted(str(mail["To"].addresses[0].addr_spec) for mail in mails if ":issue:" in str(mail["Feedback-ID"]))  # type: ignore[attr-defined]


def status(app: MemoryApp) -> pipeline.IssueStatus:
    return next(one for one in pipeline.status(app.act()) if one.number == NUMBER)


def test_an_issue_goes_from_pieces_to_mailboxes_and_pages(app: MemoryApp, tmp_path: Path) -> None:
    join(app, *READERS)
    assert pipeline.check(app.act()) == ()
    approved(app)
    assert status(app).state is IssueState.APPROVED
    would = pipeline.would_send(app.act(), NUMBER)
    assert (would.readers, would.approved_by, would.resumes) == (5, ("Robin",), False)
    sums = pipeline.send(app.act(), NUMBER)
    assert dict(sums.counts) == {DeliveryState.SENT: 5}
    assert issues(tmp_path / "mail") == READERS
    assert (status(app).state, app.act().content.issue(NUMBER).published is not None) == (IssueState.SENT, True)  # type: ignore[union-attr]
    assert (app.site_folder / "issues" / str(NUMBER) / "index.html").is_file()
    with pytest.raises(Refused, match="already sent"):
        pipeline.send(app.act(), NUMBER)
    assert pipeline.publish(app.act()) > 0


@pytest.mark.parametrize("fault", ["nobody there", "a key that is refused"])
def test_nothing_is_frozen_before_the_mail_server_was_reached(app: MemoryApp, tmp_path: Path, fault: str) -> None:
    join(app, *READERS)
    approved(app)
    api = Api(lambda _asked: Says(500), Says(401))
    with serving(api):
        if fault == "nobody there":
            app.courier = SmtpCourier(SmtpUrl.parse(f"smtp://127.0.0.1:{free_port()}"))
            expected: type[Exception] = TransportUnavailable
        else:
            app.courier, expected = courier_to(api, "postmark"), ConfigurationError
        for _ in range(2):
            with pytest.raises(expected):
                pipeline.send(app.act(), NUMBER)
            assert status(app).state is IssueState.APPROVED
        assert app.ledger.records.entry(NUMBER) is None
    app.use_transport(f"file:{tmp_path / 'mail'}")
    join(app, "late@example.com")
    assert pipeline.send(app.act(), NUMBER)[DeliveryState.SENT] == 6


def test_a_send_that_is_stopped_goes_on_and_repeats_nobody(app: MemoryApp, tmp_path: Path) -> None:
    join(app, *READERS)
    approved(app)
    stop = threading.Event()
    app.courier = Breaking(tmp_path / "mail", 2, stop)
    sums = pipeline.send(app.act(), NUMBER, stop=stop)
    assert (sums[DeliveryState.SENT], sums.open, status(app).state) == (2, 3, IssueState.SENDING)
    assert app.ledger.senders.living() == frozenset()
    app.use_transport(f"file:{tmp_path / 'mail'}")
    join(app, "late@example.com")
    assert pipeline.would_send(app.act(), NUMBER).resumes
    sums = pipeline.send(app.act(), NUMBER)
    assert (sums[DeliveryState.SENT], sums.open, status(app).state) == (5, 0, IssueState.SENT)
    assert issues(tmp_path / "mail") == READERS


def test_a_send_whose_mail_server_breaks_off_is_finished_later_without_who_left_meanwhile(
    app: MemoryApp, tmp_path: Path
) -> None:
    join(app, *READERS)
    approved(app)
    app.courier = Breaking(tmp_path / "mail", 2)
    with pytest.raises(TransportUnavailable, match="in a row"):
        pipeline.send(app.act(), NUMBER)
    got = issues(tmp_path / "mail")
    assert len(got) == 2
    left = next(address for address in READERS if address not in got)
    with app.readers.reading() as readers:
        reader = readers.states([left])[left].subscriber
    assert reader is not None
    app.leaving.unsubscribe(app.keyring.unsubscribe(reader.subject_id), now=app.clock.now())
    app.use_transport(f"file:{tmp_path / 'mail'}")
    sums = pipeline.send(app.act(), NUMBER, patience=1e6)
    assert dict(sums.counts) == {DeliveryState.SENT: 4, DeliveryState.SUPPRESSED: 1}
    assert issues(tmp_path / "mail") == [address for address in READERS if address != left]


def test_the_scheduler_proofs_and_sends_the_week(app: MemoryApp, tmp_path: Path) -> None:
    join(app, *READERS)
    app.clock.set("2026-11-23T08:00")  # type: ignore[attr-defined]
    assert "the proof went to the editors" in scheduler.tick(app.act())[0]
    pipeline.approve(app.act(), NUMBER, "Robin")
    app.clock.set("2026-11-26T07:01")  # type: ignore[attr-defined]
    assert scheduler.tick(app.act()) == [f"{W48}: issue {NUMBER} was sent to 5"]
    found = app.act().weeks.find(W48)
    assert found is not None
    assert (found.state, found.number) == (WeekState.SENT, NUMBER)
    assert issues(tmp_path / "mail") == READERS


def test_nothing_of_an_example_is_approved_or_sent_once_a_reader_is_real(app: MemoryApp, tmp_path: Path) -> None:
    join(app, *READERS)
    approved(app)
    join(app, "ada@pressroom.dev")
    named = r"content/publication.toml:\d+: sender.address is still an example: 'notes@notes.example.com'"
    for step in (pipeline.send, pipeline.would_send, lambda act, number: pipeline.approve(act, number, "Robin")):
        with pytest.raises(ContentError, match=named):
            step(app.act(), NUMBER)
    assert any(problem.rule == "example" for problem in pipeline.preflight(app.act(), NUMBER))
    assert (issues(tmp_path / "mail"), app.ledger.records.entry(NUMBER)) == ([], None)


def test_an_issue_does_not_go_out_under_another_list_id_than_the_last_one(app: MemoryApp) -> None:
    join(app, *READERS)
    approved(app)
    pipeline.send(app.act(), NUMBER)
    assert pipeline.assemble(app.act(), IsoWeek.parse("2026-W49")).number == NUMBER + 1
    file = app.folder / "content" / "publication.toml"
    before = file.read_text("utf-8")
    file.write_text(before.replace('list_id = "', 'list_id = "other.'), "utf-8")
    line = next(number for number, text in enumerate(before.splitlines(), 1) if text.startswith("list_id"))
    with pytest.raises(ContentError, match=rf"content/publication.toml:{line}: list_id is 'other\."):
        pipeline.approve(app.act(), NUMBER + 1, "Robin")
    assert "list-id" in [problem.rule for problem in pipeline.check(app.act())]
    file.write_text(before, "utf-8")
    assert "list-id" not in [problem.rule for problem in pipeline.preflight(app.act(), NUMBER + 1)]


def ids_of_feed(app: MemoryApp) -> list[str]:
    return re.findall(r"<id>(.*?)</id>", (app.site_folder / "feed.xml").read_text("utf-8"))


def test_the_ids_of_the_feed_outlive_another_base_url(app: MemoryApp) -> None:
    pipeline.publish(app.act())
    before, file = ids_of_feed(app), app.folder / "content" / "publication.toml"
    former = next(line for line in file.read_text("utf-8").splitlines() if line.startswith("base_url"))
    assert len(set(before)) == len(before) > 2
    file.write_text(file.read_text("utf-8").replace(former, 'base_url = "https://moved.example.com/notes"'), "utf-8")
    (said,) = [problem for problem in pipeline.check(app.act_to_check()) if problem.rule == "feed"]
    pipeline.publish(app.act())
    assert ids_of_feed(app) == before
    assert "https://moved.example.com/notes/issues/" in (app.site_folder / "feed.xml").read_text("utf-8")
    key = re.search(r"permanent_url = '(.*?)'", said.fix)
    assert key
    file.write_text(f'permanent_url = "{key[1]}"\n{file.read_text("utf-8")}', "utf-8")
    (app.site_folder / "feed.xml").unlink()  # as on a new machine
    pipeline.publish(app.act())
    assert ids_of_feed(app) == before
    assert not [problem for problem in pipeline.check(app.act_to_check()) if problem.rule == "feed"]
