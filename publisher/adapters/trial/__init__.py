"""A trial of the gateway: a model's endpoint that misbehaves in every way, and what has to come of each."""
