"""The gateway: every call to a model goes through it, and every call for embeddings.

gateway.py     the story of a call: chain, retries, cache
attempt.py     one attempt: budget, parameters that are refused, record
endpoints.py   an OpenAI-compatible endpoint, and what its tokens cost
requests.py    what is asked, and in which form (pure)
replies.py     what a reply says, whatever its shape, and what is to be done after a failed one (pure)
breaker.py     lets an endpoint rest that fails again and again (pure)
wire.py        one attempt over a socket, which ends at its deadline whatever the other side does
"""

from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.gateway import Answer, Gateway
from publisher.adapters.model.requests import Message, Request

__all__ = ["Answer", "Endpoint", "Gateway", "Message", "Request"]
