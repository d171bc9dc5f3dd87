"""Markups as annotations of a PDF's page. Each brings its appearance, so that all programs show the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from outfeed.sheets.canvas import PageCanvas, Supplies
from outfeed.sheets.markups import looks
from outfeed.sheets.markups.entries import SUBTYPES, entries_of, number, numbers
from outfeed.sheets.markups.fields import Rect
from outfeed.sheets.markups.model import Markup, Reply
from outfeed.sheets.markups.shapes import Highlight, Shape
from outfeed.sheets.markups.words import NOTE_SIZE, pdf_date
from outfeed.sheets.model import Loss

#: Bits of an annotation's flags: not shown, and shown in print.
_HIDDEN, _PRINTED = 1 << 1, 1 << 2
#: Pages that say they are in each other, before no more is believed.
_MOST_PARENTS: Final = 256


def add_markups(pdf: pikepdf.Pdf, page: pikepdf.Page, markups: Sequence[Markup], *, links: bool) -> tuple[Loss, ...]:
    """
    Add markups to a page, over what is there, as annotations.

    Parameters
    ----------
    page
        One of `pdf`. Its annotations stay.
    links
        Whether the addresses of shapes become links.

    Returns
    -------
    What cannot be seen of them: characters that the font has not, text that is too long for its box.
    """
    if not markups:
        return ()
    drawer = _Drawer(pdf, page, links=links)
    drawn = [annotation for markup in markups for annotation in drawer.annotations(markup)]
    there = page.obj.get(Name.Annots)
    kept = list(there.as_list()) if isinstance(there, Array) else []
    page.obj.Annots = Array([*kept, *drawn])
    return drawer.finish()


def rotation_of(page: pikepdf.Page) -> int:
    """Return by how many degrees a page is turned clockwise when it is shown: 0, 90, 180 or 270."""
    node: Any = page.obj
    for _ in range(_MOST_PARENTS):
        value = node.get(Name.Rotate)
        if value is not None:
            return value % 360 if isinstance(value, int) and value % 90 == 0 else 0
        node = node.get(Name.Parent)
        if not isinstance(node, Dictionary):
            break
    return 0


class _Drawer:
    """Draws on one page."""

    def __init__(self, pdf: pikepdf.Pdf, page: pikepdf.Page, *, links: bool) -> None:
        self._pdf, self._page, self._links = pdf, page, links
        self._supplies = Supplies(pdf)
        self._rotate = rotation_of(page)
        self._lost: Counter[str] = Counter()

    def annotations(self, markup: Markup) -> Iterator[pikepdf.Object]:
        """Yield the annotations of a markup: its shapes, held together as a group, their links, and its replies."""
        first, reach = self._shape(markup, markup.shapes[0])
        first.NM = String(markup.id)
        yield first
        yield from self._links_of(markup.shapes[0], reach)
        for row, shape in enumerate(markup.shapes[1:], start=1):
            made, reach = self._shape(markup, shape)
            made.NM, made.IRT, made.RT = String(f"{markup.id}/{row}"), first, Name.Group
            yield made
            yield from self._links_of(shape, reach)
        for reply in markup.replies:
            yield self._reply(reply, first)

    def finish(self) -> tuple[Loss, ...]:
        """Put the fonts into the file; return what cannot be seen."""
        self._supplies.write_fonts()
        missing = self._supplies.missing
        lost = []
        if missing:
            codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(missing)[:10])
            why = f"The font has only a box for these characters: {codes}{', …' if len(missing) > 10 else ''}."  # noqa: PLR2004 as many as are named
            lost.append(Loss(what="characters of markups", why=why, count=sum(missing.values())))
        if self._lost["cut"]:
            why = "The text does not fit its box; the annotation holds all of it."
            lost.append(Loss(what="lines of text boxes", why=why, count=self._lost["cut"]))
        return tuple(lost)

    def _shape(self, markup: Markup, shape: Shape) -> tuple[pikepdf.Object, Rect]:
        canvas = PageCanvas(self._supplies)
        reach, cut = looks.draw(canvas, shape, rotate=self._rotate)
        self._lost["cut"] += cut
        made = Dictionary(
            Type=Name.Annot,
            Subtype=Name(f"/{SUBTYPES[type(shape)]}"),
            Rect=numbers(reach),
            Contents=String(shape.text),
            T=String(markup.author),
            CreationDate=String(pdf_date(markup.created_at)),
            M=String(pdf_date(markup.modified_at)),
            F=_PRINTED,
            P=self._page.obj,
            AP=Dictionary(N=self._appearance(canvas, shape, reach)),
        )
        for name, value in entries_of(shape, reach).items():
            made[f"/{name}"] = value
        if shape.subject:
            made.Subj = String(shape.subject)
        return self._pdf.make_indirect(made), reach

    def _appearance(self, canvas: PageCanvas, shape: Shape, reach: Rect) -> pikepdf.Object:
        """Return what is shown. What is seen through is so as a whole: where its own lines cross, too."""
        data, used = canvas.content()
        resources = Dictionary({kind: Dictionary(named) for kind, named in used.items()})
        drawn = self._form(data, reach, resources, filter=Name.FlateDecode)
        is_highlight = isinstance(shape, Highlight)
        if shape.opacity == 1.0 and not is_highlight:
            return drawn
        drawn.Group = Dictionary(S=Name.Transparency)
        share = number(shape.opacity)
        state = Dictionary(Type=Name.ExtGState, CA=share, ca=share, BM=Name.Multiply if is_highlight else Name.Normal)
        outer = Dictionary(ExtGState=Dictionary(G=state), XObject=Dictionary(F=drawn))
        return self._form(b"/G gs /F Do", reach, outer)

    def _form(
        self,
        data: bytes,
        reach: Rect,
        resources: Dictionary,
        *,
        filter: Name | None = None,  # noqa: A002 the word of PDF
    ) -> pikepdf.Object:
        form = pikepdf.Stream(
            self._pdf, data, Type=Name.XObject, Subtype=Name.Form, BBox=numbers(reach), Resources=resources
        )
        if filter is not None:
            form.write(data, filter=filter)
        return self._pdf.make_indirect(form)

    def _links_of(self, shape: Shape, reach: Rect) -> Iterator[pikepdf.Object]:
        if self._links and shape.link is not None:
            made = Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=numbers(reach),
                Border=Array([0, 0, 0]),
                F=_PRINTED,
                H=Name.N,
                P=self._page.obj,
                A=Dictionary(Type=Name.Action, S=Name.URI, URI=String(shape.link)),
            )
            yield self._pdf.make_indirect(made)

    def _reply(self, reply: Reply, to: pikepdf.Object) -> pikepdf.Object:
        """Return a reply: programs list it beside what it speaks of, and show nothing on the page."""
        rect = (0.0, 0.0, NOTE_SIZE, NOTE_SIZE)
        made = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Text,
            Rect=to.Rect,
            Contents=String(reply.text),
            NM=String(reply.id),
            T=String(reply.author),
            CreationDate=String(pdf_date(reply.created_at)),
            M=String(pdf_date(reply.modified_at)),
            F=_HIDDEN | _PRINTED,
            P=self._page.obj,
            IRT=to,
            RT=Name.R,
            AP=Dictionary(N=self._form(b"", rect, Dictionary())),
        )
        return self._pdf.make_indirect(made)
