"""A provider's API on loopback, whose answers tests write beforehand, and how each provider says what all of them say."""

from __future__ import annotations

import base64
import email
import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.policy import default
from typing import Any

from publisher.adapters.providers import provider_at
from publisher.adapters.providers.courier import ProviderCourier
from publisher.adapters.providers.wire import Timeouts
from publisher.provider_url import ProviderUrl

KEYS = dict.fromkeys(("postmark", "mailgun", "resend", "sendgrid"), "a-key-of-the-tests") | {
    "ses": "AKIDEXAMPLE:secret"
}
URLS = {
    "ses": "ses://eu-central-1?api={}",
    "postmark": "postmark://broadcast?api={}",
    "mailgun": "mailgun://news.example.com?api={}",
    "resend": "resend://?api={}",
    "sendgrid": "sendgrid://?api={}",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Says:
    """An answer; or what the server does instead: hang up before or after it read the body, drip, or say nothing."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    instead: str = ""

    @classmethod
    def json(cls, status: int, value: object, **headers: str) -> Says:
        named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
        return cls(status, json.dumps(value).encode(), named)


Answerer = Callable[[Asked], Says]


@dataclass
class Api:
    """The server: `answers` are given first, one for each POST, then whatever `usual` says; GETs get `checked`."""

    usual: Answerer
    checked: Says
    asked: list[Asked] = field(default_factory=list)
    answers: deque[Says] = field(default_factory=deque)
    open: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> list[Asked]:
        """The requests to send mail."""
        return [each for each in self.asked if each.method == "POST"]

    def serve(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _serve_one(self, connection: socket.socket) -> None:
        self.open += 1
        with connection, suppress(OSError, ValueError), connection.makefile("rb") as reader:
            while self._one(connection, reader):
                pass

    def _one(self, connection: socket.socket, reader: Any) -> bool:
        line = reader.readline()
        if not line:
            return False
        method, path, _ = line.decode().split(" ", 2)
        headers: dict[str, str] = {}
        while each := reader.readline().decode().strip():
            name, _, value = each.partition(":")
            headers[name.lower()] = value.strip()
        said = self._next(method)
        length = int(headers.get("content-length", "0"))
        if said and said.instead == "reset early":
            reader.read(min(length, 1_000))
            _reset(connection)
            return False
        asked = Asked(method, path, headers, reader.read(length))
        with self._lock:
            self.asked.append(asked)
        answer = said or self.usual(asked)
        if answer.instead == "hang":
            self._stopped.wait(20)
            return False
        if answer.instead == "reset late":
            _reset(connection)
            return False
        if answer.instead == "garbage":
            connection.sendall(b"this is not HTTP\r\n\r\n")
            return False
        if answer.instead == "drip":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self._stopped.wait(0.05):
                connection.sendall(b"x")
            return False
        if answer.instead == "cut":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
            return False
        lines = [
            f"HTTP/1.1 {answer.status} Said",
            f"Content-Length: {len(answer.body)}",
            "Content-Type: application/json",
        ]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        connection.sendall("\r\n".join((*lines, "", "")).encode() + answer.body)
        return True

    def _next(self, method: str) -> Says | None:
        if method == "GET":
            return self.checked
        with self._lock:
            return self.answers.popleft() if self.answers else None


def _reset(connection: socket.socket) -> None:
    """Hang up with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=api.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield api
        finally:
            api.stop()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@dataclass(frozen=True)
class Sample:
    """How one provider says what all of them say, and what of a message can be read in a request to it."""

    name: str
    usual: Answerer
    checked: Says
    key_refused: Says
    """Of the check."""
    refused_for: Callable[[int], Says]
    """An answer to a message with the status 401 or 403."""
    bad_recipient: Says
    bad_message: Says
    read: Callable[[Asked], Sequence[dict[str, Any]]]
    """What a request carries, one for each message: to, tag, kind, subject, text, html, pictures, headers."""
    too_fast: Says = field(default_factory=lambda: Says.json(429, {}))
    drops: frozenset[str] = frozenset()
    """The headers that the provider writes itself."""


def _ids() -> Callable[[], str]:
    numbers = iter(range(1, 1_000_000))
    lock = threading.Lock()

    def next_id() -> str:
        with lock:
            return f"id-{next(numbers)}"

    return next_id


def of_mime(data: bytes, to: str, tag: str, kind: str) -> dict[str, Any]:
    message = email.message_from_bytes(data, policy=default)
    assert isinstance(message, Message)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "to": to, "tag": tag, "kind": kind, "subject": str(message["Subject"]), "text": text.get_content(), "html": html.get_content(),
        "pictures": [(part["Content-ID"].strip("<>"), part.get_payload(decode=True)) for part in message.walk() if part.get_content_maintype() == "image"],
        "headers": {name.lower(): str(value) for name, value in message.items()},
    }  # fmt: skip


