"""Every mail that the system sends, with everything in it that it can hold."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

from publisher.errors import Problem, Severity
from publisher.render import render_issue
from publisher.render.course import render_step
from publisher.render.emails import render_email
from publisher.render.proof import render_proof, render_test_copy
from tests.press import DIAGRAM, PUBLICATION, WORDS, content, issue, png, templates

EVERYTHING = f"""Words with *stress*, **weight**, `code`, ~~none~~ and a [link](https://docs.test/a).[^1]

### Smaller

#### Smallest

- one
    - two

        ![Deep](wide.png)

1. first
2. second

> Quoted words.
>
> ![Quoted](wide.png)

```python
def refill(bucket: int) -> str:  # a comment
    return "<&>" * 1_000
```

| store | rows | picture |
|---|--:|---|
| pages | 1,000 | ![Cell](wide.png) |

!!! note "A note"
    Its words.

    ![Noted](wide.png)

![Wide](wide.png)

![For light readers](wide.png#light)
![For dark ones](wide.png#dark)

{DIAGRAM}

***

[^1]: A footnote.
"""
ARCHIVE = """A bucket of 60,000 tokens refills at 1,000 tokens a second. [@0002-concept-1]

Budgets cap an outage. [@0002-concept-1]

> refills at 1,000 tokens a second
"""


def illustrated(concept: str, **words: str) -> str:
    """Return the HTML of an issue in which wide.png is a picture wider than the mail."""
    one = issue(3, concept=concept, archive=ARCHIVE, **words)  # type: ignore[arg-type]
    everything = dataclasses.replace(content(issue(2), one), picture=lambda _: png(1600, 900))
    return render_issue(one, everything, templates()).html


@cache
def every_mail() -> dict[str, str]:
    """Return the HTML of each kind of mail by the name of what it holds."""
    one = issue(3)
    rendered = render_issue(one, content(one), templates())
    problem = Problem(Path("content/issues/0003.md"), 9, "a <b> & c", "fix it", Severity.WARNING)
    emails: dict[str, dict[str, object]] = {
        "confirmation": {}, "welcome": {"issues": [issue(1), one], "chosen": True}, "link": {}, "move": {}, "moved": {}, "stay": {},
        "notice": {"title": "Not sent", "what": ["Nobody approved."], "commands": ["pressroom status"], "unreached": ["a@example.com"]},
    }  # fmt: skip
    everything = content(one)
    guide, path = everything.pages[1], everything.paths[0]
    everything = dataclasses.replace(
        everything,
        picture=lambda _: png(1600, 900),
        pages=(everything.pages[0], dataclasses.replace(guide, body=EVERYTHING.replace("###", "##"))),
    )
    elsewhere = dataclasses.replace(path.steps[0], link="https://docs.test/a")
    away = dataclasses.replace(everything, paths=(dataclasses.replace(path, steps=(elsewhere, elsewhere)),))
    return {
        "issue": illustrated(EVERYTHING),
        "plain issue": illustrated(WORDS),
        **{name: render_email(name, PUBLICATION, templates(), **words).html for name, words in emails.items()},
        "proof": render_proof(
            PUBLICATION,
            templates(),
            rendered,
            problems=(problem,),
            digest="ab" * 32,
            command="pressroom approve 3",
            due="Thu",
        ).html,
        "test copy": render_test_copy(
            PUBLICATION, templates(), rendered, "https://notes.example.com/preview/1", out=False
        ).html,
        "step": render_step(everything, templates(), slug="backend", number=1, every_days=3).html,
        "step elsewhere": render_step(away, templates(), slug="backend", number=1, every_days=1).html,
    }
