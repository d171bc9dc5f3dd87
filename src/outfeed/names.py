"""What people may call their things: printers and prints, apps, projects, models, folders, exports."""

from typing import Final

#: They join letters, as Persian words and some emoji need; beside nothing they are nothing.
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d")


def is_name(text: str, *, longest: int) -> bool:
    """
    Tell whether a text may be a name: it is seen as it is, in any script, and is not longer than so many characters.

    It is not blank, stays on its line, and has no characters that cannot be seen, or that turn the direction of what
    stands around them: letters of Arabic and Hebrew turn their own direction, and need none.
    """
    seen = text.translate(_JOINERS)
    return len(text) <= longest and bool(seen.strip()) and seen.isprintable()
