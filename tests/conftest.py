"""What holds for all tests: a test's name is the same in each of the processes that run them."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a value of bytes by its argument: what is in a file (a time, a compressor's choice) names no test."""
    return argname if isinstance(val, bytes) and not (val.isascii() and val.decode().isprintable()) else None
