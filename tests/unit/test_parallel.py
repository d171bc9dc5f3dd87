import threading
from typing import TYPE_CHECKING

import pytest

from outfeed.mesh.parallel import in_order, threads, using_threads

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("count", [1, 2, 7])
def test_results_come_in_the_order_of_the_pieces(count: int) -> None:
    with using_threads(count):
        found = list(in_order(lambda piece: piece * piece, range(100)))

    assert [piece * piece for piece in range(100)] == found


def test_the_first_mistake_ends_the_work() -> None:
    def work(piece: int) -> int:
        return 10 // piece

    with using_threads(3), pytest.raises(ZeroDivisionError):
        list(in_order(work, [5, 0, 2]))


def test_pieces_are_taken_only_as_fast_as_results_are() -> None:
    taken: list[int] = []

    def pieces() -> "Iterator[int]":
        for piece in range(1000):
            taken.append(piece)
            yield piece

    with using_threads(2):
        results = in_order(lambda piece: piece, pieces())
        first = next(results)
        at_first = len(taken)
        results.close()

    assert (0, 5) == (first, at_first)


def test_several_threads_work_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=60)

    with using_threads(2):
        found = list(in_order(lambda _piece: both.wait() >= 0, range(2)))

    assert [True, True] == found


def test_the_number_of_threads_holds_inside_the_block_only() -> None:
    before = threads()

    with using_threads(5):
        inside = threads()

    assert (5, before) == (inside, threads())
