"""The tree over the log (RFC 6962): grown leaf by leaf from its edge, cut into paths that prove.

Only the hashes of the whole subtrees at its edge are needed to go on; they are kept with every head, so a run adds to
a log of millions without reading it.
"""

from collections.abc import Iterable, Sequence

from tongchou.ledger.verify import Hash, node_hash


class GrowingTree:
    """A tree that leaves are added to.

    Args:
        hashed: The log's hash.
        size: How many leaves it has already.
        frontier: Hashes of its whole subtrees, the largest first: as many as `size` has ones in binary.
    """

    def __init__(self, hashed: Hash, size: int = 0, frontier: Iterable[bytes] = ()) -> None:
        self._hashed = hashed
        self.size = size
        self.frontier = list(frontier)
        if len(self.frontier) != size.bit_count():
            raise ValueError("the edge of a tree has a hash for every binary one of its size")

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf at the end."""
        size, node = self.size, leaf
        while size & 1:
            node = node_hash(self._hashed, self.frontier.pop(), node)
            size >>= 1
        self.frontier.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the hash over all leaves; of no leaves, the hash of nothing."""
        if not self.frontier:
            return self._hashed(b"")
        *left, root = self.frontier
        for node in reversed(left):
            root = node_hash(self._hashed, node, root)
        return root


class WholeTree:
    """A tree whose every node is at hand, to cut paths from.

    Args:
        hashed: The log's hash.
        leaves: The hashes of all its leaves, in order; at least one.
    """

    def __init__(self, hashed: Hash, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            above = [node_hash(hashed, below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            # A node without a neighbour goes up as it is.
            self._levels.append(above + below[len(above) * 2 :])

    @property
    def root(self) -> bytes:
        """The hash over all leaves."""
        return self._levels[-1][0]

    def path(self, index: int) -> list[bytes]:
        """Return the hashes that lead from a leaf to the root, from below."""
        path: list[bytes] = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path

    def growth(self, old_size: int) -> list[bytes]:
        """Return the hashes that lead from the tree over the first leaves to this one (RFC 6962, 2.1.2).

        Args:
            old_size: How many leaves the earlier tree had; at least one, at most all.
        """
        path: list[bytes] = []
        start, end, is_old_root_known = 0, len(self._levels[0]), True
        while old_size < end:
            half = 1 << (end - start - 1).bit_length() - 1
            if old_size <= start + half:
                path.append(self._over(start + half, end))
                end = start + half
            else:
                path.append(self._over(start, start + half))
                start, is_old_root_known = start + half, False
        if not is_old_root_known:
            path.append(self._over(start, end))
        return path[::-1]

    def _over(self, start: int, end: int) -> bytes:
        height = (end - start - 1).bit_length()
        return self._levels[height][start >> height]
