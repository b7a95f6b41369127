"""The client's part for notices: one's own, read and marked as read."""

from tongchou.client.asking import Asks, part
from tongchou.client.work_results import Notice


class NoticeCalls(Asks):
    """One's own notices."""

    def notices(self, limit: int = 100) -> list[Notice]:
        """Return one's own notices, the newest first."""
        return [Notice.of(each) for each in self._list("/notices", limit=limit)]

    def unread_notices(self) -> int:
        """Return how many notices one has not read."""
        found: int = self._caller.data("GET", "/notices/unread")
        return found

    def mark_notices_read(self, notice_id: str | None = None) -> int:
        """Mark a notice as read, or all of them so far; return how many are left."""
        path = "/notices/read" if notice_id is None else f"/notices/{part(notice_id)}/read"
        found: int = self._caller.data("POST", path)
        return found
