"""An OpenAI-compatible endpoint, and what its tokens cost."""

from __future__ import annotations

import math
import urllib.parse
from dataclasses import dataclass, field

from publisher.errors import ConfigurationError
from publisher.values import is_loopback


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The model `name` at `url` (ending in /v1); `key` may be None for a server of your own.

    `price` is in US dollars for a million tokens, (input, output); without one, the tables of the package genai-prices
    are asked. `seconds` bounds each attempt. `setting` is the variable that its URL came from.
    """

    url: str = field(repr=False)
    name: str
    key: str | None = field(default=None, repr=False)
    seconds: float | None = None
    price: tuple[float, float] | None = None
    setting: str = "PRESSROOM_MODEL_URL"

    def __post_init__(self) -> None:
        try:
            parts = urllib.parse.urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigurationError(f"{self.setting} is not a URL such as http://127.0.0.1:11434/v1")

    @property
    def local(self) -> bool:
        return is_loopback(urllib.parse.urlsplit(self.url).hostname or "")

    @property
    def shown(self) -> str:
        """The URL without what may be secret in it: user, password, query, fragment."""
        parts = urllib.parse.urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}"

    def micros(self, input_tokens: int, output_tokens: int) -> int | None:
        """Return what tokens cost in millionths of a US dollar, rounded up; None if nobody knows.

        >>> Endpoint("http://models.test/v1", "small-1", price=(0.25, 2.0)).micros(1000, 100)
        450
        """
        if self.price is not None:
            return math.ceil(self.price[0] * input_tokens + self.price[1] * output_tokens)
        if self.local:
            return 0
        # Importing its tables takes a third of a second. They come with the package: nothing is fetched.
        import genai_prices

        try:
            found = genai_prices.calc_price(
                genai_prices.Usage(input_tokens=input_tokens, output_tokens=output_tokens),
                self.name,
                provider_api_url=self.url,
            )
        except (LookupError, ValueError):
            return None
        return math.ceil(found.total_price * 1_000_000)
