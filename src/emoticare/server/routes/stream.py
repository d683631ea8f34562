"""`WS /v1/stream`: one JSON message a text in, one out, in order; for chats."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pydantic
from fastapi import APIRouter, WebSocket
from pydantic_core import to_json
from starlette.websockets import WebSocketDisconnect

from emoticare.meaning.conversation.preceding_turns import PrecedingTurns, context_turns_for
from emoticare.meaning.conversation.turn_plan import TurnPlan
from emoticare.server import answers
from emoticare.server.contexts import in_contexts
from emoticare.server.errors import (
    ClientGoneError,
    InternalError,
    MalformedError,
    OverloadedError,
    ServingError,
    ValidationError,
)
from emoticare.server.keys.usage import current_usage
from emoticare.server.logs import log_failure
from emoticare.server.moderation import ServerPolicy
from emoticare.server.routes.conversations import track, turn_time
from emoticare.server.routes.groups import exclusivity_for
from emoticare.server.routes.thresholds import resolve
from emoticare.server.schemas import StreamRequest
from emoticare.server.service import Service, stopping
from emoticare.server.validation import check_items, refusal
from emoticare.stages.text import Readable

if TYPE_CHECKING:
    from emoticare.meaning.conversation import ConversationTracker

STREAM = "/v1/stream"

# Others who speak after so many are remembered in the place of whoever was silent longest.
_MOST_SPEAKERS = 1000
# A longer message is parsed by another thread, lest all others wait.
_CHARS_AT_ONCE = 32_768


def stream_router(service: Service) -> APIRouter:
    """Make the route."""
    router = APIRouter()
    policy = ServerPolicy(service)
    traffic = service.traffic

    @router.websocket(STREAM)
    async def stream(websocket: WebSocket) -> None:
        try:
            check_room()
        except ServingError as error:
            await websocket.send_denial_response(error.response())
            return
        traffic.n_streams += 1
        service.metrics.begin_stream()
        try:
            await websocket.accept()
            await _Stream(service, websocket, policy).run()
        except WebSocketDisconnect:
            pass
        finally:
            traffic.n_streams -= 1
            service.metrics.end_stream()

    def check_room() -> None:
        if traffic.is_draining:
            raise stopping()
        most = service.config.max_concurrent_requests
        if traffic.n_streams >= service.config.share(most):
            raise OverloadedError(f"Expected at most {most} open streams, found more. Try later.")

    return router


class _Stream:
    """One open connection."""

    def __init__(self, service: Service, websocket: WebSocket, policy: ServerPolicy) -> None:
        self._service = service
        self._websocket = websocket
        self._policy = policy
        self._tracker: ConversationTracker | None = None
        self._preceding = PrecedingTurns()

    async def run(self) -> None:
        """Answer each message, until the client goes."""
        message = await _receive(self._websocket)
        while True:
            # Reading ahead by one message is how a client's going is noticed amid the work.
            following = asyncio.ensure_future(_receive(self._websocket))
            try:
                answer = await self._answer(message, following)
                await self._websocket.send_text(to_json(answer).decode())
                message = await following
            finally:
                following.cancel()

    async def _answer(
        self, message: str | bytes, following: asyncio.Future[str | bytes]
    ) -> dict[str, Any]:
        try:
            if self._service.traffic.is_closing:
                raise stopping()
            await self._service.keys.refresh()  # the stream's key may have been taken back
            with self._service.admitted():
                return await self._emotions(await self._parsed(message), following)
        except ClientGoneError:
            raise WebSocketDisconnect from None
        except ServingError as error:
            return error.body()
        except Exception as error:  # noqa: BLE001 - a fault must not end the others' stream
            log_failure(error)
            return InternalError("The server failed. Its log says where.").body()

    async def _parsed(self, message: str | bytes) -> StreamRequest:
        max_texts = self._service.config.max_texts
        if len(message) <= _CHARS_AT_ONCE:
            return _parse(message, max_texts)
        return await asyncio.to_thread(_parse, message, max_texts)

    async def _emotions(
        self, request: StreamRequest, following: asyncio.Future[str | bytes]
    ) -> dict[str, Any]:
        scorer = self._service.scorer
        thresholds = resolve(request, scorer.artifact)
        exclusivity = exclusivity_for(request, scorer.artifact)
        is_turn = request.speaker is not None or request.time is not None
        text: Readable
        (text,) = in_contexts([request.text], [request.context], scorer.artifact.config)
        self._service.check_texts([text])
        time = turn_time(request.time)
        if is_turn:
            text = self._after_others(request)
        plan = TurnPlan([text], await self._policy.plan([request.text]) if is_turn else None)
        current_usage().count_inputs(len(plan.texts))
        client_gone = asyncio.get_running_loop().create_future()
        following.add_done_callback(lambda read: _tell_if_gone(read, client_gone))
        claim = self._service.claim(self._websocket, len(plan.texts))
        scores = await scorer.score(plan.texts, client_gone, claim, plan.n_first)
        own = scores.first()
        results = answers.emotions(own, scorer.labels, thresholds, request.top_k, exclusivity)
        result: dict[str, Any]
        (result,) = answers.with_warnings(results, own.warnings, request.abstain)
        if is_turn:
            self._tracker = self._tracker or track(self._service, self._policy, _MOST_SPEAKERS)
            (scored,) = plan.scored(scores.outputs)
            self._preceding.add(request.text)
            event = self._tracker.update(request.speaker or "", time, scored)
            result |= event.to_dict(request.top_k) | {"labels": result["labels"]}
        return result if request.id is None else {"id": request.id, **result}

    def _after_others(self, request: StreamRequest) -> Readable:
        """Return a turn with those before it on this stream.

        Raises:
            ValidationError: If it brings a context of its own.
        """
        if request.context is not None:
            raise ValidationError(
                "Expected a turn without a context, since it is read with the turns before it on "
                "this stream, found one. Leave out the context, or else speaker and time."
            )
        model = self._service.scorer.artifact.config
        n_turns = context_turns_for(model, request.context_turns)
        (reply,) = self._preceding.replies([request.text], n_turns)
        return reply


async def _receive(websocket: WebSocket) -> str | bytes:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    text: str | None = message.get("text")
    return message["bytes"] if text is None else text


def _parse(message: str | bytes, max_texts: int) -> StreamRequest:
    check_items(message.encode() if isinstance(message, str) else message, max_texts)
    try:
        return StreamRequest.model_validate(json.loads(message))
    except pydantic.ValidationError as error:
        raise refusal(error.errors(include_input=False, include_url=False)) from None
    except (ValueError, RecursionError):
        raise MalformedError("Expected a message of JSON, found something else.") from None


def _tell_if_gone(read: asyncio.Future[str | bytes], client_gone: asyncio.Future[None]) -> None:
    has_gone = not read.cancelled() and read.exception() is not None
    if has_gone and not client_gone.done():
        client_gone.set_result(None)
