"""The pages that answer readers, and their words. All of them extend templates/web/base.html."""

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
    """A page that says one thing. `way` is where to go from here: a label and a path below the base URL."""

    eyebrow: str
    title: str
    lead: str
    way: tuple[str, str] | None = ("Read the archive", "issues/index.html")


LOOK_IN_YOUR_MAILBOX = Words(
    "subscribe",
    "Look in your mailbox",
    "If mail can reach that address and it is not on the list yet, a message with one button is on its way. The button "
    "works for 48 hours. If the message does not come, look in your spam folder. We send at most one a day, so if you "
    "signed up before, please try again tomorrow.",
)
CONFIRMED = Words(
    "confirm", "You are subscribed", "The next issue will come to your mailbox. Until then, the past ones are here."
)
CONFIRMED_NOT = Words(
    "confirm",
    "Please sign up once more",
    "This link belonged to a subscription that has since ended. Sign up again, and we will send you a new message.",
    ("Sign up", "subscribe"),
)
UNSUBSCRIBED = Words(
    "unsubscribe",
    "You are off the list",
    "You will get no further issues. If that was a mistake, sign up again: you are welcome back.",
    ("Sign up again", "subscribe"),
)
DELETED_READER = Words(
    "link",
    "There is no such reader here",
    "This link belonged to somebody whose data was deleted. They will get no more mail.",
)
NO_SUCH_READER = Words(
    "link",
    "There is no such reader here",
    "We made this link, but nobody on our list has it, so nothing was changed. If you still get our mail, ask us to mail "
    "you the link to your page: there you can leave, and choose what you get.",
    ("Mail me my link", "link"),
)
BAD_LINK = Words(
    "link",
    "This link does not work",
    "It is incomplete, or was not made by us. Open the mail again and press its button, or copy the whole link.",
    ("Mail me a new link", "link"),
)
BAD_UNSUBSCRIPTION = Words(
    "unsubscribe",
    "This link does not work",
    "It is incomplete, or was not made by us. Open any of our mails and use the link at its end, or copy the whole link. "
    "You can also reply to one of them and say that you want to leave.",
    None,
)
TOO_MANY = Words(
    "subscribe",
    "Too many sign-ups right now",
    "More forms came in than we accept at once. Nothing was changed. Please try again later.",
    ("Back to the form", "subscribe"),
)
STOPPED = Words(
    "subscribe",
    "Sign-ups are stopped for a few hours",
    "Many sign-ups came in that nobody confirmed, as if somebody were signing up strangers. So we send no confirmation "
    "mail for a while, and the editors know. Please try again later; the feed and the archive work as always.",
)
TOO_MANY_FORMS = Words(
    "later",
    "Too many forms right now",
    "More of them came in than usual, from your network or in all. Nothing was changed. Please try again later.",
    None,
)
LINK_ASKED = Words(
    "link",
    "Look in your mailbox",
    "If that address is on the list, a message with the link to your page is on its way. The link works for 24 hours. If "
    "the message does not come, look in your spam folder. We send at most one in 8 hours; the link in an earlier one "
    "works as well.",
)
MOVE_ASKED = Words(
    "move",
    "Look in the new mailbox",
    "If mail can reach that address, a message with one button is on its way there. The button works for 48 hours. Until "
    "it is pressed, everything still goes to your present address.",
)
MOVED = Words(
    "move",
    "Your mail comes here now",
    "Everything you chose came with you. We told your former address, in case this was not you.",
)
MOVED_NOT = Words(
    "move",
    "There is nothing to move",
    "This button was pressed before, or the move was changed or cancelled since. If our mail comes to the new address, "
    "all is well; if not, ask for the link to your page and start again.",
    ("Mail me my link", "link"),
)
MOVE_TOO_OLD = Words(
    "move",
    "This link is too old",
    "It worked for 48 hours, and nothing was changed. Ask for the link to your page, at your present address, and start "
    "again.",
    ("Mail me my link", "link"),
)
DELETED = Words(
    "delete",
    "You are deleted",
    "Everything we knew about you is gone. Only your bare address stays, on the list of addresses that we must not mail. "
    "The links in old mail still work for leaving.",
)
DELETION_GOES_ON = Words(
    "delete",
    "You are deleted, except for one record",
    "You are off the list, and everything we knew about you is gone, except for one thing: an issue is on its way to you, "
    "and its record still has your name and address. They are removed by themselves once it is through. Your bare address "
    "stays, on the list of addresses that we must not mail.",
)
UNREADABLE_FORM = Words(
    "form",
    "This form could not be read",
    "It was not sent by our page, or was damaged on the way. Nothing was changed. Please fill it in again.",
    ("Back to the form", "subscribe"),
)
OUT_OF_ORDER = Words(
    "503",
    "This does not work right now",
    "Our list of readers cannot be reached, so nothing was changed. Please try again in a few minutes.",
)
OUR_FAULT = Words("500", "Something broke on our side", "That was not your fault. Please try again in a few minutes.")
NOT_FOUND = Words("404", "There is no page at this address", "If a link in one of our mails led here, please tell us.")
NOT_ALLOWED = Words("405", "This address does not accept that", "Please go on from the archive.")

NO_ADDRESS = "Please enter your e-mail address in this field."
DISPOSABLE_ADDRESS = "Addresses of this provider last only minutes; please use one that you will still read next week."
WRONG_ADDRESS = "This is not an e-mail address; it should look like ada@example.com."


class Pages:
    """Makes answers from templates. `navigation` has the links in the header and footer of the site's pages."""

    def __init__(self, publication: Publication, templates: Environment, navigation: Mapping[str, object]) -> None:
        self._publication = publication
        self._templates = templates
        self._navigation = navigation
        self._said: dict[Words, bytes] = {}
        self._root = f"{urlsplit(publication.base_url).path.rstrip('/')}/"

    def say(self, words: Words, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        # These pages are the same for everybody, so each is made once, which halves the cost of a sign-up.
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
