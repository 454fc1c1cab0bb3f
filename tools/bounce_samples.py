"""Count how many of flufl.bounce's own samples our policy decides right.

    pip download --no-deps --no-binary flufl.bounce flufl.bounce==6.0.0 && tar xf flufl_bounce-6.0.0.tar.gz
    .venv/bin/python tools/bounce_samples.py flufl_bounce-6.0.0/tests/data

The samples are mail of real people from 2000 on, so they are not in this repository. What each deserves is in
bounce_samples.json, made by reading them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from publisher.returned.message import take_apart
from publisher.returned.policy import decide
from publisher.returned.recognise import recognise


def main(folder: Path) -> int:
    expected = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.txt")):
        decision = decide(recognise(take_apart(path.read_bytes())))
        right = decision.effect == expected[path.stem]
        counts["right" if right else "wrong"] += 1
        if not right:
            print(f"{path.stem}: {decision.effect.value} ({decision.cause.value}), not {expected[path.stem]}")  # noqa: T201
    print(f"{counts['right']} of {counts.total()} are decided right")  # noqa: T201
    return 0 if counts.total() == len(expected) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
