"""What HTTP asks of any server: HEAD, compression, caches, and a proxy's prefix."""

import gzip
import json
from email.utils import formatdate, parsedate_to_datetime

import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from emoticare.server.routes.page import page_paths

from .conftest import running
from .visits import PROUD, Visit

GZIP = {"Accept_Encoding": "deflate, gzip"}
PATHS = ("/", "/docs", "/page/app.js", "/openapi.json", "/livez", "/health", "/info", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_its_body(server, path):
    head, get = server.request("HEAD", path), server.get(path)
    assert head.content == b""
    assert head.status == get.status
    varying = {"date", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }
    assert int(head.headers["content-length"]) == len(get.content)


def test_head_of_what_takes_post_only(server):
    answer = server.request("HEAD", "/v1/emotions")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert server.request("DELETE", "/").headers["allow"] == "GET, HEAD, POST"
    assert 'http_request_method="HEAD"' in server.get("/metrics").content.decode()


@pytest.mark.parametrize("n_texts", [20, 1000])
def test_long_answers_are_compressed_for_those_who_ask(server, n_texts):
    plain = server.post("/v1/emotions", {"texts": ["so happy"] * n_texts})
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]
    packed = server.post("/v1/emotions", {"texts": ["so happy"] * n_texts}, **GZIP)
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 4
    assert json.loads(gzip.decompress(packed.content)) == plain.json


def test_short_answers_are_not(server):
    answer = server.post("/v1/emotions", {"text": "so happy"}, **GZIP)
    assert "content-encoding" not in answer.headers
    assert answer.json["results"]


@pytest.mark.parametrize("path", page_paths())
def test_a_file_of_the_page_is_loaded_once(server, path):
    first = server.get(path, **GZIP)
    assert first.headers["cache-control"] == "no-cache"
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    assert parsedate_to_datetime(modified).timestamp() > 0
    for condition in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"other", {tag.removeprefix("W/")}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": modified},
    ):
        again = server.get(path, **condition)
        assert (again.status, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "no-cache"
        assert "content-security-policy" in again.headers
    for condition in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": modified},
        {"If_Modified_Since": formatdate(0, usegmt=True)},
        {"If_Modified_Since": "yesterday"},
        {"If_Modified_Since": formatdate(4e9)},  # of no known zone
    ):
        assert server.get(path, **condition).status == 200


def test_answers_about_people_stay_in_no_cache(server):
    assert server.post("/v1/emotions", {"text": "no"}).headers["cache-control"] == "no-store"
    assert "etag" not in server.get("/info").headers


@pytest.fixture(scope="module")
def behind_proxy(embedded):
    with running(lambda: embedded, root_path="/text/emotions") as server:
        yield server


def test_a_prefix_may_be_stripped_by_the_proxy_or_not(behind_proxy):
    for prefix in ("", "/text/emotions"):
        assert behind_proxy.post(f"{prefix}/v1/emotions", {"text": "no"}).status == 200
        assert behind_proxy.get(f"{prefix}/info").status == 200
        assert behind_proxy.get(f"{prefix}/").headers["content-type"].startswith("text/html")
        document = behind_proxy.get(f"{prefix}/openapi.json").json
        assert document["servers"] == [{"url": "/text/emotions"}]
        url = f"ws://{behind_proxy.host}:{behind_proxy.port}{prefix}/v1/stream"
        with connect(url) as stream:
            stream.send('{"text": "no"}')
            assert "scores" in stream.recv(timeout=60)
    assert behind_proxy.get("/text/emotionsinfo").status == 404
    folder = behind_proxy.get("/text/emotions")
    assert (folder.status, folder.headers["location"]) == (307, "/text/emotions/")


def test_a_prefix_that_is_a_route_of_ours(tiny):
    with running(lambda: tiny, root_path="/v1") as server:
        for path in ("/v1/v1/emotions", "/v1/emotions"):
            assert server.post(path, {"text": "no"}).status == 200
        assert server.get("/v1/info").status == 200


def test_the_pages_work_under_a_prefix(browser, behind_proxy):
    visit = Visit(browser, f"{behind_proxy.url}/text/emotions/")
    page = visit.page
    page.get_by_role("textbox", name="Your text").fill(PROUD)
    expect(page.locator("#verdict")).to_contain_text("pride")
    page.get_by_role("link", name="API").click()
    expect(page.get_by_role("heading", name="POST /v1/emotions")).to_be_visible()
    address = f"{behind_proxy.url}/text/emotions/v1/emotions"
    expect(page.locator("#groups")).to_contain_text(f"curl {address}")
    page.get_by_role("link", name="Page").click()
    expect(page).to_have_url(f"{behind_proxy.url}/text/emotions/")
    visit.close()
