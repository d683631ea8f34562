"""A graph cut down to one of its outputs."""

from emoticare.errors import MissingExtraError

_INPUTS = ("input_ids", "attention_mask")
_LOGITS = "logits"


def only_output(graph: bytes, name: str) -> bytes:
    """Return a graph that computes one output, which is named `logits`.

    Args:
        graph: A serialized graph of ours.
        name: The output to keep. A graph without others is returned as it is.

    Raises:
        MissingExtraError: If the packages for exporting are not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("Cutting a graph down", "export") from error
    model = onnx.load_model_from_string(graph)
    if [output.name for output in model.graph.output] == [name]:
        return graph
    cut = onnx.utils.Extractor(model).extract_model(list(_INPUTS), [name])
    cut.graph.name = model.graph.name
    cut.producer_name, cut.producer_version = model.producer_name, model.producer_version
    cut.graph.output[0].name = _LOGITS
    for node in cut.graph.node:
        node.output[:] = [_LOGITS if output == name else output for output in node.output]
    serialized: bytes = cut.SerializeToString()
    return serialized
