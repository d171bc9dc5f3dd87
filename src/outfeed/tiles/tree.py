"""The tree of tiles: which leaves each node holds, and what its file is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Halvings between a node and its children: up to four children. Fewer make more levels, and every level costs.
_HALVINGS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A tile: a leaf, or what is made of two to four children."""

    #: Halvings above it.
    depth: int
    #: Its number among the nodes of its depth, from 0; those of its halves are twice that, and one more.
    number: int
    children: tuple["Node", ...] = ()

    @property
    def height(self) -> int:
        """Return how many levels are below it."""
        return 1 + max(child.height for child in self.children) if self.children else 0


def tree_of(leaves: set[int], depth: int) -> Node:
    """Return the tree over leaves of this depth; the leaves that are not in the set have nothing to show."""
    return _node(0, 0, leaves, depth) or Node(depth=depth, number=0)


def _node(at: int, number: int, leaves: set[int], deepest: int) -> Node | None:
    if at == deepest:
        return Node(depth=at, number=number) if number in leaves else None
    # Levels are whole from the leaves up, so that only the root has two children where the depth is odd.
    below = (deepest - at) % _HALVINGS or _HALVINGS
    numbers = range(number << below, (number + 1) << below)
    made = (_node(at + below, child, leaves, deepest) for child in numbers)
    children = tuple(child for child in made if child is not None)
    # A node with one child would show the same as that.
    if len(children) <= 1:
        return children[0] if children else None
    return Node(depth=at, number=number, children=children)


def leaves_below(root: Node) -> list[Node]:
    """Return the leaves in their order."""
    if not root.children:
        return [root]
    return [leaf for child in root.children for leaf in leaves_below(child)]


def named(root: Node) -> dict[Node, str]:
    """Return the names of the tiles' files: level (the root's is 0) and number in it, levels from the root down."""
    names: dict[Node, str] = {}
    level = [root]
    for number in range(root.height + 1):
        names |= {node: f"{number}-{place}.glb" for place, node in enumerate(level)}
        level = [child for node in level for child in node.children]
    return names


def upwards(root: Node) -> Iterator[list[Node]]:
    """Yield the nodes with children, those of one height together, the lowest first."""
    rows: list[list[Node]] = [[] for _ in range(root.height + 1)]
    waiting = [root]
    while waiting:
        node = waiting.pop()
        rows[node.height].append(node)
        waiting.extend(reversed(node.children))
    yield from rows[1:]
