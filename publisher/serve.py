"""`pressroom run`: scheduler and web in one process."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading

from publisher import logs, mail_round, pipeline, scheduler, timetable
from publisher.app import App
from publisher.errors import ContentError, OutsideError, PressroomError
from publisher.git_round import GitRound
from publisher.heartbeat import Heartbeat
from publisher.publication import Schedule
from publisher.readiness import watch
from publisher.unreadable import LastReadable
from publisher.web import GitHook, View, WebContext, create_app, make_server, settle_heap, tidily
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom")


def serve(app: App, host: str, port: int) -> None:
    """Run until Ctrl-C or SIGTERM; a send under way ends its current messages and gives the rest back."""
    logs.begin(app.settings.log)
    app.check_mail()  # raises now, not on Thursday, when mail cannot leave
    with listen(host, port) as listening:
        _serve(app, listening)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that readers can connect to. Raises OutsideError when the address cannot be used."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        # A socket's strerror repeats its address, except for a host name that leads nowhere, whose errno is negative.
        number = error.errno or 0
        why = os.strerror(number) if number > 0 else "no address of this machine has that name"
        raise OutsideError(
            f"cannot listen on {host}, port {port} ({why}); choose another with --port or --host"
        ) from error


def _say_when(app: App, schedule: Schedule) -> None:
    week = timetable.current_week(schedule, app.clock.now())
    due = timetable.due(week, schedule)
    log.info("the issue of %s is due on %s UTC", week, f"{due:%a %Y-%m-%d %H:%M}")


def _serve(app: App, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    stop, woken = threading.Event(), threading.Event()
    git = GitRound(app, woken)
    for line in git.before():  # a crash may have left the folder between two commits
        log.info(line)
    act, heartbeat = app.act(), Heartbeat()

    pipeline.publish(act)
    asgi = create_app(WebContext(
        subscribers=app.subscribers, look=lambda: View.of(app.content_store.read(), app.templates), site=app.site_folder,
        clock=app.clock, post=lambda enough: mail_round.hand_over(app.act(), stop, enough), redis_url=app.redis_url, deliveries=app.ledger.records.received,
        on_its_way=app.ledger.records.on_its_way, skipped=lambda week: pipeline.skipped(act, week),
        forget=lambda history: pipeline.forget(app.act(), history), act=app.act,
        git_hook=GitHook(app.git_hook_secret, git.hurry) if app.git_hook_secret else None, watch=watch(app, heartbeat),
        provider_hook=app.provider_hook,
    ))  # fmt: skip
    server = make_server(asgi, host, port, trusted_proxies=app.settings.trusted_proxies)

    last = LastReadable(act)

    def poke() -> None:
        # A poke must never end the scheduler: failures outside are tried again, and bugs are in the log.
        well = False
        heartbeat.begin()
        try:
            for line in git.before():
                log.info(line)
            act = app.act()
            heartbeat.url = act.publication.alarm.ping
            for line in (*last.readable(act), *scheduler.tick(act, stop), *mail_round.expire(act, stop), *git.after()):
                log.info(line)
            well = True
        except (OutsideError, DatabaseUnavailable) as error:
            log.warning("%s; trying again", error)
        except PressroomError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence for a person; its trace would say nothing
            if isinstance(error, ContentError):
                for line in last.unreadable(error, app.clock.now()):
                    log.info(line)
        except Exception:
            log.exception("the scheduler's tick failed")
        finally:
            heartbeat.end(well=well)

    # After mail, too: a tick that sends an issue may take hours.
    mail = tidily(lambda: mail_round.round_of_mail(app.act(), stop))
    stop_scheduler = scheduler.start(tidily(poke), mail, woken)
    log.info("readers: http://%s:%s/", f"[{host}]" if ":" in host else host, port)
    _say_when(app, act.publication.schedule)

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    # Uvicorn raises a SIGTERM again when it has shut down. That would end the process before the scheduler has stopped,
    # and leave messages under way in doubt.
    signal.signal(signal.SIGTERM, end)
    settle_heap()
    heartbeat.start()
    try:
        server.run(sockets=[listening])
    finally:
        stop.set()
        stop_scheduler()
        git.close()
        heartbeat.stop()
