import pytest

from emoticare.server.error_shapes import Problem, as_openai, as_perspective, plain, shape_for
from emoticare.server.errors import CLIENT_GONE, ERROR_TYPES


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/moderations", as_openai),
        ("/v1/models", as_openai),
        ("/v1/models/other", as_openai),
        ("/v1/modelsx", plain),
        ("/v1alpha1/comments:analyze", as_perspective),
        ("/v1/emotions", plain),
    ],
)
def test_a_path_has_the_shape_that_its_clients_know(path, shape):
    assert shape_for(path) is shape


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", "malformed"),
        (401, "invalid_request_error", "invalid_api_key"),
        (422, "invalid_request_error", "validation"),
        (424, "server_error", "backend"),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (503, "server_error", "unavailable"),
    ],
)
def test_openai(status, kind, code):
    answered, body = as_openai(Problem("why", status, ERROR_TYPES[status], "input"))
    assert answered == (400 if status == 422 else status)
    assert body == {"error": {"message": "why", "type": kind, "param": "input", "code": code}}


@pytest.mark.parametrize("status", set(ERROR_TYPES) - {CLIENT_GONE})
def test_perspective_says_the_status_twice_and_in_words(status):
    answered, body = as_perspective(Problem("why", status, ERROR_TYPES[status]))
    error = body["error"]
    assert error["code"] == answered == (400 if status == 422 else status)
    assert error["message"] == "why"
    assert error["status"].isupper()
    assert ("details" in error) == (answered == 400)
