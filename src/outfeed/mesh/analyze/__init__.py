"""What a mesh is as a surface, how large it is, and what is wrong with it."""

from outfeed.mesh.analyze.analysis import analyze
from outfeed.mesh.analyze.model import MOST_PLACES, Analysis, Parts, Rims
from outfeed.mesh.analyze.problems import Problem, ProblemType, problems
from outfeed.mesh.analyze.reporting import report

__all__ = [
    "MOST_PLACES",
    "Analysis",
    "Parts",
    "Problem",
    "ProblemType",
    "Rims",
    "analyze",
    "problems",
    "report",
]
