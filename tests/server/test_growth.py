"""Twice the hostile input is at most two and a half times the work, on every route with a body.

The work is the time of this thread in what a route does with a body before the model runs. Two
doublings are measured as one step, which a busy machine disturbs less; the time is the least of
several runs, and what takes next to nothing may vary as it likes.
"""

import asyncio
import contextlib
import gc
import json
import math
import re
import time
from typing import Any

import pytest
from pydantic import TypeAdapter

from emoticare.errors import EmoticareError
from emoticare.meaning.conversation.exports import parse_chat
from emoticare.meaning.conversation.preceding_turns import PrecedingTurns
from emoticare.meaning.explanation import Occlusion
from emoticare.meaning.scored_texts import ScoringPlan
from emoticare.server.app import make_app, make_service
from emoticare.server.config import ServerConfig
from emoticare.server.contexts import in_contexts
from emoticare.server.conversation_schemas import ConversationRequest
from emoticare.server.direct import _parsed
from emoticare.server.extras_schemas import ClassifyRequest
from emoticare.server.guardrail_schemas import GuardrailRequest
from emoticare.server.moderation_schemas import ModerationRequest
from emoticare.server.perspective_schemas import CommentRequest
from emoticare.server.routes.stream import _parse
from emoticare.server.schemas import (
    EmotionsRequest,
    ExplanationRequest,
    HuggingFaceRequest,
    TeiRequest,
)
from emoticare.server.spans import plan
from emoticare.server.telemetry import NoTracing

# A body's size, and that of the one to compare it with, which is four times as large.
CHARS = 12_500
CHAT_CHARS = 30_000
ITEM_BYTES = 100_000
QUERY_BYTES = 1_000_000
TIMES = 4
MOST_WORK = 2.5**2
NEXT_TO_NOTHING_S = 0.05
RUNS = 8
MOST_SENTENCES = 4096

# What is repeated, of which a reader of sentences, of words or of tokens might read too much.
TEXTS = {
    "quotes": "“", "guillemets": "«", "apostrophes": "'", "backticks": "`", "sentences": "a. ",
    "quoted sentences": "“a. ", "brackets": "(a. ", "lines": "-\n", "lists": "1. a\n",
    "wrapped lines": "x" * 60 + "\n", "one word": "a", "spaces": " ", "marks": "e\u0301",
    "hyphens": "a-", "emoji": "😀", "halves of emoji": "\ud800", "CJK": "我。", "stops": ".",
}  # fmt: skip
# What comes before, what is repeated, and how it is read.
CHATS = {
    "references": ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "&#9"),
    "voices": ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "<v "),
    "classes of voices": ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "<v.a"),
    "tags": ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "</"),
    "dashes": ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "\t"),
    "arrows": ("vtt", "WEBVTT\n\n", "-->\n"),
    "notes": ("vtt", "WEBVTT\n\n", "NOTE\n\n"),
    "braces": ("srt", "1\n00:00:01,000 --> 00:00:02,000\n", "{\\"),
    "capitals": ("srt", "1\n00:00:01,000 --> 00:00:02,000\n", "A "),
    "cues": ("srt", "", "1\n00:00:01,000 --> 00:00:02,000\na\n\n"),
    "digits": (None, "", "9"),
    "empty lines": (None, "", "\n"),
    "colons": ("plain", "", "A:"),
    "turns": ("plain", "", "A: a\n"),
    "messages": ("whatsapp", "", "31/12/2023, 21:05 - A: a\n"),
    "invisible marks": ("whatsapp", "", "\u200e"),
    "edits": ("whatsapp", "31/12/2023, 21:05 - A: ", " <This message was edited>"),
    "JSON lines": ("jsonl", "", '{"text": "a"}\n'),
    "nested JSON": ("slack", "", "["),
}
QUERIES = {
    "pairs": "a=b&", "names": "a&", "separators": "&", "escapes": "%41", "pluses": "+",
    "escaped pairs": "%41=%42&", "one value": "a",
}  # fmt: skip
ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "/v1/emotions": TypeAdapter(EmotionsRequest),
    "/v1/explanations": TypeAdapter(ExplanationRequest),
    "/v1/moderations": TypeAdapter(ModerationRequest),
    "/v1/conversations": TypeAdapter(ConversationRequest),
    "/": TypeAdapter(HuggingFaceRequest),
    "/predict": TypeAdapter(TeiRequest),
    "/v1alpha1/comments:analyze": TypeAdapter(CommentRequest),
    "/beta/litellm_basic_guardrail_api": TypeAdapter(GuardrailRequest),
    "/api/classify": TypeAdapter(ClassifyRequest),
}
# The start of a body, what is repeated in it, and its end.
ITEMS = {
    ("/v1/emotions", "objects"): ('{"texts": [', "{}", "]}"),
    ("/v1/emotions", "numbers"): ('{"texts": [', "0", "]}"),
    ("/v1/emotions", "contexts"): ('{"texts": ["a"], "contexts": [', "{}", "]}"),
    ("/v1/emotions", "thresholds"): ('{"text": "a", "thresholds": {', '"a": 2', "}}"),
    ("/v1/explanations", "labels"): ('{"text": "a", "labels": [', '"a"', "]}"),
    ("/v1/moderations", "parts"): ('{"input": [', '{"type": "a"}', "]}"),
    ("/v1/conversations", "turns"): ('{"turns": [', '{"text": 1}', "]}"),
    ("/v1/conversations", "keys"): ('{"chat": "a", ', '"a": 1', "}"),
    ("/", "lists"): ('{"inputs": [', "[0]", "]}"),
    ("/predict", "lists"): ('{"inputs": [', "[[]]", "]}"),
    ("/predict", "lists in lists"): ('{"inputs": ', "[", "]}"),
    ("/v1alpha1/comments:analyze", "attributes"): (
        '{"comment": {"text": "a"}, "requestedAttributes": {',
        '"a": 1',
        "}}",
    ),
    ("/v1alpha1/comments:analyze", "languages"): ('{"languages": [', "0", "]}"),
    ("/beta/litellm_basic_guardrail_api", "texts"): ('{"texts": [', "{}", "]}"),
    ("/api/classify", "keys"): ('{"text": "a", ', '"a": 1', "}"),
}


