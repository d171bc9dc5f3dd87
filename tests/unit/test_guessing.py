"""Who guesses short secrets is stopped soon."""

import pytest

from identities import StandingClock
from outfeed.errors import CodeUnknown, RateLimited
from outfeed.identity.limits import Limits
from outfeed.settings import Settings


def guess(limits: Limits, *names: str, right: bool = False) -> None:
    """Guess once."""
    with limits.guessing("code", *names):
        if not right:
            raise CodeUnknown


def guess_wrongly(limits: Limits, times: int, *names: str) -> None:
    """Guess so often in vain."""
    for _ in range(times):
        with pytest.raises(CodeUnknown):
            guess(limits, *names)


def test_after_twenty_wrong_guesses_in_a_minute_even_the_right_one_waits() -> None:
    clock = StandingClock()
    limits = Limits(Settings(), clock)
    guess_wrongly(limits, 20, "ann", "192.0.2.1")
    with pytest.raises(RateLimited) as refused:
        guess(limits, "ann", "192.0.2.2", right=True)
    with pytest.raises(RateLimited):
        guess(limits, "bob", "192.0.2.1", right=True)

    assert 60 == refused.value.retry_after_s
    guess(limits, "bob", "192.0.2.2", right=True)
    clock.pass_s(60)
    guess(limits, "ann", "192.0.2.1", right=True)


def test_right_guesses_are_not_counted() -> None:
    limits = Limits(Settings(), StandingClock())
    for _ in range(100):
        guess(limits, "ann", right=True)

    guess_wrongly(limits, 20, "ann")
