"""What a graph from outside may not do: go round, keep weights elsewhere, or call code of its own.

The graph is read as the protocol buffers that it is made of, and no further than to the names of
its operators, so that nothing needs the onnx package.
"""

from collections.abc import Iterator
from typing import Final

from emoticare.errors import ArtifactError

# Each can go round for ever, or for longer than anybody waits.
_LOOPS: Final = frozenset({b"Loop", b"Scan", b"SequenceMap"})
# The key of every external-data entry; our own graphs hold the word nowhere else.
_EXTERNAL_DATA: Final = b"location"

# Numbers of the fields in onnx.proto3.
_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE, _FUNCTION_NODE = 1, 7
_NODE_OP_TYPE, _NODE_ATTRIBUTE = 4, 5
_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 6, 11
_DEEPEST: Final = 32
# Wire types of protocol buffers.
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10


def check_graph(graph: bytes, where: str) -> None:
    """Make sure that a graph ends, and is whole.

    Args:
        graph: A serialized ONNX model.
        where: What messages call it.

    Raises:
        ArtifactError: If it has loops, keeps weights in another file, or cannot be read.
    """
    if _EXTERNAL_DATA in graph:
        raise ArtifactError(
            f"{where} keeps weights in another file (external data), which is not allowed. Save "
            "the model as one file."
        )
    try:
        found = _LOOPS.intersection(_operators(memoryview(graph)))
    except (IndexError, RecursionError, ValueError) as error:
        raise ArtifactError(
            f"{where} holds no ONNX graph that can be read. Save the model again."
        ) from error
    if found:
        raise ArtifactError(
            f"{where} has loops ({', '.join(sorted(name.decode() for name in found))}), which may "
            "never end. Save a model without."
        )


def _operators(model: memoryview) -> Iterator[bytes]:
    for number, content in _fields(model):
        if number == _MODEL_GRAPH:
            yield from _of_nodes(content, _GRAPH_NODE)
        elif number == _MODEL_FUNCTIONS:
            yield from _of_nodes(content, _FUNCTION_NODE)


def _of_nodes(graph: memoryview, node_field: int, level: int = 0) -> Iterator[bytes]:
    if level > _DEEPEST:
        raise ValueError("graphs inside graphs")
    for number, node in _fields(graph):
        if number != node_field:
            continue
        for part, content in _fields(node):
            if part == _NODE_OP_TYPE:
                yield content.tobytes()
            elif part == _NODE_ATTRIBUTE:
                for inner, subgraph in _fields(content):
                    if inner in {_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS}:
                        yield from _of_nodes(subgraph, _GRAPH_NODE, level + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of a message that hold bytes, which are not copied."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _BYTES:
            length, place = _varint(message, place)
            if length > len(message) - place:
                raise ValueError("a field beyond the end")
            yield tag >> 3, message[place : place + length]
            place += length
        elif kind == _VARINT:
            _, place = _varint(message, place)
        elif kind in {_FIXED_32, _FIXED_64}:
            place += 4 if kind == _FIXED_32 else 8
        else:
            raise ValueError("a field of an unknown kind")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, and the place after it."""
    value = 0
    for i in range(_LONGEST_VARINT):
        byte = message[place + i]
        value |= (byte & 127) << 7 * i
        if byte < 128:  # noqa: PLR2004 - the highest bit says that there is more
            return value, place + i + 1
    raise ValueError("a number without an end")
