"""Functions of modules that are not imported yet: a table of formats names many, and a program uses a few."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from outfeed.errors import ReaderMissing


class Lazy:
    """Names functions of one package's modules, and imports a module when a function of it is first called."""

    def __init__(self, package: str | None) -> None:
        self._package = package
        self._modules: list[str] = []

    @property
    def modules(self) -> tuple[str, ...]:
        """Modules that were named and that no extra is needed for, for processes that load all before they fork."""
        return tuple(dict.fromkeys(self._modules))

    def __call__(self, module: str, name: str, *, needs: str = "", extra: str = "", **fixed: Any) -> Callable[..., Any]:
        """
        Return a function that calls the one of that name in a module of the package.

        Parameters
        ----------
        needs, extra
            A package that the module imports, and the extra that brings it. The call raises `ReaderMissing` where the
            package is not installed.
        fixed
            Goes with each call.
        """
        path = f"{self._package}.{module}"
        if not needs:
            self._modules.append(path)

        def call(*args: Any, **options: Any) -> Any:
            try:
                found = import_module(path)
            except ModuleNotFoundError as error:
                if not needs or error.name != needs:
                    raise
                raise ReaderMissing(f"Install outfeed[{extra}].") from error
            return getattr(found, name)(*args, **options, **fixed)

        return call
