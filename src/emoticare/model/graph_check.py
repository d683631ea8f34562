"""What a graph from outside may hold: the operators of EmotiCare's own graphs, and all its weights.

None of them can go round, call another graph, or open a file. The graph is read as the protocol
buffers that it is made of, and no further than to the names of its operators, so that nothing needs
the onnx package.
"""

from collections.abc import Iterator
from typing import Final

from emoticare.errors import ArtifactError

_CONTRIB: Final = "com.microsoft"
# Of `FloatGraph` and `Int8Graph`; a test compares them.
_STANDARD: Final = (
    "Add", "Cast", "Concat", "Div", "Erf", "Gather", "InstanceNormalization", "LayerNormalization",
    "MatMul", "Mul", "QuantizeLinear", "Relu", "Reshape", "Shape", "Slice", "Softmax", "Squeeze",
    "Sub", "Transpose", "Unsqueeze",
)  # fmt: skip
_FUSED: Final = ("FusedMatMul", "Gelu", "MatMulIntegerToFloat", "QGemm")
# Of graphs that version 0.1 made.
_FORMER_STANDARD: Final = ("Gemm",)
_FORMER_FUSED: Final = ("MatMulNBits", "MultiHeadAttention", "SkipLayerNormalization")
OPERATORS: Final = frozenset(
    [("", name) for name in (*_STANDARD, *_FORMER_STANDARD)]
    + [(_CONTRIB, name) for name in (*_FUSED, *_FORMER_FUSED)]
)
"""The operators that a graph may have, each with its domain."""

# The other name of the domain of standard operators.
_STANDARD_DOMAIN: Final = "ai.onnx"
_MOST_NAMED: Final = 3
# The key of every external-data entry; our own graphs hold the word nowhere else.
_EXTERNAL_DATA: Final = b"location"

# Numbers of the fields in onnx.proto3.
_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE = 1
_NODE_OP_TYPE, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 6, 11
# Wire types of protocol buffers.
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
# Other readers cut a larger one to 32 bits, and find another field.
_LARGEST_TAG: Final = 2**32 - 1


def check_graph(graph: bytes, where: str) -> None:
    """Make sure that a graph ends, and is whole.

    Args:
        graph: A serialized ONNX model.
        where: What messages call it.

    Raises:
        ArtifactError: If it has other operators than `OPERATORS`, defines some of its own, keeps
            weights in another file, or cannot be read.
    """
    if _EXTERNAL_DATA in graph:
        raise ArtifactError(
            f"{where} keeps weights in another file (external data), which is not allowed. Save "
            "the model as one file."
        )
    try:
        foreign = sorted(set(_operators(memoryview(graph))) - OPERATORS)
    except IndexError as error:
        raise _unread(where, "it ends too early") from error
    except ValueError as error:
        raise _unread(where, str(error)) from error
    if foreign:
        # A graph may have many, with names of any length.
        names = ", ".join(f"{name[:40]!a}" for _, name in foreign[:_MOST_NAMED])
        raise ArtifactError(
            f"{where} has operators that no graph of EmotiCare has ({names}); others may never "
            "end. Use a model that `emoticare train`, `distill` or `export onnx` wrote."
        )


def _unread(where: str, found: str) -> ArtifactError:
    return ArtifactError(
        f"{where} holds no ONNX graph that can be read: {found}. Save the model again."
    )


def _operators(model: memoryview) -> Iterator[tuple[str, str]]:
    """Yield the domain and the name of every operator.

    Raises:
        ValueError: If there are functions, or graphs inside nodes: each could call others many
            times over.
    """
    for number, content in _fields(model):
        if number == _MODEL_FUNCTIONS:
            raise ValueError("it defines functions")
        if number == _MODEL_GRAPH:
            for part, node in _fields(content):
                if part == _GRAPH_NODE:
                    yield _operator(node)


def _operator(node: memoryview) -> tuple[str, str]:
    domain = name = b""
    for part, content in _fields(node):
        # Of a field that comes twice, the last counts.
        if part == _NODE_OP_TYPE:
            name = content.tobytes()
        elif part == _NODE_DOMAIN:
            domain = content.tobytes()
        elif part == _NODE_ATTRIBUTE:
            inner = {number for number, _ in _fields(content)}
            if not inner.isdisjoint({_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS}):
                raise ValueError("an operator holds a graph")
    space = domain.decode(errors="replace")
    return "" if space == _STANDARD_DOMAIN else space, name.decode(errors="replace")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of a message that hold bytes, which are not copied."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        if tag > _LARGEST_TAG:
            raise ValueError("a tag has more than 32 bits")
        kind = tag & 7
        if kind == _BYTES:
            length, place = _varint(message, place)
            if length > len(message) - place:
                raise ValueError("a field ends beyond it")
            yield tag >> 3, message[place : place + length]
            place += length
        elif kind == _VARINT:
            _, place = _varint(message, place)
        elif kind in {_FIXED_32, _FIXED_64}:
            place += 4 if kind == _FIXED_32 else 8
        else:
            raise ValueError("a field has no known kind")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, and the place after it."""
    value = 0
    for i in range(_LONGEST_VARINT):
        byte = message[place + i]
        value |= (byte & 127) << 7 * i
        if byte < 128:  # noqa: PLR2004 - the highest bit says that there is more
            return value, place + i + 1
    raise ValueError("a number does not end")
