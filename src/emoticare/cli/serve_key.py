"""`emoticare serve-key`: a key for the server."""

from typing import Annotated

import typer


def serve_key(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Whose key it is: letters, digits, _ and -."),
    ],
) -> None:
    """Make a key for the server, and what to put into its file of named keys.

    Standard output gets the lines for the file, with the key's hash; the key itself is shown on
    standard error, once, and kept nowhere.

    [bold]Example[/bold]

      emoticare serve-key web-shop >> keys.toml

      emoticare serve --named-keys keys.toml
    """
    from emoticare.server.keys.key_file import new_key

    key, lines = new_key(name)
    typer.echo(lines)
    typer.echo(f"emoticare: the key of {name}, shown only here: {key}", err=True)
