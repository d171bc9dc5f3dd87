"""From where sections look: along the two directions in which most walls run."""

import math
from collections.abc import Sequence

import numpy as np

from outfeed.sheets.plans.figure import Shown
from outfeed.sheets.plans.looks import BY_LAYER, look_of
from outfeed.sheets.plans.model import Points, Product
from outfeed.sheets.plans.soup import Soup, View

#: Angles that are told apart, in a quarter of a turn.
ANGLES = 180


def main_angle(soup: Soup) -> float:
    """Return the direction in which most area of upright faces runs, in radians, from 0 to a quarter of a turn."""
    corners = soup.vertices[soup.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = np.hypot(across[:, 0], across[:, 1])
    upright = flat > 100 * np.abs(across[:, 2])
    if not upright.any():
        return 0.0
    angles = np.arctan2(across[upright, 1], across[upright, 0]) % (math.pi / 2)
    places = np.round(angles / (math.pi / 2) * ANGLES).astype(np.int64) % ANGLES
    sums = np.bincount(places, weights=flat[upright], minlength=ANGLES)
    best = int(np.argmax(sums))
    # The mean of what is near says it more exactly; angles on both sides of 0 are near, too.
    own = (angles - best * math.pi / 2 / ANGLES + math.pi / 4) % (math.pi / 2) - math.pi / 4
    near = np.abs(own) < math.pi / 2 / ANGLES
    return float(best * math.pi / 2 / ANGLES + np.average(own[near], weights=flat[upright][near]))


def section_views(products: Sequence[Product], soup: Soup) -> list[Shown]:
    """Return two sections through the middle of all but the ground: along the building, and across it."""
    ground = BY_LAYER["Site"]
    boxes = [product.box for product in products if look_of(product.class_name) != ground]
    corners = np.array(boxes or [product.box for product in products]).reshape(-1, 3)
    middle: Points = (corners.min(axis=0) + corners.max(axis=0)) / 2
    angle = main_angle(soup)
    shown = []
    for turn in (0.0, math.pi / 2):
        right = np.array([math.cos(angle + turn), math.sin(angle + turn), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        view = View(axes=np.array([right, up, np.cross(right, up)]))
        shown.append(Shown(rows=np.arange(len(products)), level=float(view.seen(middle)[2]), view=view))
    return shown
