"""What holds for all tests: how they are named, how long they may take, how often memory is looked through."""

import gc
import os

from hypothesis import HealthCheck, settings

from unit.properties import examples

# No test fails because the machine is busy, and none by chance: a change meets the same examples as the one before it.
# `make fuzz` looks for new ones.
settings.register_profile(
    "steady",
    examples(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="OUTFEED_FUZZ_EXAMPLES" not in os.environ,
)
settings.load_profile("steady")

# Looking through hundreds of thousands of objects of libraries, which stay, took a quarter of the time of all tests.
gc.set_threshold(20_000, 20, 100)


def pytest_collection_finish() -> None:
    """Leave what is there before the first test out of what is looked through."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """
    Name a value of bytes by its argument.

    All processes that run tests must name them alike, and files have what differs: times, or a compressor's choices.
    """
    return argname if isinstance(val, bytes) and not (val.isascii() and val.decode().isprintable()) else None