def seconds(work, content) -> float:
    gc.disable()  # what it takes depends on all that other tests have left
    start_s = time.thread_time()
    try:
        with contextlib.suppress(EmoticareError):
            work(content)
        return time.thread_time() - start_s
    finally:
        gc.enable()


def grows_evenly(work, small, large) -> bool:
    of_small, of_large = math.inf, math.inf
    for _ in range(RUNS):
        of_large = min(of_large, seconds(work, large))
        if of_large <= NEXT_TO_NOTHING_S:
            return True
        of_small = min(of_small, seconds(work, small))
        if of_large <= MOST_WORK * of_small:
            return True
    return False


def body(path: str, key: str, content: str) -> Any:
    return _parsed(json.dumps({key: content}).encode(), ADAPTERS[path], 1000)


@pytest.mark.parametrize("name", TEXTS)
def test_texts(tiny, tiny_with_context, name):
    def emotions(text):
        plan([body("/v1/emotions", "text", text).text], tiny.tokenize, MOST_SENTENCES)

    def explanations(text):
        Occlusion.of(
            tiny.tokenize, tiny.tokenizer.offsets, body("/v1/explanations", "text", text).text
        )

    def moderations(text):
        ScoringPlan(body("/v1/moderations", "input", text).texts(), tiny.tokenize, MOST_SENTENCES)

    def drop_ins(text):
        tiny.tokenize([body("/", "inputs", text).inputs])
        tiny.tokenize(body("/predict", "inputs", text).texts())

    def stream(text):
        tiny.tokenize([_parse(json.dumps({"text": text}), 1000).text])

    def contexts(text):
        asked = body("/v1/emotions", "text", text)
        tiny.tokenize(in_contexts(["a"], [asked.text], tiny_with_context.artifact.config))

    def turns(text):
        tiny.tokenize(PrecedingTurns().replies([text, text, "a"], 2))

    unit = TEXTS[name]
    small, large = (unit * (n_chars // len(unit)) for n_chars in (CHARS, TIMES * CHARS))
    for work in (emotions, explanations, moderations, drop_ins, stream, contexts, turns):
        assert grows_evenly(work, small, large), work.__name__


@pytest.mark.parametrize("name", CHATS)
def test_chats(name):
    chat_format, start, unit = CHATS[name]

    def conversations(content):
        parse_chat(body("/v1/conversations", "chat", content).chat, chat_format)

    small, large = (start + unit * (n // len(unit)) for n in (CHAT_CHARS, TIMES * CHAT_CHARS))
    assert grows_evenly(conversations, small, large)


@pytest.mark.parametrize(("path", "name"), ITEMS)
def test_items(path, name):
    start, unit, end = ITEMS[path, name]

    def parse(content):
        _parsed(content, ADAPTERS[path], 1000)

    small, large = (
        f"{start}{','.join([unit] * (n // (1 + len(unit))))}{end}".encode()
        for n in (ITEM_BYTES, TIMES * ITEM_BYTES)
    )
    assert grows_evenly(parse, small, large)


@pytest.fixture(scope="module")
def apps(tiny):
    """Return applications by a path that reads queries: FastAPI does so, and who looks for keys."""
    keys = {"/info": (), "/v1alpha1/comments:analyze": ("right",)}
    configs = {path: ServerConfig(api_keys=own) for path, own in keys.items()}
    return {
        path: make_app(make_service(config, lambda: tiny), NoTracing())
        for path, config in configs.items()
    }


@pytest.mark.parametrize("path", ["/info", "/v1alpha1/comments:analyze"])
@pytest.mark.parametrize("name", QUERIES)
def test_queries_are_refused_before_they_are_parsed(apps, path, name):
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        statuses.append(message.get("status"))

    def ask(query):
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
            "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
            "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": None,
        }  # fmt: skip
        asyncio.run(apps[path](scope, receive, send))

    unit = QUERIES[name]
    query = unit * (QUERY_BYTES // len(unit))
    assert min(seconds(ask, query) for _ in range(RUNS)) <= NEXT_TO_NOTHING_S
    assert statuses[0] == 414


def test_every_route_with_a_body_is_tried(server):
    paths = server.get("/openapi.json").json["paths"]
    with_body = {path for path, operations in paths.items() if "post" in operations}
    assert with_body - {"/models/emoticare"} == set(ADAPTERS)  # which is /
    assert 5 * len(TEXTS) + len(CHATS) + len(ITEMS) >= 40


@pytest.mark.parametrize("n_items", [1000, 7000])
def test_as_many_items_as_a_request_needs(n_items):
    turns = [{"text": 'a, "b" [', "speaker": "c", "time": 1.5}] * (n_items // 7)
    parsed = _parsed(json.dumps({"turns": turns}).encode(), ADAPTERS["/v1/conversations"], 1000)
    assert len(parsed.turns) == len(turns)


def test_a_text_is_no_list_however_many_commas_it_has():
    text = r'[{,"\,' * 20_000
    assert body("/v1/emotions", "text", text).text == text


def test_quadratic_work_would_be_noticed():
    def work(content):
        re.search("y+z", content)

    assert not grows_evenly(work, "y" * 2500, "y" * 10_000)
