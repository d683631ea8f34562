"""`POST /v1alpha1/comments:analyze`: Perspective's shape, answered from the policy's categories."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request, Response

from emoticare.meaning.moderation.standards import PERSPECTIVE_ATTRIBUTES
from emoticare.meaning.scored_texts import Span
from emoticare.server import answers
from emoticare.server.errors import ValidationError
from emoticare.server.moderation import ServerPolicy
from emoticare.server.perspective_schemas import (
    COMMENT_EXAMPLES,
    AttributeParameters,
    CommentRequest,
    CommentResponse,
)
from emoticare.server.routes.declared import PERSPECTIVE_ERRORS
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores
from emoticare.stages.checks import TextWarning

ANALYZE: Final = "/v1alpha1/comments:analyze"
_DECIMALS: Final = 6
_ENGLISH: Final = re.compile(r"en(-[a-z0-9]{1,8}){0,4}", re.ASCII | re.IGNORECASE)
_UNDETERMINED: Final = "und"
# The characters that UTF-16 writes as two code units.
_LAST_OF_ONE_UNIT: Final = "\uffff"


def perspective_router(service: Service) -> APIRouter:
    """Make the route.

    Raises:
        PolicyError: If the server's policy does not fit the model.
    """
    router = APIRouter(tags=["drop-in"])
    policy = ServerPolicy(service)
    deciders = policy.reader.policy.deciders("perspective")

    @router.post(
        ANALYZE,
        summary="What the policy says about a text, in the shape of Perspective",
        response_model=CommentResponse,
        responses=PERSPECTIVE_ERRORS,
    )
    async def analyze_comment(
        request: Request,
        body: Annotated[CommentRequest, Body(openapi_examples=COMMENT_EXAMPLES)],
    ) -> Response:
        text = body.comment.text
        _check_text(text, service.config.max_chars)
        asked = _decided(body, deciders)
        _check_languages(body.languages, asked)
        service.check_texts([text])
        plan = await policy.plan([text], spans=bool(body.span_annotations))
        scores = await service.score_sentences(request, plan.texts)
        detected = _language(service, scores)
        if not body.languages and detected == _UNDETERMINED:
            raise _wrong_language(next(iter(asked), ""), detected)

        def write(scores: Scores) -> object:
            (scored,) = plan.scored(scores.outputs)
            summary = policy.reader.read(scored).category_scores
            parts = policy.reader.category_scores(scored.sentences) if scored.spans else None
            spans = _in_utf16(text, scored.spans or [(0, len(text))])
            found: dict[str, Any] = {}
            for attribute, parameters in asked.items():
                category = deciders[attribute]
                score = summary[category]
                values = [score] if parts is None else parts[:, policy.columns[category]].tolist()
                one = _attribute(score, spans, values, parameters)
                found |= {attribute: one} if one else {}
            token = {} if body.client_token is None else {"clientToken": body.client_token}
            return {
                "attributeScores": found,
                "languages": body.languages or [detected],
                "detectedLanguages": [detected],
                **token,
                "policy": policy.name,
                "decidedBy": {attribute: deciders[attribute] for attribute in asked},
            }

        return await answers.json_response(scores, write)

    return router


def _check_text(text: str, max_chars: int) -> None:
    if not text.strip():
        raise _refused("Comment must be non-empty.", "COMMENT_EMPTY", "comment.text")
    if len(text) > max_chars:
        raise _refused(
            f"Comment text too long. Expected at most {max_chars} characters, found {len(text)}.",
            "COMMENT_TOO_LONG",
            "comment.text",
        )


def _decided(
    body: CommentRequest, deciders: Mapping[str, str]
) -> Mapping[str, AttributeParameters]:
    """Return what is asked and decided.

    Raises:
        ValidationError: If something is asked that no category stands for.
    """
    if not body.requested_attributes:
        raise _refused(
            "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES", "requestedAttributes"
        )
    asked = dict(body.requested_attributes)
    for attribute in body.requested_attributes:
        if attribute in deciders:
            continue
        is_known = attribute in PERSPECTIVE_ATTRIBUTES
        if is_known and body.drop_unsupported_attributes:
            del asked[attribute]
            continue
        # Any other name is not repeated: a client may have put anything there.
        name = attribute if is_known else "one that Perspective did not have either"
        raise _refused(
            f"Unknown requested attribute: {name}. This server's policy decides "
            f"{', '.join(deciders) or 'none'}; see stands_for in docs/moderation.md.",
            "INVALID_REQUEST",
            "requestedAttributes",
        )
    return asked


def _check_languages(languages: Sequence[str] | None, asked: Mapping[str, object]) -> None:
    if not all(map(_ENGLISH.fullmatch, languages or ())):
        raise _wrong_language(next(iter(asked), ""), None)


def _language(service: Service, scores: Scores) -> str:
    (warnings,) = service.scorer.warnings(scores.tokenized[:1])
    return _UNDETERMINED if TextWarning.NOT_ENGLISH in warnings else "en"


def _wrong_language(attribute: str, detected: str | None) -> ValidationError:
    found = "other than en" if detected is None else detected
    error = {
        "languageNotSupportedByAttributeError": {
            "detectedLanguages": [detected] if detected else [],
            "attribute": attribute,
        }
    }
    return _refused(
        f"Attribute {attribute} does not support request languages: {found}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        "languages",
        **error,
    )


def _refused(message: str, error_type: str, place: str, **details: object) -> ValidationError:
    return ValidationError(message, place, {"errorType": error_type, **details})


def _attribute(
    summary: float,
    spans: Sequence[Span],
    values: Sequence[float],
    parameters: AttributeParameters,
) -> dict[str, Any] | None:
    """Return the scores of an attribute that reach the threshold; None if the whole does not."""
    least = parameters.score_threshold or 0.0
    if summary < least:
        return None
    return {
        "summaryScore": _score(summary),
        "spanScores": [
            {"begin": begin, "end": end, "score": _score(value)}
            for (begin, end), value in zip(spans, values, strict=True)
            if value >= least
        ],
    }


def _score(value: float) -> dict[str, Any]:
    return {"value": round(value, _DECIMALS), "type": "PROBABILITY"}


def _in_utf16(text: str, spans: Sequence[Span]) -> Sequence[Span]:
    """Return spans of code points, in order, as spans of UTF-16's code units."""
    if text.isascii():
        return spans
    found, last, n_pairs = [], 0, 0
    for start, end in spans:
        n_pairs += _n_pairs(text[last:start])
        begin = start + n_pairs
        n_pairs += _n_pairs(text[start:end])
        found.append((begin, end + n_pairs))
        last = end
    return found


def _n_pairs(part: str) -> int:
    return sum(character > _LAST_OF_ONE_UNIT for character in part)
