"""The readers' application as `pressroom run` has it, for measurements: real mail to a sink, budgets wide open.

python bench/web.py PORT DATABASE_URL SMTP_URL SITE_FOLDER
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher import pipeline
from publisher.app import App
from publisher.web import AbuseLimits, Limits, View, WebContext, create_app, make_server, settle_heap

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for measurements and for nothing else at all"
WIDE = "1000000 per second; 10000000 per 2 second"
"""Two windows as in production, but short: real budgets let so few forms through that there is little to count."""


def main() -> None:
    port, database, smtp, site = int(sys.argv[1]), *sys.argv[2:5]
    logging.basicConfig(level=logging.INFO, filename=os.devnull)  # written as in production, and thrown away
    variables = {
        "PRESSROOM_SMTP_URL": smtp,
        "PRESSROOM_SECRET_KEY": SECRET,
        "PRESSROOM_SITE_DIR": site,
    }
    app = App(ROOT, database=database, variables=variables)
    asgi = create_app(WebContext(
        subscribers=app.subscribers, look=lambda: View.of(app.content_store.read(), app.templates),
        site=app.site_folder, clock=app.clock, post=lambda enough: pipeline.post(app.act(), enough=enough).sent, abuse_limits=AbuseLimits(Limits(WIDE, WIDE, WIDE, WIDE), youngest_form=0),
    ))  # fmt: skip
    server = make_server(asgi, "127.0.0.1", port, hands=2000)
    settle_heap()
    server.run()


if __name__ == "__main__":
    main()
