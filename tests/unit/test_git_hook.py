"""A forge's webhook: whoever knows the secret wakes the scheduler, and nobody else does."""

from __future__ import annotations

import hmac

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from publisher.web.hooks import GitHook, add_routes

SECRET = "a secret of sixteen characters or more"
BODY = b'{"ref": "refs/heads/main"}'
SIGNED = "sha256=" + hmac.digest(SECRET.encode(), BODY, "sha256").hex()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Hub-Signature-256": SIGNED}, 202),
        ({"X-Gitlab-Token": SECRET}, 202),
        ({}, 403),
        ({"X-Hub-Signature-256": SIGNED.upper()}, 403),
        ({"X-Hub-Signature-256": SIGNED[:-1]}, 403),
        ({"X-Hub-Signature-256": SIGNED.removeprefix("sha256=")}, 403),
        ({"X-Hub-Signature-256": "sha256=" + hmac.digest(b"", BODY, "sha256").hex()}, 403),
        ({"X-Gitlab-Token": "ü".encode("latin-1")}, 403),
        ({"X-Gitlab-Token": ""}, 403),
    ],
)
def test_only_a_signed_call_wakes_the_scheduler(headers: dict[str, str], status: int) -> None:
    woken: list[bool] = []
    app = FastAPI()
    add_routes(app, GitHook(SECRET, lambda: woken.append(True)))
    with TestClient(app) as client:
        assert client.post("/hooks/git", content=BODY, headers=headers).status_code == status
        assert client.get("/hooks/git").status_code == 405
    assert woken == [True] * (status == 202)


def test_a_signature_is_good_for_one_body_only() -> None:
    hook = GitHook(SECRET, lambda: None)
    assert hook.signed(BODY, SIGNED, "")
    assert not hook.signed(BODY + b" ", SIGNED, "")
