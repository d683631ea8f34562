"""`emoticare serve`: emotions over HTTP, and a page for people."""

from pathlib import Path
from typing import Annotated, Any

import typer

from emoticare.errors import MissingExtraError
from emoticare.server.config import ServerConfig, host_names

_LIMITS = "Limits"
_BATCHES = "Batches"


def _variable(name: str) -> str:
    return f"EMOTICARE_{name.upper()}"


def _option(name: str, text: str, panel: str | None = None, **more: Any) -> Any:
    flag = "--" + name.replace("_", "-")
    return typer.Option(flag, envvar=_variable(name), help=text, rich_help_panel=panel, **more)


def serve(
    host: Annotated[str, _option("host", "Address to listen on.")] = ServerConfig.host,
    port: Annotated[
        int, _option("port", "Port to listen on; 0 takes a free one.")
    ] = ServerConfig.port,
    root_path: Annotated[
        str,
        _option("root_path", "Path under which a proxy shows the server.", metavar="/PATH"),
    ] = ServerConfig.root_path,
    model: Annotated[
        Path | None,
        _option("model", "Folder of a model; the embedded one by default.", metavar="DIR"),
    ] = None,
    device: Annotated[
        str,
        _option(
            "device",
            "The processor, a GPU (cuda:1 for the second), or a GPU if there is one.",
            metavar="cpu|cuda|auto",
        ),
    ] = "cpu",
    domain: Annotated[
        str | None,
        _option(
            "domain",
            "The kind of text that thresholds and calibration are for.",
            metavar="everyday|reddit",
        ),
    ] = None,
    overlay: Annotated[
        Path | None,
        _option("overlay", "Your own thresholds, from emoticare tune.", metavar="FILE"),
    ] = None,
    api_keys_file: Annotated[
        Path | None,
        _option("api_keys_file", "Keys that clients may send, one a line.", metavar="FILE"),
    ] = None,
    named_keys: Annotated[
        Path | None,
        _option("named_keys", "Keys with names and limits; see serve-key.", metavar="FILE"),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        _option("cors_origin", "Origin whose pages may call the server; repeatable."),
    ] = None,
    allowed_hosts: Annotated[
        list[str] | None,
        _option(
            "allowed_hosts",
            "Names by which clients may address the server, separated by commas; * for any.",
            metavar="NAMES",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        _option("policy", "Moderation policy; the package's by default.", metavar="FILE"),
    ] = None,
    otlp_endpoint: Annotated[
        str | None,
        _option("otlp_endpoint", "Where traces go, such as http://host:4318/v1/traces."),
    ] = None,
    dashboard: Annotated[
        Path | None,
        _option(
            "dashboard",
            "SQLite file for counts of what is scored, never texts, and a page at /dashboard.",
            metavar="FILE",
        ),
    ] = None,
    max_connections: Annotated[
        int, _option("max_connections", "Open connections.", _LIMITS)
    ] = ServerConfig.max_connections,
    max_connections_per_client: Annotated[
        int, _option("max_connections_per_client", "Open connections of one address.", _LIMITS)
    ] = ServerConfig.max_connections_per_client,
    idle_timeout_s: Annotated[
        float, _option("idle_timeout_s", "Longest time between two requests.", _LIMITS)
    ] = ServerConfig.idle_timeout_s,
    max_headers: Annotated[
        int, _option("max_headers", "Headers a request.", _LIMITS)
    ] = ServerConfig.max_headers,
    max_header_bytes: Annotated[
        int, _option("max_header_bytes", "Bytes of a request's headers.", _LIMITS)
    ] = ServerConfig.max_header_bytes,
    header_timeout_s: Annotated[
        float, _option("header_timeout_s", "Longest time for headers to arrive.", _LIMITS)
    ] = ServerConfig.header_timeout_s,
    max_concurrent_requests: Annotated[
        int, _option("max_concurrent_requests", "Requests at a time.", _LIMITS)
    ] = ServerConfig.max_concurrent_requests,
    max_texts: Annotated[
        int, _option("max_texts", "Texts a request.", _LIMITS)
    ] = ServerConfig.max_texts,
    max_chars: Annotated[
        int, _option("max_chars", "Characters a text.", _LIMITS)
    ] = ServerConfig.max_chars,
    max_body_bytes: Annotated[
        int, _option("max_body_bytes", "Bytes a request.", _LIMITS)
    ] = ServerConfig.max_body_bytes,
    max_queue_texts: Annotated[
        int, _option("max_queue_texts", "Texts that wait for the model.", _LIMITS)
    ] = ServerConfig.max_queue_texts,
    queue_timeout_s: Annotated[
        float, _option("queue_timeout_s", "Longest wait for a first batch.", _LIMITS)
    ] = ServerConfig.queue_timeout_s,
    body_timeout_s: Annotated[
        float, _option("body_timeout_s", "Longest time for a body to arrive.", _LIMITS)
    ] = ServerConfig.body_timeout_s,
    drain_delay_s: Annotated[
        float,
        _option("drain_delay_s", "Time between no longer ready and closing, to stop.", _LIMITS),
    ] = ServerConfig.drain_delay_s,
    drain_timeout_s: Annotated[
        float, _option("drain_timeout_s", "Longest time to finish once closing.", _LIMITS)
    ] = ServerConfig.drain_timeout_s,
    batch_tokens: Annotated[
        int, _option("batch_tokens", "Tokens a batch.", _BATCHES)
    ] = ServerConfig.batch_tokens,
    batch_wait_ms: Annotated[
        float, _option("batch_wait_ms", "Longest wait to share a batch.", _BATCHES)
    ] = ServerConfig.batch_wait_ms,
    workers: Annotated[
        int, _option("workers", "Batches at a time.", _BATCHES)
    ] = ServerConfig.workers,
    processes: Annotated[
        int, _option("processes", "Processes that serve, each with a model of its own.", _BATCHES)
    ] = ServerConfig.processes,
) -> None:
    """Serve emotions over HTTP, and a page for people at /.

    SIGTERM and Ctrl-C stop it once all is answered; SIGHUP reads keys, policy and overlay again.

    Every option can be given by the variable behind it. API keys may also lie in
    EMOTICARE_API_KEYS, separated by commas.

    [bold]Examples[/bold]

      emoticare serve

      emoticare serve --host 0.0.0.0 --port 80 --api-keys-file keys.txt

      EMOTICARE_MAX_TEXTS=64 EMOTICARE_MAX_BODY_BYTES=100000 emoticare serve

      curl localhost:8000/v1/emotions --json '{"text": "Thanks a lot!"}'
    """
    from emoticare.classifier import EmotionClassifier
    from emoticare.model.artifact import load_artifact
    from emoticare.server.settings import SettingsReader

    try:
        from emoticare.server.server import serve as run
    except ImportError as error:
        raise MissingExtraError("Serving", "serve") from error
    read = SettingsReader(
        ServerConfig(
            host=host,
            port=port,
            root_path=root_path,
            named_keys=named_keys,
            cors_origins=tuple(cors_origin or ()),
            allowed_hosts=host_names(allowed_hosts or ()),
            max_connections=max_connections,
            max_connections_per_client=max_connections_per_client,
            idle_timeout_s=idle_timeout_s,
            max_headers=max_headers,
            max_header_bytes=max_header_bytes,
            header_timeout_s=header_timeout_s,
            max_concurrent_requests=max_concurrent_requests,
            max_texts=max_texts,
            max_chars=max_chars,
            max_body_bytes=max_body_bytes,
            max_queue_texts=max_queue_texts,
            queue_timeout_s=queue_timeout_s,
            body_timeout_s=body_timeout_s,
            drain_delay_s=drain_delay_s,
            drain_timeout_s=drain_timeout_s,
            batch_tokens=batch_tokens,
            batch_wait_ms=batch_wait_ms,
            workers=workers,
            processes=processes,
            dashboard=dashboard,
            otlp_endpoint=otlp_endpoint,
        ),
        load_artifact(model, domain=domain),
        api_keys_file,
        policy,
        overlay,
    )
    config, artifact = read()
    if config.processes > 1:
        from emoticare.server.processes.supervisor import serve_in_processes

        serve_in_processes(config, artifact, device, read)
    else:
        run(config, lambda: EmotionClassifier(artifact, device=device), read)
