"""Streams that are compressed with gzip, by the standard library, or with zstd, by pyarrow."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, cast

_BUFFER_BYTES: Final = 2**20
_GZIP_BITS: Final = 31
_GZIP_LEVEL: Final = 9


def decompressed(raw: IO[bytes], compression: str) -> IO[bytes]:
    """Open a compressed stream to read what it holds.

    Args:
        raw: The stream, which stays open.
        compression: "gz", "zst", or "" for none.
    """
    if not compression:
        return raw
    if compression == "gz":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))
    import pyarrow as pa

    return io.BufferedReader(
        pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd"), _BUFFER_BYTES
    )


@contextmanager
def compressed(sink: IO[bytes], compression: str) -> Iterator[IO[bytes]]:
    """Open a stream that compresses what is written to it.

    Args:
        sink: Takes the compressed bytes, and stays open.
        compression: "gz", "zst", or "" for none.
    """
    if not compression:
        yield sink
    elif compression == "gz":
        stream = _GzipWriter(sink)
        yield cast("IO[bytes]", stream)
        stream.finish()
    else:
        import pyarrow as pa

        # pyarrow closes what it writes to; the sink is still to be synced.
        with pa.CompressedOutputStream(pa.PythonFile(_Unclosed(sink), "w"), "zstd") as stream:
            yield stream


class _GzipWriter:
    """Compresses without a time or a name in the header, so that the same rows give the same bytes.

    Args:
        sink: Takes the compressed bytes.
    """

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_BITS)

    def write(self, content: bytes) -> int:
        self._sink.write(self._compressor.compress(content))
        return len(content)

    def finish(self) -> None:
        self._sink.write(self._compressor.flush())


class _Unclosed(io.RawIOBase):
    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return self._sink.write(content)
