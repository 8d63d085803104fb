"""The first token that a tokenizer makes of some bytes."""

from __future__ import annotations

from mtkd.alignment.reader import ByteReader


class FirstTokens:
    """The first token of a piece of text as one tokenizer reads it.

    The piece is given to the tokenizer itself where it is a text of its own: whole characters,
    and a leading space where the tokenizer would add one. Elsewhere (half an emoji, the middle of
    a word for WordPiece), and where the answer is not how the piece begins, it is the longest
    token that the piece begins with.

    Args:
        reader: Whose tokens are wanted.
    """

    def __init__(self, reader: ByteReader) -> None:
        self.reader = reader
        order = sorted(reader.surface.spoken, key=lambda i: (i in reader.surface.fallback, i))
        self._ids: dict[bytes, int] = {}
        for index in order:
            self._ids.setdefault(reader.surface.spoken[index], index)
        self._longest = max(map(len, self._ids), default=0)

    def __call__(self, piece: bytes) -> int | None:
        """The token's id; None where no token begins the piece."""
        found = self._read(piece)
        return self._longest_beginning(piece) if found is None else found

    def _read(self, piece: bytes) -> int | None:
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return None
        surface = self.reader.surface
        if surface.prefixed:
            if not text.startswith(" "):
                return None
            text = text[1:]
        for index, (start, end) in zip(*self.reader.read(text), strict=True):
            if end > start or index in surface.spoken:
                spoken = surface.spoken.get(index)
                return index if spoken and piece.startswith(spoken) else None
        return None

    def _longest_beginning(self, piece: bytes) -> int | None:
        for size in range(min(len(piece), self._longest), 0, -1):
            if piece[:size] in self._ids:
                return self._ids[piece[:size]]
        return None
