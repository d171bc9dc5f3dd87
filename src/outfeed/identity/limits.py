"""How often one principal, or one address, may call."""

import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from outfeed.clock import Clock
from outfeed.errors import NotFound, RateLimited
from outfeed.settings import Settings

#: Wrong guesses in a minute, of a secret that is short because people type it.
_GUESSES: Final = 20
#: Names above which those that have gone quiet are forgotten.
_MANY: Final = 10_000


class Windows(MemoryStorage):
    """
    Moving windows on the clock that is passed in.

    The library's own memory reads the wall clock itself and starts a thread to tidy up.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._hits: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._tidied_at = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` calls and return True, or return False if the window has no room for them."""
        with self._lock:
            now = self._clock() / 1000
            self._tidy(now, expiry)
            hits = self._recent(key, now - expiry)
            if len(hits) + amount > limit:
                return False
            hits.extend([now] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's
        """Return the time of the oldest call in the window, in seconds, and how many there are."""
        with self._lock:
            now = self._clock() / 1000
            hits = self._recent(key, now - expiry)
            return (hits[0] if hits else now), len(hits)

    def _recent(self, key: str, since: float) -> deque[float]:
        """Return the calls of a name after `since`, forgetting the older ones."""
        hits = self._hits.setdefault(key, deque())
        while hits and hits[0] <= since:
            hits.popleft()
        return hits

    def _tidy(self, now: float, expiry: int) -> None:
        """Forget names without a recent call, at most once per window."""
        if len(self._hits) > _MANY and now - self._tidied_at >= expiry:
            self._tidied_at = now
            self._hits = {key: hits for key, hits in self._hits.items() if hits and hits[-1] > now - expiry}


class Limits:
    """
    The windows of this process; each holds `rate_per_s * rate_burst_s` calls in `rate_burst_s` seconds.

    Those of wrong guesses hold few; they and those of the channel are apart: theirs last longer.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self.windows = Windows(clock)
        self._limiter = MovingWindowRateLimiter(self.windows)
        self._size = RateLimitItemPerSecond(settings.rate_per_s * settings.rate_burst_s, settings.rate_burst_s)
        self._guesses = MovingWindowRateLimiter(Windows(clock))
        self._few = RateLimitItemPerMinute(_GUESSES)
        self._arrivals = MovingWindowRateLimiter(Windows(clock))
        self._crowd = RateLimitItemPerMinute(settings.channel_arrivals)

    def hit(self, what: str, name: str) -> None:
        """Count one call of `name`, or raise `RateLimited` with the seconds until it would be let through."""
        if not self._limiter.hit(self._size, what, name):
            raise self._refusal(self._limiter, self._size, what, name)

    def lets_arrive(self, address: str) -> bool:
        """Count somebody who comes to the channel from an address; tell whether the minute has room for it."""
        return self._arrivals.hit(self._crowd, "channel", address)

    @contextmanager
    def guessing(self, what: str, *names: str) -> Iterator[None]:
        """
        Let one guess of a short secret be made inside: `NotFound` says that it was wrong, and is counted for all names.

        Who has guessed too often may not even be right. Guesses at the same time are each let in: as many as there are
        threads.

        Raises
        ------
        RateLimited
            If one of the names has guessed too often.
        """
        for name in names:
            if not self._guesses.test(self._few, what, name):
                raise self._refusal(self._guesses, self._few, what, name)
        try:
            yield
        except NotFound:
            for name in names:
                self._guesses.hit(self._few, what, name)
            raise

    def _refusal(self, limiter: MovingWindowRateLimiter, size: RateLimitItem, what: str, name: str) -> RateLimited:
        """Return what says in how many seconds the next call would be let through."""
        reset_s = limiter.get_window_stats(size, what, name).reset_time
        return RateLimited(max(1, math.ceil(reset_s - self._clock() / 1000)))
