"""The HTTP server of `emoticare serve` as a deployment of Ray Serve.

pip install 'emoticare[serve]' 'ray[serve]'
serve run examples.ray_serve:app
curl -s localhost:8000/v1/emotions -H 'Content-Type: application/json' -d '{"text": "Thanks!"}'
"""

from ray import serve
from starlette.types import ASGIApp

import emoticare


def emotions_app() -> ASGIApp:
    """Make the application in each replica, which so loads the model once."""
    from emoticare.server.app import make_app, make_service
    from emoticare.server.config import ServerConfig
    from emoticare.server.telemetry import make_tracing

    service = make_service(ServerConfig(), emoticare.load)
    return make_app(service, make_tracing(None))


@serve.deployment(num_replicas=2, ray_actor_options={"num_cpus": 1})
@serve.ingress(emotions_app)
class Emotions:
    """A replica."""


app = Emotions.bind()  # type: ignore[attr-defined] # the class is a deployment by now
