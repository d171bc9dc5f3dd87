"""The pages of the commands, for `write_docs.py`."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import typer
from docs_tables import table

from outfeed.cli.analyze import parser as analyze_parser
from outfeed.cli.export import parser as export_parser
from outfeed.cli.main import app as command_line

#: Commands that parse their own arguments.
_OWN_PARSERS: Final = {"outfeed export": export_parser, "outfeed analyze": analyze_parser}


def commands() -> str:
    """Return every command with its arguments and options."""
    return "\n\n".join(_commands(typer.main.get_command(command_line), "outfeed"))


def _commands(command: Any, name: str) -> Iterator[str]:
    """Yield the section of a command, or of each command in a group."""
    inner = getattr(command, "commands", {})
    for inner_name in inner:
        yield from _commands(inner[inner_name], f"{name} {inner_name}")
    if name in _OWN_PARSERS:
        yield _own_command(name, command.help)
    elif not inner:
        arguments = [_metavar(item) for item in command.params if item.param_type_name == "argument"]
        options = [(_option(item), _about(item)) for item in command.params if item.param_type_name == "option"]
        yield _command(name, command.help, arguments, options)


def _own_command(name: str, about: str) -> str:
    """Return the section of a command that parses its own arguments."""
    actions = [action for action in _OWN_PARSERS[name]()._actions if action.dest != "help"]  # noqa: SLF001 - no public way
    arguments = [str(action.metavar) for action in actions if not action.option_strings]
    options = [
        (_typed(action.option_strings, action.metavar), _sentence(action.help, action.default, action.required))
        for action in actions
        if action.option_strings
    ]
    return _command(name, about, arguments, options)


def _command(name: str, about: str, arguments: list[str], options: list[tuple[str, str]]) -> str:
    """Return the section of a command."""
    usage = " ".join([name, *arguments, "[OPTIONS]"])
    return f"### `{name}`\n\n{about}\n\n```\n{usage}\n```\n\n{table(('option', 'means'), options)}"


def _metavar(item: Any) -> str:
    return str(item.metavar or item.bare_type().upper())


def _option(item: Any) -> str:
    return _typed([*item.opts, *item.secondary_opts], None if item.is_flag else _metavar(item))


def _about(item: Any) -> str:
    return _sentence(item.help, None if item.is_flag else item.default, item.required)


def _typed(names: Iterable[str], value: Any) -> str:
    """Return an option as it is typed."""
    said = ", ".join(f"`{name}`" for name in names)
    return f"{said} `{value}`" if value else said


def _sentence(about: str | None, default: Any, required: bool) -> str:  # noqa: FBT001 - as the libraries have it
    """Return what an option means, and what it is without being given."""
    said = (about or "").removesuffix(".").replace(". Default: ", "; default: ")
    said = said[:1].lower() + said[1:]
    if required:
        return f"{said}; required"
    return f"{said}; default: {default}" if default else said
