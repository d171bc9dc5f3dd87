"""Real children that do what they must not: each ends with its own error, and its neighbours do not notice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.children import BRIEF, HELPERS, LIMITS, SMALL, TARGETS, a_folder, patient, run
from outfeed import errors
from outfeed.jobs.sandbox import Limits, Sandbox, remove


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=TARGETS) as running:
        yield running


CASES: list[tuple[str, type[errors.OutfeedError], Limits]] = [
    ("misbehaving:segfault", errors.ChildCrashed, LIMITS),
    ("misbehaving:abort", errors.ChildCrashed, LIMITS),
    ("misbehaving:divide_by_zero", errors.ChildCrashed, LIMITS),
    ("misbehaving:bus_error", errors.ChildCrashed, LIMITS),
    ("misbehaving:raise_unexpectedly", errors.ChildBroken, LIMITS),
    ("misbehaving:recurse", errors.ChildBroken, LIMITS),
    ("behaving:not_there", errors.ChildBroken, LIMITS),
    ("misbehaving:loop_in_python", errors.ChildTimedOut, BRIEF),
    ("misbehaving:loop_in_c", errors.ChildTimedOut, BRIEF),
    ("misbehaving:loop_in_re", errors.ChildTimedOut, BRIEF),
    ("misbehaving:ignore_the_end", errors.ChildTimedOut, BRIEF),
    ("misbehaving:stop_itself", errors.ChildTimedOut, BRIEF),
    ("misbehaving:allocate_array", errors.ChildOutOfMemory, LIMITS),
    ("misbehaving:allocate_map", errors.ChildOutOfMemory, LIMITS),
    ("misbehaving:allocate_objects", errors.ChildOutOfMemory, SMALL),
    ("misbehaving:allocate_in_shared_memory", errors.ChildDenied, LIMITS),
    ("misbehaving:fail_in_cpp", errors.ChildOutOfMemory, LIMITS),
    ("misbehaving:start_threads", errors.ChildOutOfMemory, SMALL),
    ("misbehaving:connect_tcp", errors.ChildWentOnline, LIMITS),
    ("misbehaving:send_udp", errors.ChildWentOnline, LIMITS),
    ("misbehaving:open_raw", errors.ChildWentOnline, LIMITS),
    ("misbehaving:open_in_c", errors.ChildWentOnline, LIMITS),
    ("misbehaving:connect_unix", errors.ChildWentOnline, LIMITS),
    ("misbehaving:pair", errors.ChildWentOnline, LIMITS),
    ("misbehaving:look_up", errors.ChildWentOnline, LIMITS),
    ("misbehaving:set_up_io_uring", errors.ChildDenied, LIMITS),
    ("misbehaving:fork_bomb", errors.ChildForked, LIMITS),
    ("misbehaving:run_program", errors.ChildForked, LIMITS),
    ("misbehaving:become_program", errors.ChildForked, LIMITS),
    ("misbehaving:spawn", errors.ChildForked, LIMITS),
    ("misbehaving:start_process", errors.ChildForked, LIMITS),
    ("misbehaving:kill_parent", errors.ChildDenied, LIMITS),
    ("misbehaving:kill_own_group", errors.ChildDenied, LIMITS),
    ("misbehaving:trace_parent", errors.ChildDenied, LIMITS),
    ("misbehaving:outlive_parent", errors.ChildDenied, LIMITS),
    ("misbehaving:limit_parent", errors.ChildDenied, LIMITS),
    ("misbehaving:unshare", errors.ChildDenied, LIMITS),
    ("misbehaving:escape_with_helper", errors.ChildDenied, HELPERS),
    ("misleading:write_beside", errors.ChildWroteOutside, LIMITS),
    ("misleading:write_input", errors.ChildWroteOutside, LIMITS),
    ("misleading:remove_input", errors.ChildWroteOutside, LIMITS),
    ("misleading:adopt_input", errors.ChildWroteOutside, LIMITS),
    ("misleading:leave_symlink", errors.ChildWroteOutside, LIMITS),
    ("misleading:leave_pipe", errors.ChildWroteOutside, LIMITS),
    ("misleading:leave_two_names", errors.ChildWroteOutside, LIMITS),
    ("misleading:write_large_file", errors.ChildOutputTooLarge, LIMITS),
    ("misleading:write_many_files", errors.ChildOutputTooLarge, LIMITS),
    ("misleading:write_little_too_much", errors.ChildOutputTooLarge, LIMITS),
    ("misleading:write_deep", errors.ChildOutputTooLarge, LIMITS),
    ("misleading:write_deep_and_hang", errors.ChildOutputTooLarge, LIMITS),
    ("misleading:find_disk_full", errors.StorageFull, LIMITS),
    ("misleading:say_garbage", errors.ChildGarbled, LIMITS),
    ("misleading:say_progress_that_is_none", errors.ChildGarbled, LIMITS),
    ("misleading:report_nan", errors.ChildGarbled, LIMITS),
    ("misleading:say_too_long", errors.ChildGarbled, LIMITS),
    ("misleading:say_too_often", errors.ChildGarbled, LIMITS),
    ("misleading:say_deep", errors.ChildGarbled, LIMITS),
    ("misleading:say_twice", errors.ChildGarbled, LIMITS),
    ("misleading:print_too_much", errors.ChildGarbled, LIMITS),
    ("misleading:return_list", errors.ChildGarbled, LIMITS),
    ("misleading:return_array", errors.ChildGarbled, LIMITS),
    ("misleading:return_nan", errors.ChildGarbled, LIMITS),
    ("misleading:return_too_much", errors.ChildGarbled, LIMITS),
    ("misleading:close_pipe", errors.ChildGarbled, LIMITS),
    ("misleading:close_pipe_and_hang", errors.ChildGarbled, LIMITS),
    ("misleading:exit_politely", errors.ChildGarbled, LIMITS),
    ("misleading:exit_at_once", errors.ChildGarbled, LIMITS),
    ("misleading:kill_itself", errors.ChildVanished, LIMITS),
]


@pytest.mark.parametrize(("target", "expected", "limits"), CASES, ids=[case[0] for case in CASES])
def test_each_way_to_die_has_its_own_error(
    sandbox: Sandbox, tmp_path: Path, target: str, expected: type[errors.OutfeedError], limits: Limits
) -> None:
    work = a_folder(tmp_path)
    with patient(sandbox, a_folder(tmp_path, "left")) as left, patient(sandbox, a_folder(tmp_path, "right")) as right:
        with pytest.raises(errors.OutfeedError) as caught:
            run(sandbox, target, work, limits=limits)
        beside = [left.let_go(), right.let_go()]
    remove(work)  # thousands of folders inside each other would stop pytest, which removes them later

    assert expected is type(caught.value), caught.value
    assert [["done"], ["done"]] == [list(outcome.outputs) for outcome in beside]
