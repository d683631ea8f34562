"""Text in any encoding -> UTF-8, as the readers of tables and of JSON lines take it."""

import codecs
import io
import re
from collections.abc import Callable
from typing import IO, Any, Final

from emoticare.errors import UsageError

UTF8: Final = "utf-8"
_LATIN: Final = "windows-1252"
_BYTES_AT_ONCE: Final = 2**16
_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
# Windows-1252 has no such characters, or none that European languages use.
_NOT_LATIN: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xfe\xff]")
_MARK_INVALID: Final = "emoticare-invalid"


def _mark_invalid(error: UnicodeError) -> tuple[str | bytes, int]:
    """Let bytes that are no text become one that UTF-8 does not have."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff", error.end
    raise error


codecs.register_error(_MARK_INVALID, _mark_invalid)


def is_utf8(text: str) -> bool:
    """Return whether UTF-8 can spell a text: no half characters, nor bytes that were no text."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def without_invalid_bytes(text: str) -> str:
    """Return a text that was decoded with "surrogateescape" with U+FFFD for what was none."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def check_encoding(name: str) -> None:
    """Make sure that there is an encoding of texts with this name.

    Raises:
        UsageError: If there is none.
    """
    try:
        io.TextIOWrapper(io.BytesIO(), name)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"Expected an encoding such as utf-8, windows-1252 or utf-16, found {name!r}."
        ) from error


class _Utf8Stream(io.RawIOBase):
    """The bytes of a text in UTF-8, decided as they are read; see `as_utf8`."""

    def __init__(
        self, read: Callable[[int], bytes], encoding: str | None, on_found: Callable[[str], None]
    ) -> None:
        self._read_bytes = read
        self._on_found = on_found
        self._is_decided = self._has_begun = encoding is not None
        self._decoder = _decoder(encoding) if encoding else None
        self._held = b""
        self._ready = memoryview(b"")
        self._has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._has_ended:
            self._ready = memoryview(self._next())
        n_bytes = min(len(buffer), len(self._ready))
        buffer[:n_bytes] = self._ready[:n_bytes]
        self._ready = self._ready[n_bytes:]
        return n_bytes

    def _next(self) -> bytes:
        read = self._read_bytes(_BYTES_AT_ONCE)
        self._has_ended = not read
        chunk = self._held + read
        self._held = b""
        if not self._is_decided:
            chunk = self._look_at(chunk)
        if self._decoder is None:
            return chunk
        text = self._decoder.decode(chunk, self._has_ended)
        return text.encode(UTF8, _MARK_INVALID)

    def _look_at(self, chunk: bytes) -> bytes:
        """Decide if the bytes tell; return them, but for a character that is cut at their end."""
        if not self._has_begun and (found := _encoding_of_beginning(chunk)):
            self._decide(found)
        elif not chunk.isascii():
            utf8 = codecs.getincrementaldecoder(UTF8)("surrogateescape")
            text = utf8.decode(chunk, self._has_ended)
            if not text.isascii():
                self._decide(UTF8 if _is_utf8(text) or _NOT_LATIN.search(chunk) else _LATIN)
            else:
                self._held = utf8.getstate()[0]
                chunk = chunk[: len(chunk) - len(self._held)]
        self._has_begun = True
        return chunk

    def _decide(self, found: str) -> None:
        self._is_decided = True
        self._decoder = _decoder(found)
        if found != UTF8:
            self._on_found(found)


def as_utf8(
    content: IO[bytes],
    encoding: str | None,
    on_found: Callable[[str], None],
    *,
    waits: bool,
) -> IO[bytes]:
    """Open the bytes of a text to be read in UTF-8.

    An encoding that is not given is found where it shows: at the beginning, by a byte order mark or
    by the zeros of UTF-16, else at the first bytes that are not ASCII. Text that is not UTF-8 is
    taken for Windows-1252, which also reads Latin-1, unless it holds bytes that such text has not:
    then it is UTF-8 of which some bytes are broken, and these stay as they are.

    Args:
        content: The bytes as they are.
        encoding: Of the text; None to find it.
        on_found: Called with an encoding that was found, if it is not UTF-8.
        waits: Whether to take what is there of a pipe, instead of waiting for more.
    """
    read = getattr(content, "read1", content.read) if waits else content.read
    return io.BufferedReader(_Utf8Stream(read, encoding, on_found), _BYTES_AT_ONCE)


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    """Return what decodes a text, None where its bytes can stay as they are."""
    if codecs.lookup(encoding).name in {"utf-8", "utf-8-sig", "ascii"}:
        return None
    return codecs.getincrementaldecoder(encoding)(_MARK_INVALID)


def _encoding_of_beginning(chunk: bytes) -> str | None:
    for mark, encoding in _MARKS.items():
        if chunk.startswith(mark):
            return encoding
    # Of the two bytes of a Latin letter in UTF-16, one is zero.
    first, second = (chunk[i:_BYTES_AT_ONCE:2] for i in (0, 1))
    if 2 * second.count(0) > len(second) and not first.count(0):
        return "utf-16-le"
    if 2 * first.count(0) > len(first) and not second.count(0):
        return "utf-16-be"
    return None


def _is_utf8(text: str) -> bool:
    """Return whether most of what is not ASCII is UTF-8, by what was decoded."""
    n_bad = len(_NOT_UTF8.findall(text))
    return 2 * n_bad <= len(_NOT_ASCII.findall(text))
