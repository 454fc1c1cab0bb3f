"""A large mail is made of MJML by a worker: the same bytes and the same words of an error, while all else goes on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import mjml
import pytest
import requests

from publisher import isolation
from publisher.errors import ContentError
from publisher.isolation import processes
from publisher.render import mjml_html
from publisher.render.render import to_mail
from publisher.render.templates import environment
from tests import isolated
from tests.house import open_house, wait_for

ROW = "<mj-section><mj-column><mj-text>Words über «alles» &amp; <b>more</b> 字</mj-text></mj-column></mj-section>\n"
LARGE = f"<mjml><mj-body>{ROW * 5_000}</mj-body></mjml>"
BROKEN = f"<mjml><mj-body>{ROW * 5_000}<mj-section></mj-body></mjml>"


def test_a_large_mail_is_the_same_from_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    here = mjml.mjml2html(LARGE, fonts={})
    with _stopped_worker() as (made, worker):
        monkeypatch.setattr(mjml_html.mjml, "mjml2html", _not_here)
        os.kill(worker, signal.SIGCONT)
        assert made.result() == here


def _not_here(*_: object, **__: object) -> str:
    raise AssertionError("a large mail was made in this process")


def test_a_mail_that_is_not_large_needs_no_worker() -> None:
    isolation.end_workers()
    assert "Words" in mjml_html.html_of(f"<mjml><mj-body>{ROW * 50}</mj-body></mjml>")
    assert processes._IDLE_WORKERS == []


def test_the_web_answers_while_a_large_mail_is_made(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path / 'pressroom.db'}", tmp_path)
    try:
        with _stopped_worker() as (made, worker):
            for _ in range(5):
                assert requests.get(f"{house.url}/healthz", timeout=60).status_code == 200
            assert not made.done()
            os.kill(worker, signal.SIGCONT)
            assert made.result().count("über «alles»") == 5_000
    finally:
        close()


def test_what_is_wrong_with_a_large_mail_is_said_in_the_same_sentence(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    for name, source in (("small", BROKEN.replace(ROW, "")), ("large", BROKEN)):
        (tmp_path / f"email/{name}.mjml").write_text(source, encoding="utf-8")
    said = []
    for name in ("small", "large"):
        with pytest.raises(ContentError) as raised:
            to_mail(environment(tmp_path), f"email/{name}.mjml", {})
        said.append(str(raised.value).replace(name, "…"))
    assert said[0] == said[1]
    assert said[0].startswith("templates/email/….mjml: MJML says: unexpected end of stream in root template; ")


def test_a_worker_that_ends_in_the_middle_is_replaced() -> None:
    with _stopped_worker() as (made, worker):
        os.kill(worker, signal.SIGKILL)
        assert made.result() == mjml.mjml2html(LARGE, fonts={})
    assert isolated.process() != worker


@contextmanager
def _stopped_worker() -> Iterator[tuple[Future[str], int]]:
    """Have a worker make the large mail, and yield its process, which stands still before it begins."""
    isolation.end_workers()
    worker = isolated.process()
    os.kill(worker, signal.SIGSTOP)
    begun = threading.Event()

    def make() -> str:
        begun.set()
        return mjml_html.html_of(LARGE)

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(make)
        begun.wait()
        wait_for(lambda: processes._IDLE_WORKERS == [] or made.done(), 60)
        yield made, worker
