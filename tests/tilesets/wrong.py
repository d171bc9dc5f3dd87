"""What the checker says where a file cannot even be decoded."""


class Wrong(Exception):
    """The file is not what its format allows, or uses what the checker does not know."""


def need(true: object, sentence: str) -> None:
    """Raise `Wrong` with the sentence unless it is true."""
    if not true:
        raise Wrong(sentence)
