"""pypdf."""

from pathlib import Path

from pypdf import PdfReader, PdfWriter  # type: ignore[import-not-found]  # it is in the peers' environment

from tasks import Work


def pages(source: Path, target: Path) -> Work:
    """Write each page as a file of its own."""

    def work() -> None:
        target.mkdir()
        for index, page in enumerate(PdfReader(source).pages):
            writer = PdfWriter()
            writer.add_page(page)
            writer.write(target / f"{index}.pdf")

    return work
