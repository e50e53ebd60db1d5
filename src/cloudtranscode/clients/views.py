"""What was seen of each client's entitlements, kept so that the next look can be compared with it."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from cloudtranscode import database
from cloudtranscode.database import views
from cloudtranscode.entitlements.drift import View


class ViewStore:
    """Views by client and by whose credentials looked: other eyes see other things."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self, client: str, eyes: str) -> View | None:
        """Return the last view."""
        seen = self.history(client, eyes, limit=1)
        return seen[0] if seen else None

    def history(self, client: str, eyes: str, limit: int = 20) -> list[View]:
        """Return the views that differed from the one before, the newest first."""
        own = (views.c.client == client) & (views.c.eyes == eyes)
        query = select(views.c.view).where(own).order_by(views.c.at.desc()).limit(limit)
        with database.transaction(self._engine) as connection:
            return [View.from_dict(row.view) for row in connection.execute(query)]

    def keep(self, view: View, eyes: str, *, instead_of: View | None = None) -> None:
        """Add a view, in the place of one that it does not differ from; keeping it twice is harmless."""
        gone = [view.at, *([instead_of.at] if instead_of else [])]
        row = {"client": view.client, "eyes": eyes, "at": view.at, "view": view.to_dict()}
        with database.transaction(self._engine) as connection:
            own = (views.c.client == view.client) & (views.c.eyes == eyes)
            connection.execute(delete(views).where(own, views.c.at.in_(gone)))
            connection.execute(insert(views).values(row))
