"""What is wanted of plans. The server reads this page: it imports nothing that is heavy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """How a building becomes sheets."""

    #: How far above a storey's floor it is cut, in metres.
    cut_height_m: float = 1.2
    #: Whether two sections through the middle follow the plans.
    sections: bool = False
    #: Metres of the building to a metre of paper, such as 100; None: the one that suits it best.
    scale: int | None = None
    #: A name of `outfeed.sheets.plans.paper.Paper`, such as `A1`; None: the smallest on which all fits.
    paper: str | None = None
