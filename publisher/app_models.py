"""The models of a publication's settings: the one way to those that write, and what makes vectors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher import settings as environment_settings
from publisher.act import limits_of
from publisher.errors import ConfigurationError, Problem, Severity
from publisher.ports import Embedder
from publisher.publication import Models
from publisher.settings import EMBEDDING, LOCAL, MODELS

if TYPE_CHECKING:  # modules that take a fifth of a second to import are imported where they are first used
    from publisher.adapters.model import Endpoint, Gateway
    from publisher.adapters.vector_index import VectorIndex
    from publisher.app import App

log = logging.getLogger("pressroom.models")


class ConfiguredModels:
    """Makes each part when it is first used, and anew when its terms in publication.toml changed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._gateway: tuple[Models, Gateway | None] | None = None
        self._vectors: tuple[Models, VectorIndex] | None = None

    def gateway(self, models: Models) -> Gateway | None:
        """Return the one way to the models of the settings, None without any; changed terms begin a new one."""
        if self._gateway is None or self._gateway[0] != models:
            from publisher.adapters.model import Gateway

            endpoints = [endpoint for which in MODELS if (endpoint := self._endpoint(which, models))]
            self._gateway = (models, Gateway(endpoints, self._app.model_calls, self._app.clock) if endpoints else None)
        return self._gateway[1]

    def problems(self, issue: int | None = None) -> tuple[Problem, ...]:
        """Return which settings of models an endpoint refused when it was last asked (for this issue), as warnings.

        A draft or a week never waits for this: where it cannot be told, nothing is said, and the log has the reason.
        """
        try:
            return tuple(self._problems(issue))
        except Exception:  # a bug here must not cost a draft that is paid for
            log.exception("what endpoints of models refused cannot be told")
            return ()

    def _problems(self, issue: int | None) -> Iterator[Problem]:
        from publisher.model_refusals import ConfiguredModel, refusals

        configured = [
            ConfiguredModel(
                environment_settings.PREFIX + which, endpoint.shown, endpoint.name, endpoint.key is not None
            )
            for which in (*MODELS, EMBEDDING)
            if not (which == EMBEDDING and self._embeds_here) and (endpoint := self._endpoint(which, Models()))
        ]
        if not configured:
            return
        given = environment_settings.examine(self._app.folder, self._app.variables).given
        for model, part, said in refusals(configured, self._app.model_calls.latest(200, issue)):
            url = given[f"{model.setting}URL"]
            yield replace(given.get(f"{model.setting}{part}", url).problem(said), severity=Severity.WARNING)

    def vectors(self, models: Models) -> VectorIndex | None:
        """Return what compares past issues by vectors, None without a model for them; changed terms begin a new one."""
        if self._app.settings.embedding_url is None:
            return None
        if self._vectors is None or self._vectors[0] != models:
            from publisher.adapters.vector_index import VectorIndex

            self._vectors = models, VectorIndex(self._app.passage_vectors, self.embedder(models))
        return self._vectors[1]

    def embedder(self, models: Models) -> Embedder:
        """Return what makes vectors of texts. Raises ConfigurationError without a model for them."""
        if self._embeds_here:
            from publisher.adapters.local_embedding import LocalEmbedder

            return LocalEmbedder()
        if (endpoint := self._endpoint(EMBEDDING, models)) is None:
            raise ConfigurationError(
                "PRESSROOM_EMBEDDING_URL is not set, and vectors need a model; set it to an endpoint, with "
                "PRESSROOM_EMBEDDING_NAME, or to local"
            )
        from publisher.adapters.embedding import EndpointEmbedder
        from publisher.adapters.model import Gateway

        gateway = Gateway([endpoint], self._app.model_calls, self._app.clock)
        return EndpointEmbedder(gateway, endpoint.name, limits_of(models))

    @property
    def _embeds_here(self) -> bool:
        url = self._app.settings.embedding_url
        return url is not None and url.get_secret_value() == LOCAL

    def _endpoint(self, which: str, models: Models) -> Endpoint | None:
        from publisher.adapters.model import Endpoint

        url, key, name = (getattr(self._app.settings, f"{which.lower()}{part}") for part in ("url", "key", "name"))
        if not url:
            return None
        terms = next((each for each in models.terms if each.name == name), None)
        return Endpoint(
            url.get_secret_value(),
            name,
            key.get_secret_value() if key else None,
            seconds=terms.seconds if terms else None,
            price=terms.price if terms else None,
            setting=f"PRESSROOM_{which}URL",
        )
