"""`POST /v1/conversations`: turns, or a whole export, and how the speakers feel."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from emoticare.errors import DataError, InputError
from emoticare.meaning.conversation import ConversationTracker, ParsedChat, Turn, parse_chat
from emoticare.meaning.conversation.preceding_turns import PrecedingTurns, context_turns_for
from emoticare.meaning.conversation.turn_plan import TurnPlan
from emoticare.meaning.conversation.turns import Time, time_from_json
from emoticare.server import answers
from emoticare.server.conversation_schemas import (
    CONVERSATIONS_EXAMPLES,
    ChatRequest,
    ConversationRequest,
    ConversationResponse,
    ConversationTurn,
)
from emoticare.server.errors import ValidationError
from emoticare.server.moderation import ServerPolicy
from emoticare.server.routes.declared import SCORING_ERRORS
from emoticare.server.service import Service
from emoticare.server.text_queue import Scores
from emoticare.stages.decision import resolve_threshold
from emoticare.stages.text import clean_text


def conversations_router(service: Service) -> APIRouter:
    """Make the route."""
    router = APIRouter(tags=["conversations"])
    policy = ServerPolicy(service)
    model = service.scorer.artifact.digest

    @router.post(
        "/v1/conversations",
        summary="The emotions of a conversation, turn by turn and speaker by speaker",
        response_model=ConversationResponse,
        responses=SCORING_ERRORS,
    )
    async def read_conversation(
        request: Request,
        body: Annotated[ConversationRequest, Body(openapi_examples=CONVERSATIONS_EXAMPLES)],
    ) -> Response:
        if isinstance(body, ChatRequest):
            chat, texts = await asyncio.to_thread(_parsed, body)
        else:
            chat = ParsedChat("", turns=[_turn(turn) for turn in body.turns])
            texts = [clean_text(turn.text) for turn in chat.turns]
        service.check_texts(texts)
        n_context = context_turns_for(service.scorer.artifact.config, body.context_turns)
        replies = PrecedingTurns().replies(texts, n_context)
        plan = TurnPlan(replies, await policy.plan(texts) if body.moderate else None)

        def write(scores: Scores) -> object:
            tracker = track(service, policy if body.moderate else None, max(1, len(texts)))
            scored = plan.scored(scores.outputs)
            turns = [
                {
                    "text": turn.text,
                    **tracker.update(turn.speaker, turn.time, one).to_dict(body.top_k),
                }
                for turn, one in zip(chat.turns, scored, strict=True)
            ]
            return {"turns": turns, **_rest(tracker, chat), "model": model}

        return await answers.json_response(
            await service.score_sentences(request, plan.texts, n_counted=plan.n_first), write
        )

    return router


def track(service: Service, policy: ServerPolicy | None, max_speakers: int) -> ConversationTracker:
    """Begin a conversation.

    Args:
        service: The parts of the server.
        policy: Moderates the turns; None for no moderation.
        max_speakers: Most speakers that are remembered.
    """
    artifact = service.scorer.artifact
    thresholds = resolve_threshold(None, artifact.config.labels, artifact.config.thresholds)
    return ConversationTracker(
        artifact.config.labels,
        thresholds,
        reader=policy.reader if policy else None,
        max_speakers=max_speakers,
    )


def turn_time(value: str | float | None) -> Time:
    """Read the time of a turn.

    Raises:
        ValidationError: If it is none.
    """
    try:
        return time_from_json(value)
    except InputError as error:
        raise ValidationError(str(error)) from None


def _turn(turn: ConversationTurn) -> Turn:
    return Turn(turn.text, turn.speaker, turn_time(turn.time))


def _parsed(body: ChatRequest) -> tuple[ParsedChat, list[str]]:
    """Return a chat, and the clean texts of its turns."""
    try:
        chat = parse_chat(body.chat, body.format)
    except DataError as error:
        # The body is as it should be; what is in it is told like any other part that is not.
        chat = ParsedChat("")
        chat.add_problem("the chat", str(error))
    return chat, [clean_text(turn.text) for turn in chat.turns]


def _rest(tracker: ConversationTracker, chat: ParsedChat) -> dict[str, Any]:
    return {
        "speakers": [summary.to_dict() for summary in tracker.summaries()],
        "format": chat.format or None,
        "n_skipped": chat.n_skipped,
        "n_problems": chat.n_problems,
        "problems": _problems(chat),
    }


def _problems(chat: ParsedChat) -> Sequence[dict[str, str]]:
    return [{"place": problem.place, "reason": problem.reason} for problem in chat.problems]
