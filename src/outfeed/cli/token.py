"""`outfeed token`: access tokens made by hand, for scripts and trials."""

from typing import Annotated, Final

import typer

from outfeed.cli.operator import identity_of
from outfeed.cli.options import Data

app = typer.Typer(no_args_is_help=True)

#: As in `identity.service.MAX_TTL_S`, which a test compares; not imported, so that the command line starts at once.
LONGEST_S: Final = 30 * 24 * 3600


@app.callback()
def tokens() -> None:
    """Access tokens."""


@app.command("create")
def create_token(
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Whom it acts as; made if new.")],
    scopes: Annotated[str, typer.Option(help="What it allows, with spaces between.")] = "data:read data:write",
    ttl: Annotated[int | None, typer.Option(metavar="SECONDS", min=1, max=LONGEST_S, help="Its life.")] = None,
    data: Data = None,
) -> None:
    """Print a bearer token, and nothing else."""
    with identity_of(data) as identity:
        from outfeed.identity.scopes import parse_scopes

        grant = identity.token_for_user(user, parse_scopes(scopes), ttl_s=ttl)
    typer.echo(grant.access_token)