def _ses() -> Sample:
    ids = _ids()

    def read(asked: Asked) -> list[dict[str, Any]]:
        said = asked.json()
        tags = {each["Name"]: each["Value"] for each in said["EmailTags"]}
        (to,) = said["Destination"]["ToAddresses"]
        return [of_mime(base64.b64decode(said["Content"]["Raw"]["Data"]), to, tags["delivery"], tags["kind"])]

    def error(status: int, name: str, words: str) -> Says:
        return Says.json(status, {"message": words}, X_Amzn_ErrorType=f"{name}:http://internal.example/")

    return Sample(
        "ses", lambda _asked: Says.json(200, {"MessageId": ids()}), Says.json(200, {"SendingEnabled": True}),
        error(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
        lambda status: error(status, "InvalidSignatureException", "no"),
        error(400, "BadRequestException", "Missing final '@domain'"),
        error(400, "MessageRejected", "Email contains a virus"),
        read, error(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    )  # fmt: skip


def _postmark() -> Sample:
    ids = _ids()

    def taken() -> dict[str, Any]:
        return {"ErrorCode": 0, "Message": "OK", "MessageID": ids()}

    def usual(asked: Asked) -> Says:
        said = asked.json()
        return Says.json(200, [taken() for _ in said] if isinstance(said, list) else taken())

    def read(asked: Asked) -> list[dict[str, Any]]:
        said = asked.json()
        return [_of_postmark(each) for each in (said if isinstance(said, list) else [said])]

    def error(status: int, code: int, words: str) -> Says:
        return Says.json(status, {"ErrorCode": code, "Message": words})

    stream = {
        "ID": "broadcast",
        "MessageStreamType": "Broadcasts",
        "SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Custom"},
    }
    return Sample(
        "postmark", usual, Says.json(200, stream), error(401, 10, "Bad or missing Server API token."),
        lambda status: error(status, 10, "Bad or missing Server API token."),
        error(422, 300, "Error parsing 'To': Illegal email address 'a..b@example.com'."),
        error(422, 411, "Forbidden attachment type."), read, error(429, 429, "Rate limit exceeded"), frozenset({"date"}),
    )  # fmt: skip


def _of_postmark(said: dict[str, Any]) -> dict[str, Any]:
    headers = {each["Name"].lower(): each["Value"] for each in said["Headers"]}
    assert headers["x-pm-keepid"] == "true"
    assert (said["TrackOpens"], said["TrackLinks"], said["MessageStream"]) == (False, "None", "broadcast")
    return {
        "to": address_in(said["To"]), "tag": said["Metadata"]["delivery"], "kind": said["Tag"], "subject": said["Subject"],
        "text": said["TextBody"], "html": said["HtmlBody"],
        "pictures": [(each["ContentID"].removeprefix("cid:"), base64.b64decode(each["Content"])) for each in said.get("Attachments", ())],
        "headers": headers,
    }  # fmt: skip


def _mailgun() -> Sample:
    ids = _ids()

    def read(asked: Asked) -> list[dict[str, Any]]:
        whole = b"Content-Type: " + asked.headers["content-type"].encode() + b"\r\n\r\n" + asked.body
        fields = {}
        boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
        for part in asked.body.split(b"--" + boundary)[1:-1]:
            head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            fields[re.search(rb'name="([^"]+)"', head)[1].decode()] = value.removesuffix(b"\r\n")
        assert fields["o:tracking"] == b"no", whole[:200]
        return [
            of_mime(fields["message"], fields["to"].decode(), fields["v:delivery"].decode(), fields["o:tag"].decode())
        ]

    return Sample(
        "mailgun", lambda _asked: Says.json(200, {"id": f"<{ids()}>", "message": "Queued. Thank you."}),
        Says.json(200, {"domain": {"name": "news.example.com", "is_disabled": False}}),
        Says.json(404, {"message": "Domain not found"}),
        lambda status: Says(status, b"Forbidden"),
        Says.json(400, {"message": "'to' parameter is not a valid address. please check documentation"}),
        Says.json(400, {"message": "Need at least one of 'text' or 'html' parameters specified"}), read,
    )  # fmt: skip


def _resend() -> Sample:
    ids = _ids()

    def usual(asked: Asked) -> Says:
        said = asked.json()
        return Says.json(200, {"data": [{"id": ids()} for _ in said]} if isinstance(said, list) else {"id": ids()})

    def read(asked: Asked) -> list[dict[str, Any]]:
        said = asked.json()
        return [_of_resend(each) for each in (said if isinstance(said, list) else [said])]

    def error(status: int, name: str, words: str) -> Says:
        return Says.json(status, {"statusCode": status, "name": name, "message": words})

    return Sample(
        "resend", usual, error(401, "restricted_api_key", "This API key is restricted to only send emails."),
        error(401, "validation_error", "API key is invalid"), lambda status: error(status, "validation_error", "API key is invalid"),
        error(422, "validation_error", "Invalid `to` field. The email address needs to follow the `email@example.com` format."),
        error(422, "invalid_attachment", "Attachment must have either a `content` or `path`."), read,
        error(429, "rate_limit_exceeded", "Too many requests."), frozenset({"date", "message-id"}),
    )  # fmt: skip


def _of_resend(said: dict[str, Any]) -> dict[str, Any]:
    tags = {each["name"]: each["value"] for each in said["tags"]}
    (to,) = said["to"]
    return {
        "to": address_in(to), "tag": tags["delivery"], "kind": tags["kind"], "subject": said["subject"], "text": said["text"], "html": said["html"],
        "pictures": [(each["content_id"], base64.b64decode(each["content"])) for each in said.get("attachments", ())],
        "headers": {name.lower(): value for name, value in said["headers"].items()},
    }  # fmt: skip


def _sendgrid() -> Sample:
    ids = _ids()

    def read(asked: Asked) -> list[dict[str, Any]]:
        said = asked.json()
        (person,) = said["personalizations"]
        bodies = {each["type"]: each["value"] for each in said["content"]}
        (kind,) = said["categories"]
        return [{
            "to": person["to"][0]["email"], "tag": person["custom_args"]["delivery"], "kind": kind, "subject": said["subject"],
            "text": bodies["text/plain"], "html": bodies["text/html"],
            "pictures": [(each["content_id"], base64.b64decode(each["content"])) for each in said.get("attachments", ())],
            "headers": {name.lower(): value for name, value in said["headers"].items()},
        }]  # fmt: skip

    def error(status: int, where: str | None, words: str) -> Says:
        return Says.json(status, {"errors": [{"message": words, "field": where, "help": None}]})

    return Sample(
        "sendgrid", lambda _asked: Says(202, b"", (("X-Message-Id", ids()),)), Says.json(200, {"scopes": ["mail.send"]}),
        error(401, None, "The provided authorization grant is invalid, expired, or revoked"),
        lambda status: error(status, None, "access forbidden"),
        error(400, "personalizations.0.to.0.email", "Does not contain a valid address."),
        error(400, "content.0.value", "The content value must be a string at least one character in length."), read,
        error(429, None, "too many requests"), frozenset({"date", "message-id"}),
    )  # fmt: skip


SAMPLES: Mapping[str, Callable[[], Sample]] = {
    "ses": _ses, "postmark": _postmark, "mailgun": _mailgun, "resend": _resend, "sendgrid": _sendgrid,
}  # fmt: skip


def address_in(text: str) -> str:
    return text.rpartition("<")[2].rstrip(">")


def courier_to(api: Api, name: str, *, whole: float = 30.0, repeats: Sequence[float] = (0.01, 0.02)) -> ProviderCourier:
    url = ProviderUrl.parse(URLS[name].format(api.url))
    return ProviderCourier(provider_at(url, KEYS[name]), url.api, Timeouts(2.0, whole, whole), repeats)


def wait_for(seen: Callable[[], bool], seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
