"""Time that passes for a publication at work, and a reader who takes a course, for tests of mail."""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage

from publisher import mail_round
from subscribers import SignUpRequest, parse_address
from tests.office import WORDING, Bureau, token_in
from tests.readers import DAY

ADA = "Ada@example.com"
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
WEEK = 7 * DAY


def go_on(news: Bureau, **time: float) -> None:
    """Let time pass, and do what is due then."""
    news.clock.time += dt.timedelta(**time)
    mail_round.round_of_mail(news.app.act())


def enrol(news: Bureau, address: str = ADA, path: str = "backend") -> list[EmailMessage]:
    """Take a reader who wants a course through sign-up and confirmation; return the welcome and the first step."""
    news.app.subscribers.sign_ups.sign_up(address, source="form", wording=WORDING, now=news.clock.now(), path=path)
    go_on(news, seconds=1)
    news.app.subscribers.sign_ups.confirm(token_in(news.mail(), "confirm"), now=news.clock.now())
    go_on(news, seconds=1)
    return sorted(news.mails(), key=lambda mail: "1 of 5" in mail["Subject"])


def subjects(news: Bureau) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in news.mails())


def ask(news: Bureau, count: int, name: str = "victim") -> None:
    """Let so many addresses be typed into the form, and their confirmation mails leave."""
    requests = [SignUpRequest(parse_address(f"{name}{number}@example.com"), "form", WORDING) for number in range(count)]
    news.app.subscribers.sign_ups.sign_up_all(requests, news.clock.now())
    mail_round.round_of_mail(news.app.act())
