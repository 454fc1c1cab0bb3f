"""One message after the other over an open SMTP connection.

smtplib takes a round trip for each command and copies the message several times. Here MAIL, RCPT and DATA travel
together where the server allows it (RFC 2920), and the body leaves without a copy. The final dot is written by itself,
because the ledger has to know before.
"""

from __future__ import annotations

import smtplib

from publisher.adapters.smtp_wire import NoReplyError, Timeouts, Wire
from publisher.errors import ConfigurationError, IdleConnectionLost, TransportUnavailable
from publisher.ports import Envelope, Reply

_WANTS_LOGIN = (530, 538)  # RFC 4954 6: no row is at fault when the server wants a login


class SmtpConnection:
    """Fulfils ports.Connection on a connected, secured and logged-in smtplib client."""

    def __init__(self, client: smtplib.SMTP, timeouts: Timeouts) -> None:
        assert client.sock is not None
        self._client = client
        self._wire = Wire(client.sock)
        self._timeouts = timeouts
        features = client.esmtp_features
        self._pipelining = "pipelining" in features
        self._size = "size" in features
        self._utf8 = "smtputf8" in features
        self._largest = int(features["size"]) if features.get("size", "").isdigit() else 0
        self._reset = False  # the next transaction has to begin with RSET
        self._usable = True
        self._used = False  # it has carried a message
        self._heard = False  # the server said something to the present one
        self._last = Reply(0, "")

    async def hand_over(self, envelope: Envelope) -> Reply:
        if not self._usable:
            raise IdleConnectionLost("the connection to the mail server was given up")
        if refusal := self._impossible(envelope):
            return refusal
        self._heard = False
        try:
            reply = await self._open_transaction(envelope)
            if reply.accepted:
                await self._wire.send(envelope.message, self._timeouts.block)
            return reply
        except (OSError, NoReplyError) as error:
            self._usable = False
            lost = TransportUnavailable if self._heard or not self._used else IdleConnectionLost
            raise lost(f"the mail server broke off before the final dot ({_said(error)})") from error

    async def finish(self) -> Reply:
        self._usable, self._used = False, True  # until it is known how this ended
        try:
            # The body may lie in buffers of a connection that is dead: better to know before the dot than after it.
            self._wire.listen()
        except (OSError, NoReplyError) as error:
            raise TransportUnavailable(f"the mail server broke off before the final dot ({_said(error)})") from error
        try:
            await self._wire.send(b".\r\n", self._timeouts.block)
            reply = await self._wire.reply("dot", self._timeouts.dot)
        except (OSError, NoReplyError) as error:
            return Reply(0, f"no answer to the final dot ({_said(error)})")
        if reply.code // 100 not in (2, 4, 5):
            return Reply(0, f"no valid answer to the final dot ({reply.code} {reply.text})")
        self._usable = reply.code != 421
        return reply

    def alive(self) -> bool:
        if self._usable:
            try:
                self._wire.listen()
            except (OSError, NoReplyError):
                self._usable = False
        return self._usable

    def abandon(self) -> None:
        # Within DATA there is no other way out: whatever else is written becomes part of the message.
        self._usable = False
        self._wire.close()
        self._client.close()

    def close(self) -> None:
        # A courtesy: the server sees the end of the connection anyway.
        self._wire.close(b"QUIT\r\n" if self._usable else b"")
        self._usable = False
        self._client.close()

    def _impossible(self, envelope: Envelope) -> Reply | None:
        """Return the refusal that follows from the server's own announcements, without asking for it."""
        if not (self._utf8 or (envelope.rcpt_to.isascii() and envelope.mail_from.isascii())):
            return Reply(553, "5.6.7 the mail server does not offer SMTPUTF8, which this address needs", "rcpt")
        if self._largest and len(envelope.message) > self._largest:
            return Reply(552, f"5.3.4 the mail server takes at most {self._largest} octets", "mail")
        return None

    async def _open_transaction(self, envelope: Envelope) -> Reply:
        """Send the envelope; return the first refusal, or the answer to DATA."""
        parameters = f" SIZE={len(envelope.message)}" if self._size else ""
        if not (envelope.rcpt_to.isascii() and envelope.mail_from.isascii()):
            parameters += " SMTPUTF8"
        commands = [
            ("mail", f"MAIL FROM:<{envelope.mail_from}>{parameters}\r\n".encode()),
            ("rcpt", f"RCPT TO:<{envelope.rcpt_to}>\r\n".encode()),
            ("data", b"DATA\r\n"),
        ]
        if self._reset:
            commands.insert(0, ("rset", b"RSET\r\n"))
            self._reset = False
        refusal = await (self._pipelined(commands) if self._pipelining else self._one_by_one(commands))
        if refusal is None:
            return self._last
        if refusal.code == 421 or refusal.step == "rset":
            raise NoReplyError(f"{refusal.code} {refusal.text}")
        if refusal.code in _WANTS_LOGIN and refusal.step == "mail":
            self._usable = False
            raise ConfigurationError(
                f"the mail server requires a login or TLS ({refusal.code} {refusal.text}); "
                "put user and password into PRESSROOM_SMTP_URL"
            )
        self._reset, self._used = refusal.step != "mail", True
        return refusal

    async def _pipelined(self, commands: list[tuple[str, bytes]]) -> Reply | None:
        """Send all at once, and read every answer, so that command and answer stay in step (RFC 2920 3.1)."""
        await self._wire.send(b"".join(command for _, command in commands), self._timeouts.block)
        refusal: Reply | None = None
        for step, _ in commands:
            self._last = await self._hear(step)
            if not self._good(self._last) and refusal is None:
                refusal = self._last
                if refusal.code == 421:
                    return refusal  # the server hangs up, no more answers will come
        if refusal is not None and self._last.code == 354:
            # It opened DATA for no recipient. A dot would close that, or deliver an empty message: hang up instead.
            self.abandon()
        return refusal

    async def _one_by_one(self, commands: list[tuple[str, bytes]]) -> Reply | None:
        for step, command in commands:
            await self._wire.send(command, self._timeouts.block)
            self._last = await self._hear(step)
            if not self._good(self._last):
                return self._last
        return None

    async def _hear(self, step: str) -> Reply:
        reply = await self._wire.reply(step, self._timeouts.command)
        self._heard = True
        return reply

    @staticmethod
    def _good(reply: Reply) -> bool:
        """Whether the answer lets the transaction go on; one of the wrong kind counts as garbage."""
        wanted = 3 if reply.step == "data" else 2
        if reply.code // 100 in (4, 5):
            return False
        if reply.code // 100 != wanted:
            raise NoReplyError(f"{reply.code} is not an answer to {reply.step.upper()}")
        return True


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
