"""The images of all rows while the ledger is folded: the recent ones in memory, the rest in a temporary file."""

import sqlite3
from collections.abc import Iterator

import orjson

from cellchain.ledger.upcasts import Image, Upcast

Key = int | str
HOT_MAX = 200_000


class Images:
    """By table and key. Above `hot_max` images, all of them move to a temporary database, and are read from there."""

    def __init__(self, hot_max: int = HOT_MAX) -> None:
        self._hot_max = hot_max
        self._hot: dict[str, dict[Key, Image]] = {}
        self._count = 0
        self._spilled = False
        self._cold = sqlite3.connect("", isolation_level=None)  # a temporary file that SQLite removes by itself
        self._cold.execute("PRAGMA journal_mode = OFF")
        self._cold.execute("CREATE TABLE image (place TEXT, key, body TEXT, PRIMARY KEY (place, key)) WITHOUT ROWID")

    def get(self, place: str, key: Key) -> Image | None:
        """The image of one row, or None."""
        found = self._hot.get(place, {}).get(key)
        if found is not None or not self._spilled:
            return found
        row = self._cold.execute("SELECT body FROM image WHERE place = ? AND key = ?", (place, key)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def put(self, place: str, key: Key, image: Image) -> None:
        """Keep the image of one row."""
        table = self._hot.setdefault(place, {})
        if key not in table:
            self._count += 1
        table[key] = image
        if self._count > self._hot_max:
            self._spill()

    def places(self) -> list[str]:
        """The tables that have images."""
        cold = {row[0] for row in self._cold.execute("SELECT DISTINCT place FROM image")} if self._spilled else set()
        return sorted(cold | {place for place, table in self._hot.items() if table})

    def of(self, place: str) -> Iterator[tuple[Key, Image]]:
        """The images of one table by key, numbers first, text by its bytes. Nothing may be put meanwhile."""
        if not self._spilled:
            table = self._hot.get(place, {})
            for key in sorted(table, key=order):
                yield key, table[key]
            return
        self._spill()
        for key, body in self._cold.execute("SELECT key, body FROM image WHERE place = ? ORDER BY key", (place,)):
            yield key, orjson.loads(body)

    def migrate(self, upcast: Upcast) -> None:
        """Take every image of the tables that `upcast` touches through it. Raises InvariantBroken where one misfits."""
        before = {place: list(self.of(place)) for place in upcast.touched}
        for place in before:
            self._count -= len(self._hot.pop(place, {}))
            self._cold.execute("DELETE FROM image WHERE place = ?", (place,))
        for place, images in before.items():
            for key, image in images:
                after = upcast.apply(place, image)
                if after is not None:
                    self.put(after[0], key, after[1])

    def close(self) -> None:
        """Remove the temporary file."""
        self._cold.close()

    def _spill(self) -> None:
        self._spilled = True
        self._cold.execute("BEGIN")
        self._cold.executemany(
            "INSERT INTO image VALUES (?, ?, ?) ON CONFLICT (place, key) DO UPDATE SET body = excluded.body",
            (
                (place, key, orjson.dumps(image))
                for place, table in self._hot.items()
                for key, image in sorted(table.items(), key=lambda item: order(item[0]))
            ),
        )
        self._cold.execute("COMMIT")
        self._hot = {}
        self._count = 0


def order(key: Key) -> tuple[int, Key]:
    """How SQLite orders keys: numbers before text."""
    return (0, key) if isinstance(key, int) else (1, key)
