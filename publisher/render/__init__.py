"""Issue -> the mail's two bodies and the web page; emails; pre-flight checks; the site. Pure: pictures come as bytes."""

from publisher.render.correction import render_correction
from publisher.render.render import render_issue
from publisher.render.templates import environment

__all__ = ["environment", "render_correction", "render_issue"]
