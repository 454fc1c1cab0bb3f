"""The site as files on another host, below a path: every link leads somewhere, the form signs up at the service, a failed build changes nothing."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import posixpath
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.command import pressroom
from tests.e2e.test_readers_journey import BOB, OLD_ENOUGH, Town, link, town
from tests.free_ports import free_port
from tests.house import wait_for
from tests.press import Tags

__all__ = ["town"]  # the fixture


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def static_host(folder: Path) -> Iterator[str]:
    """Serve a folder as a static host does; yield its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), functools.partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_reader_signs_up_on_a_static_host_below_a_path(town: Town, tmp_path: Path) -> None:
    public = tmp_path / "public"
    settings = town.home / "content" / "publication.toml"
    settings.write_text(f'service_url = "{town.url}"\n{settings.read_text("utf-8")}', "utf-8")
    with static_host(public) as host:
        site = f"{host}/notes/"
        built = pressroom(
            "build", "--out", public / "notes", cwd=town.home, env={**town.variables, "PRESSROOM_BASE_URL": site}
        )
        assert built.code == 0, built.talk
        todo, seen = [site], set[str]()
        while todo:
            url = todo.pop()
            if url in seen or not url.startswith(site):
                continue
            seen.add(url)
            answer = requests.get(url, timeout=10, allow_redirects=False)
            assert answer.status_code == 200, url
            if not answer.headers["Content-Type"].startswith("text/html"):
                continue
            tags = Tags(answer.text)
            for target in [t["href"] for t in tags.of("a") + tags.of("link")] + [
                t["src"] for t in tags.of("script") if "src" in t
            ]:
                parts = urlsplit(urljoin(url, target))
                assert (
                    posixpath.basename(parts.path) not in ("index.html", "subscribe")
                    or parts.netloc != urlsplit(host).netloc
                )
                todo.append(parts._replace(fragment="").geturl())
        assert len(seen) > 8
        page = town.page(script=True)
        page.goto(site)
        page.get_by_label("Your e-mail address").first.fill(BOB)
        page.get_by_role("button", name="Subscribe").first.click()
        assert page.url.startswith(town.url)
        page.wait_for_timeout(OLD_ENOUGH * 1000)
        page.get_by_role("button", name="Yes, subscribe me").click()
        expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
        assert link(town.mail(BOB, "Confirm"), "confirm").startswith(f"{town.url}/confirm/")
        page.goto(site)
        page.get_by_role("link", name="Your preferences").click()
        wait_for(lambda: page.url == f"{town.url}/link")


def test_texts_have_compressed_copies_and_what_is_gone_goes(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "public"
    extra = news / "content" / "pages" / "extra.md"
    extra.write_text("---\ntitle: Extra\nsummary: More.\n---\n" + "Words. " * 300, "utf-8")
    assert pressroom("build", "--out", out, cwd=news).code == 0
    first = files(out)
    assert "extra/index.html.gz" in first
    for name, data in first.items():
        if name.endswith(".gz"):
            assert gzip.decompress(data) == first[name.removesuffix(".gz")]
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.html")}
    assert pressroom("build", "--out", out, cwd=news).code == 0
    assert files(out) == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.html")} == times
    extra.unlink()
    (out / "CNAME").write_text("notes.example.com", "utf-8")
    assert pressroom("build", "--out", out, cwd=news).code == 0
    left = files(out)
    assert not any(name.startswith("extra") for name in left)
    assert not (out / "extra").exists()
    assert left["CNAME"] == b"notes.example.com"
    assert not [
        path for path in out.rglob("*") if path.stat().st_mode & 0o044 != 0o044 and not path.name.startswith(".")
    ]


def test_a_build_that_fails_leaves_the_last_good_one(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "public"
    assert pressroom("build", "--out", out, cwd=news).code == 0
    before = files(out)
    template = news / "templates" / "web" / "page.html"
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(
        '{% extends "web/base.html" %}\n{% block main %}\n{{ nothing.at_all }}\n{% endblock %}\n', "utf-8"
    )
    failed = pressroom("build", "--out", out, cwd=news)
    assert failed.code != 0
    assert "templates/web/page.html:3" in failed.out
    assert files(out) == before


@pytest.mark.parametrize("name", ["content", "content/public", "templates", ".", "other", "file"])
def test_a_folder_that_is_somebody_elses_is_refused_in_one_sentence(name: str, news: Path, tmp_path: Path) -> None:
    (news / "other").mkdir()
    (news / "other" / "notes.txt").write_text("mine", "utf-8")
    (news / "file").write_text("mine", "utf-8")
    before = files(news / "content")
    refused = pressroom("build", "--out", name, cwd=news)
    assert refused.code == 4
    assert len(refused.talk.strip().splitlines()) == 1
    assert files(news / "content") == before
    assert (news / "other" / "notes.txt").read_text("utf-8") == "mine"
