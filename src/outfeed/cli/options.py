"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from outfeed.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Folder that holds the database and the blobs. Default: data")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings_of(**given: Any) -> Settings:
    """Return the settings of the environment, changed by what the command line gave; a wrong one is a usage error."""
    try:
        return Settings.from_env(**given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
