"""The pages that answer readers, and their words. All of them extend templates/web/base.html."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from publisher.language import Language, Phrase, language_of
from publisher.publication import Publication
from publisher.render.templates import expand
from publisher.web.choices import pace_words
from publisher.web.wording import as_shown
from subscribers import Wording

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Headers of a page that concerns one reader."""


ARCHIVE = (Phrase("Read the archive"), "issues/")


@dataclass(frozen=True, slots=True)
class Words:
    """A page that says one thing. `way` is where to go from here: a label and a path below the base URL."""

    eyebrow: Phrase
    title: Phrase
    lead: Phrase
    way: tuple[Phrase, str] | None = ARCHIVE


LOOK_IN_YOUR_MAILBOX = Words(
    Phrase("subscribe"),
    Phrase("Look in your mailbox"),
    Phrase(
        "If mail can reach that address and it is not on the list yet, a message with one button is on its way. The button "
        "works for 48 hours. If the message does not come, look in your spam folder. We send at most one a day to a mailbox, so "
        "if you signed up before, please try again tomorrow; after five that nobody answered, we send one a month. If none "
        "comes, write to %(contact)s."
    ),
)
ASKED_ENOUGH = Words(
    Phrase("confirm"),
    Phrase("No new message for now"),
    Phrase(
        "We sent this mailbox one within the last day, or five that nobody answered. Look for them, also in your spam folder, "
        "try again tomorrow, or write to %(contact)s."
    ),
)
CONFIRMED = Words(
    Phrase("confirm"),
    Phrase("You are subscribed"),
    Phrase("The next issue will come to your mailbox. Until then, the past ones are here."),
)
CONFIRMED_NOT = Words(
    Phrase("confirm"),
    Phrase("Please sign up once more"),
    Phrase(
        "This link belonged to a subscription that has since ended. Sign up again; if no message comes then, write to %(contact)s."
    ),
    (Phrase("Sign up"), "subscribe"),
)
UNSUBSCRIBED = Words(
    Phrase("unsubscribe"),
    Phrase("You are off the list"),
    Phrase(
        "You will get no further issues. If that was a mistake, sign up again; if no message comes then, write to %(contact)s."
    ),
    (Phrase("Sign up again"), "subscribe"),
)
STAYS = Words(
    Phrase("stay"),
    Phrase("Good that you stay"),
    Phrase("Nothing changes: the next issue comes to you as always."),
)
STAYS_NOT = Words(
    Phrase("stay"),
    Phrase("The subscription has ended"),
    Phrase(
        "We took you off the list, or you left, so nothing more is sent to you. Sign up again; if no message comes then, write to %(contact)s."
    ),
    (Phrase("Sign up again"), "subscribe"),
)
UNDONE = Words(
    Phrase("unsubscribe"),
    Phrase("You are back"),
    Phrase("Everything is as it was before you left. What went out in the meantime is in the archive."),
)
UNDONE_NOT = Words(
    Phrase("unsubscribe"),
    Phrase("It is too late for one press"),
    Phrase(
        "You are off the list, and nothing was changed. Sign up again; if no message comes then, write to %(contact)s."
    ),
    (Phrase("Sign up again"), "subscribe"),
)
REFUSED = Words(
    Phrase("never"),
    Phrase("We will not write to you again"),
    Phrase(
        "Nothing of ours comes to this mailbox any more, whoever types its address into our form. If you ever change your "
        "mind, write to %(contact)s."
    ),
    None,
)
DELETED_READER = Words(
    Phrase("link"),
    Phrase("There is no such reader here"),
    Phrase("This link belonged to somebody whose data was deleted. They will get no more mail."),
)
NO_SUCH_READER = Words(
    Phrase("link"),
    Phrase("There is no such reader here"),
    Phrase(
        "We made this link, but nobody on our list has it, so nothing was changed. If you still get our mail, ask us to mail "
        "you the link to your page: there you can leave, and choose what you get."
    ),
    (Phrase("Mail me my link"), "link"),
)
BAD_LINK = Words(
    Phrase("link"),
    Phrase("This link does not work"),
    Phrase(
        "It is incomplete, or was not made by us. Open the mail again and press its button, or copy the whole link."
    ),
    (Phrase("Mail me a new link"), "link"),
)
BAD_UNSUBSCRIPTION = Words(
    Phrase("unsubscribe"),
    Phrase("This link does not work"),
    Phrase(
        "It is incomplete, or was not made by us. Open any of our mails and use the link at its end, or copy the whole link. "
        "You can also reply to one of them and say that you want to leave."
    ),
    None,
)
TOO_MANY = Words(
    Phrase("subscribe"),
    Phrase("Too many sign-ups right now"),
    Phrase("More forms came in than we accept at once. Nothing was changed. Please try again later."),
    (Phrase("Back to the form"), "subscribe"),
)
STOPPED = Words(
    Phrase("subscribe"),
    Phrase("Sign-ups are stopped for a few hours"),
    Phrase(
        "Many sign-ups came in that nobody confirmed, as if somebody were signing up strangers. So we send no confirmation "
        "mail for a while, and the editors know. Please try again later; the feed and the archive work as always."
    ),
)
TOO_MANY_FORMS = Words(
    Phrase("later"),
    Phrase("Too many forms right now"),
    Phrase(
        "More of them came in than usual, from your network or in all. Nothing was changed. Please try again later."
    ),
    None,
)
LINK_ASKED = Words(
    Phrase("link"),
    Phrase("Look in your mailbox"),
    Phrase(
        "If that address is on the list, a message with the link to your page is on its way. The link works for 24 hours. If "
        "the message does not come, look in your spam folder. We send at most one in 8 hours; the link in an earlier one "
        "works as well."
    ),
)
MOVE_ASKED = Words(
    Phrase("move"),
    Phrase("Look in the new mailbox"),
    Phrase(
        "If mail can reach that address, a message with one button is on its way there. The button works for 48 hours. Until "
        "it is pressed, everything still goes to your present address."
    ),
)
LINK_NOT = Words(
    Phrase("link"),
    Phrase("You are not on the list"),
    Phrase("So no message was sent: this link belonged to a subscription that has ended, or was never confirmed."),
    (Phrase("Sign up again"), "subscribe"),
)
MOVED = Words(
    Phrase("move"),
    Phrase("Your mail comes here now"),
    Phrase("Everything you chose came with you. We told your former address, in case this was not you."),
)
MOVED_NOT = Words(
    Phrase("move"),
    Phrase("There is nothing to move"),
    Phrase(
        "This button was pressed before, or the move was changed or cancelled since. If our mail comes to the new address, "
        "all is well; if not, ask for the link to your page and start again."
    ),
    (Phrase("Mail me my link"), "link"),
)
MOVE_TOO_OLD = Words(
    Phrase("move"),
    Phrase("This link is too old"),
    Phrase(
        "It worked for 48 hours, and nothing was changed. Ask for the link to your page, at your present address, and start "
        "again."
    ),
    (Phrase("Mail me my link"), "link"),
)
DELETED = Words(
    Phrase("delete"),
    Phrase("You are deleted"),
    Phrase(
        "Everything we knew about you is gone. Only your bare address stays, on the list of addresses that we must not mail. "
        "The links in old mail still work for leaving."
    ),
)
DELETION_GOES_ON = Words(
    Phrase("delete"),
    Phrase("You are deleted, except for one record"),
    Phrase(
        "You are off the list, and everything we knew about you is gone, except for one thing: an issue is on its way to you, "
        "and its record still has your name and address. They are removed by themselves once it is through. Your bare address "
        "stays, on the list of addresses that we must not mail."
    ),
)
UNREADABLE_FORM = Words(
    Phrase("form"),
    Phrase("This form could not be read"),
    Phrase("It was not sent by our page, or was damaged on the way. Nothing was changed. Please fill it in again."),
    (Phrase("Back to the form"), "subscribe"),
)
OUT_OF_ORDER = Words(
    Phrase("503"),
    Phrase("This does not work right now"),
    Phrase("Our list of readers cannot be reached, so nothing was changed. Please try again in a few minutes."),
)
OUR_FAULT = Words(
    Phrase("500"),
    Phrase("Something broke on our side"),
    Phrase("That was not your fault. Please try again in a few minutes."),
)
NOT_FOUND = Words(
    Phrase("404"),
    Phrase("There is no page at this address"),
    Phrase("If a link in one of our mails led here, please tell us."),
)
NOT_ALLOWED = Words(
    Phrase("405"), Phrase("This address does not accept that"), Phrase("Please go on from the archive.")
)

