"""On how many examples a property is tried: on all in `make test`, on a part of them in `make unit`."""

import os
from typing import Final

from hypothesis import settings

SHARE: Final = float(os.environ.get("OUTFEED_EXAMPLES_SHARE", "1"))
#: What Hypothesis tries where a test does not say how many.
USUAL: Final = 100


def examples(count: int = USUAL) -> settings:
    """Return the settings of a property that is tried on so many examples, or on this run's share of them."""
    return settings(max_examples=max(3, round(count * SHARE)))
