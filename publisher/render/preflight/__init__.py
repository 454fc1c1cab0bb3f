"""Pre-flight: what is wrong with an issue as it would be sent."""

from publisher.render.preflight.checks import links_to_check, preflight

__all__ = ["links_to_check", "preflight"]
