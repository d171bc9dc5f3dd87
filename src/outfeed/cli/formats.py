"""`outfeed formats`: what is read and written, and what each format holds."""

import json

import typer

from outfeed.cli.options import Json


def formats(json_output: Json = False) -> None:  # noqa: FBT002 - a flag of the command line
    """List the formats that are read and written, and what each of them holds."""
    from outfeed.mesh.formats.listing import listing

    everything = listing()
    if json_output:
        typer.echo(json.dumps(everything))
        return
    for heading, key in (("Read", "read"), ("Written", "written")):
        typer.echo(f"{heading}:")
        for row in everything[key]:
            ends = row.get("extension") or " ".join(row["extensions"])
            typer.echo(f"  {row['format']:<11} {ends:<12} {row['title']:<28} {', '.join(row['holds'])}")
