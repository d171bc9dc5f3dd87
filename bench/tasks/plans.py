"""Plans of buildings: ours, and those that ifcopenshell draws itself."""

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.draw

from outfeed.sheets.model import SheetLimits
from outfeed.sheets.plans.reading import read_ifc_plans
from tasks import Work


def plans(source: Path, target: Path) -> Work:
    """Read a building and draw a plan of each storey, as PDF."""

    def work() -> None:
        read_ifc_plans(source, target, limits=SheetLimits())

    return work


def svg(source: Path, target: Path) -> Work:
    """Read a building and let ifcopenshell draw each storey, as SVG; merging its lines would take minutes."""
    draw: Any = ifcopenshell.draw

    def work() -> None:
        settings = draw.draw_settings(auto_floorplan=True)
        made = draw.main(settings, [ifcopenshell.open(source)], merge_projection=False)
        target.write_text(made, encoding="utf-8")

    return work
