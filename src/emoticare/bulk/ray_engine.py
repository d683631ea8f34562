"""Shards scored by Ray actors, on one machine or on a cluster."""

import os
from collections.abc import Generator, Iterable
from typing import Any, Final

from emoticare.bulk.row_scoring import OnRows
from emoticare.bulk.shards import ShardResult, ShardSettings, ShardTask, score_shard
from emoticare.classifier import EmotionClassifier, load
from emoticare.errors import EmoticareError, MissingExtraError
from emoticare.model.artifact import ModelArtifact

# A shard whose worker dies again and again would go on for ever.
_RETRIES: Final = 5
_TASKS_A_WORKER: Final = 2


class RayEngine:
    """Scores shards with actors that load the model once; see `ShardEngine`.

    Workers and nodes that are lost are replaced, and their shards scored again.

    Args:
        address: Of a cluster; without one, Ray starts on this machine and stops afterwards.
        n_workers: Actors, of one processor each; by default as many as there are processors.
    """

    def __init__(self, address: str | None = None, n_workers: int | None = None) -> None:
        self._address = address
        self._n_workers = n_workers

    def run(
        self,
        artifact: ModelArtifact,
        settings: ShardSettings,
        tasks: Iterable[ShardTask],
        on_rows: OnRows,  # noqa: ARG002 - actors, perhaps on other machines, tell of whole shards
    ) -> Generator[ShardResult]:
        """Yield the results as they come.

        Raises:
            EmoticareError: If Ray cannot be reached, or workers die again and again.
            MissingExtraError: If Ray is not installed.
        """
        ray = _import_ray()
        starts_ray = not ray.is_initialized()
        if starts_ray:
            _connect(ray, self._address)
        try:
            n_workers = self._n_workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=_RETRIES)(_ShardScorer)
            model = ray.put(artifact)
            actors = [actor.remote() for _ in range(n_workers)]
            yield from _results(ray, actors, tasks, model, settings)
        except ray.exceptions.RayTaskError as error:
            raise _own_error(error) from error
        except ray.exceptions.RayError as error:
            raise EmoticareError(
                f"Ray lost workers and could not replace them ({type(error).__name__}). The same "
                "command goes on where this one stopped."
            ) from error
        finally:
            if starts_ray:
                ray.shutdown()


class _ShardScorer:
    """The actor: it loads the model with its first shard, also after it was started anew."""

    def __init__(self) -> None:
        self._classifier: EmotionClassifier | None = None

    def score(
        self, artifact: ModelArtifact, settings: ShardSettings, task: ShardTask
    ) -> ShardResult:
        if self._classifier is None:
            self._classifier = load(artifact, device=settings.score.device)
        return score_shard(self._classifier, settings, task)


def _results(
    ray: Any,
    actors: list[Any],
    tasks: Iterable[ShardTask],
    model: Any,
    settings: ShardSettings,
) -> Generator[ShardResult]:
    free = actors * _TASKS_A_WORKER
    busy: dict[Any, Any] = {}
    for task in tasks:
        actor = free.pop()
        busy[actor.score.remote(model, settings, task)] = actor
        if not free:
            yield _next_result(ray, busy, free)
    while busy:
        yield _next_result(ray, busy, free)


def _next_result(ray: Any, busy: dict[Any, Any], free: list[Any]) -> ShardResult:
    done = ray.wait(list(busy), num_returns=1)[0][0]
    free.append(busy.pop(done))
    result: ShardResult = ray.get(done)
    return result


def _import_ray() -> Any:
    # Read when Ray is imported, and by the processes that it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("Scoring with Ray", "ray") from error
    return ray


def _connect(ray: Any, address: str | None) -> None:
    local = {} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="error", **local)
    except (ray.exceptions.RayError, RuntimeError, ValueError, OSError) as error:
        raise EmoticareError(
            f"Expected Ray at {address or 'this machine'}, could not reach or start it "
            f"({type(error).__name__}). Check --address; without it, Ray starts here."
        ) from error


def _own_error(error: Any) -> Exception:
    cause = error.cause
    if isinstance(cause, EmoticareError):
        return cause
    return EmoticareError(
        f"A Ray worker failed ({type(cause).__name__}). Install the same version of EmotiCare on "
        "every node; the same command then goes on."
    )
