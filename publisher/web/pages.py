"""The pages that answer readers, in words. All of them are frames around templates/web/base.html."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from publisher.publication import Publication
from publisher.render.templates import expand

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Headers of a page that concerns one reader."""


@dataclass(frozen=True, slots=True)
class Words:
    """A page that says one thing. `way` is where one can go from here: a label and a path below the base URL."""

    eyebrow: str
    title: str
    lead: str
    way: tuple[str, str] | None = ("Read the archive", "issues/index.html")


LOOK_IN_YOUR_MAILBOX = Words(
    "subscribe",
    "Look in your mailbox",
    "If mail can reach that address and it is not on the list yet, a message with one button is on its way. It is good "
    "for 48 hours. If it does not come, look among the spam; we send at most one such message a day, so after an "
    "earlier one, sign up again tomorrow.",
)
CONFIRMED = Words(
    "confirm", "You are subscribed", "The next issue comes to your mailbox. Until then, the past ones are here."
)
CONFIRMED_NOT = Words(
    "confirm",
    "Please sign up once more",
    "This link belonged to a subscription that has ended since. Sign up again and a new message comes to your mailbox.",
    ("Sign up", "subscribe"),
)
UNSUBSCRIBED = Words(
    "unsubscribe",
    "You are off the list",
    "No further issue comes to you. If that was a mistake, sign up again: you are welcome back.",
    ("Sign up again", "subscribe"),
)
DELETED_READER = Words(
    "link",
    "There is no such reader here",
    "This link belonged to somebody whose data was deleted. Nothing will come to them.",
)
NO_SUCH_READER = Words(
    "link",
    "There is no such reader here",
    "This link was made by us, but nobody on our list has it, so nothing was changed. If our mail still comes to you, "
    "have the link to your page mailed to your address: there you can leave, and choose what you get.",
    ("Mail me my link", "link"),
)
BAD_LINK = Words(
    "link",
    "This link does not work",
    "It is not complete, or was made elsewhere. Open the mail once more and press its button, or copy the whole link.",
    ("Mail me a new link", "link"),
)
BAD_UNSUBSCRIPTION = Words(
    "unsubscribe",
    "This link does not work",
    "It is not complete, or was made elsewhere. Open any of our mails and use the link at its end, or copy the whole "
    "link. You can also reply to one of them and say that you want to leave.",
    None,
)
TOO_MANY = Words(
    "subscribe",
    "Too many sign-ups just now",
    "More forms came in than a list of readers should get at once. Nothing was changed. Please try again later.",
    ("Back to the form", "subscribe"),
)
STOPPED = Words(
    "subscribe",
    "Sign-ups are stopped for a few hours",
    "Many forms came in that nobody confirmed, which looks like somebody signing up strangers. So no confirmation mail "
    "leaves for a while, and the editors know. Please try again later; the feed and the archive work as always.",
)
TOO_MANY_FORMS = Words(
    "later",
    "Too many forms just now",
    "More of them came in than is usual, from where you are or in all. Nothing was changed. Please try again later.",
    None,
)
LINK_ASKED = Words(
    "link",
    "Look in your mailbox",
    "If that address is on the list, a message with the link to your page is on its way. It is good for 24 hours. If it "
    "does not come, look among the spam; we send at most one such message in 8 hours, and an earlier one is as good.",
)
MOVE_ASKED = Words(
    "move",
    "Look in the new mailbox",
    "If mail can reach that address, a message with one button is on its way there. It is good for 48 hours. Until the "
    "button is pressed, everything goes on to your present address.",
)
MOVED = Words(
    "move",
    "Your mail comes here now",
    "Everything that you chose came with you. We told your former address, in case this was not you.",
)
MOVED_NOT = Words(
    "move",
    "There is nothing to move",
    "This button was pressed before, or the wish was changed or has ended since. If our mail comes to the new address, "
    "all is well; if not, ask for the link to your page and begin again.",
    ("Mail me my link", "link"),
)
MOVE_TOO_OLD = Words(
    "move",
    "This link is too old",
    "It was good for 48 hours, and nothing was changed. Ask for the link to your page, at your present address, and "
    "begin again.",
    ("Mail me my link", "link"),
)
DELETED = Words(
    "delete",
    "You are deleted",
    "What we knew about you is gone. Only your bare address stays, on the list of those whom nobody here may mail. "
    "The links in old mail still work for leaving.",
)
DELETION_GOES_ON = Words(
    "delete",
    "You are deleted, but for one record",
    "You are off the list, and what we knew about you is gone, but for one thing: an issue is just on its way to you, and "
    "the record of it still has your name and address. They go from there by themselves when it is through. Your bare "
    "address stays, on the list of those whom nobody here may mail.",
)
UNREADABLE_FORM = Words(
    "form",
    "This form could not be read",
    "It was not sent by our page, or was damaged on the way. Nothing was changed. Please fill it in again.",
    ("Back to the form", "subscribe"),
)
OUT_OF_ORDER = Words(
    "503",
    "This does not work just now",
    "Our list of readers cannot be reached, so nothing was changed. Please try again in a few minutes.",
)
OUR_FAULT = Words("500", "Something broke on our side", "That was not your fault. Please try again in a few minutes.")
NOT_FOUND = Words("404", "There is no page at this address", "If a link in one of our mails led here, please tell us.")
NOT_ALLOWED = Words("405", "This address does not take that", "Please go on from the archive.")

NO_ADDRESS = "Please write your e-mail address into this field."
DISPOSABLE_ADDRESS = "Addresses of this provider last only for minutes; please use one that you read next week too."
WRONG_ADDRESS = "This is not an e-mail address; it should look like ada@example.com."


class Pages:
    """Makes answers from templates. `navigation` is what the site's pages have in head and foot."""

    def __init__(self, publication: Publication, templates: Environment, navigation: Mapping[str, object]) -> None:
        self._publication = publication
        self._templates = templates
        self._navigation = navigation
        self._said: dict[Words, bytes] = {}
        self._root = f"{urlsplit(publication.base_url).path.rstrip('/')}/"

    def say(self, words: Words, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        # These pages are the same for everybody, so each is made once: half of what a sign-up would cost otherwise.
        if words not in self._said:
            self._said[words] = bytes(self.page("message", words=words).body)
        return HTMLResponse(self._said[words], status, {**PRIVATE, **(headers or {})})

    def page(
        self, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **variables: object
    ) -> HTMLResponse:
        """Return templates/web/NAME.html, filled in."""
        frame = {"publication": self._publication, "root": self._root, **self._navigation}
        html = expand(self._templates, f"web/{name}.html", frame | variables)
        return HTMLResponse(html, status, {**PRIVATE, **(headers or {})})