NO_ADDRESS = Phrase("Please enter your e-mail address in this field.")
DISPOSABLE_ADDRESS = Phrase(
    "Addresses of this provider last only minutes; please use one that you will still read next week."
)
WRONG_ADDRESS = Phrase("This is not an e-mail address; it should look like ada@example.com.")


class Pages:
    """Makes answers from templates. `navigation` has the links in the header and footer of the site's pages."""

    def __init__(self, publication: Publication, templates: Environment, navigation: Mapping[str, object]) -> None:
        self._publication = publication
        self._templates = templates
        self._navigation = navigation
        self._said: dict[Words, bytes] = {}
        self.language: Language = language_of(publication)
        self.root = f"{urlsplit(publication.service()).path.rstrip('/')}/"
        """The path below which the publication lives, with a slash at its end."""
        self.values = {"contact": publication.sender.reply_to or publication.sender.address}
        """What the words of a page may name."""

    def say(self, words: Words, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        # These pages are the same for everybody, so each is made once, which halves the cost of a sign-up.
        if words not in self._said:
            self._said[words] = bytes(self.page("message", words=words, values=self.values).body)
        return HTMLResponse(self._said[words], status, {**PRIVATE, **(headers or {})})

    def course_wording(self, title: str, steps: int, every_days: int) -> Wording:
        """Return templates/web/course_promise.html as a reader saw it, to be kept as proof of consent."""
        pace = pace_words(self.language, every_days)
        values = {"publication": self._publication, "title": title, "steps": steps, "pace": pace}
        return as_shown(self._publication, expand(self._templates, "web/course_promise.html", values))

    def page(
        self, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **variables: object
    ) -> HTMLResponse:
        """Return templates/web/NAME.html, filled in."""
        frame = {"publication": self._publication, "root": self.root, **self._navigation}
        html = expand(self._templates, f"web/{name}.html", frame | variables)
        return HTMLResponse(html, status, {**PRIVATE, **(headers or {})})
