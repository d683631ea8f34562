"""Mutation testing: small faults in modules where a fault makes no noise, one at a time.

Each fault is put into a copy of the package, and the tests of its module run until one fails. A
fault that no test notices has survived. Which faults are tried is drawn by a seed.

It is a script of our own because the modules' tests differ, and because leaving out a lock, a call
or a whole body is what matters most here, which mutmut and cosmic-ray do not try.

    python benchmarks/mutants.py --n 600 --seed 0
"""

import argparse
import ast
import compileall
import copy
import importlib
import json
import multiprocessing
import os
import py_compile
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import hypothesis
import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "src" / "emoticare"

TESTS: Final = {
    "stages/decision.py": ["stages/test_decision.py"],
    "stages/probabilities.py": ["stages/test_probabilities.py"],
    "stages/batches.py": ["stages/test_batches.py"],
    "network/equalization.py": ["network/test_equalization.py"],
    "bulk/manifest.py": ["bulk/test_manifest.py", "bulk/test_damage.py"],
    "bulk/locks.py": ["bulk/test_locks.py"],
    "bulk/output.py": ["bulk/test_output.py", "bulk/test_damage.py", "bulk/test_job.py"],
    "server/text_queue.py": ["server/test_text_queue.py", "server/test_scorer.py"],
    "server/turns.py": ["server/test_turns.py", "server/test_text_queue.py"],
    "server/scorer.py": ["server/test_scorer.py"],
    "server/middleware/admission.py": ["server/test_limits.py"],
    "server/keys/token_bucket.py": ["server/test_token_bucket.py"],
    "server/keys/quota.py": ["server/test_quota.py"],
}
# Loaded once, by the process that all others are forks of. None of it is ours.
WARM: Final = (
    "numpy",
    "onnx",
    "onnxruntime",
    "pyarrow",
    "pyarrow.parquet",
    "tokenizers",
    "fastapi",
)
# A module's own tests may take so long before a fault counts as one that never ends.
MOST_S: Final = 120.0
_SHOWN: Final = 60

_COMPARED: Final[dict[type[ast.cmpop], list[type[ast.cmpop]]]] = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
}  # fmt: skip
_WORKED_OUT: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
# What changes no behaviour: types, imports, and what messages say.
_LEFT_ALONE: Final = frozenset({"annotation", "returns", "decorator_list", "bases"})


@dataclass(frozen=True)
class Fault:
    """A fault and how to put it into the tree that it was found in."""

    line: int
    what: str
    apply: Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """A fault of a module, by its place in the list of all faults."""

    module: str
    number: int
    line: int
    what: str


def faults(tree: ast.Module) -> Iterator[Fault]:
    """Yield all faults of a module, in the order of its nodes."""
    for parent, field, place, node in _nodes(tree):
        for new in _changed(node):
            before, after = (ast.unparse(each).split("\n")[0][:_SHOWN] for each in (node, new))
            what = f"{before}  ->  {after}" if after != before else f"{before}  ->  nothing in it"
            yield Fault(node.lineno, what, partial(_put, parent, field, place, new))


def _nodes(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.stmt | ast.expr]]:
    for field, value in ast.iter_fields(parent):
        if field in _LEFT_ALONE:
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _is_left_alone(node):
                continue
            if isinstance(node, ast.stmt | ast.expr):
                yield parent, field, place, node
            if not isinstance(node, ast.Raise):
                yield from _nodes(node)


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.lstrip("_")[:1].isupper() and not name.isupper()  # a type
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.ClassDef():
            return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    return False


def _changed(node: ast.stmt | ast.expr) -> Iterator[ast.AST]:
    """Yield what may stand in a node's place by mistake."""
    if isinstance(node, ast.expr):
        yield from _other_expressions(node)
    else:
        yield from _other_statements(node)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield _like(node, test=ast.UnaryOp(ast.Not(), node.test))


def _other_expressions(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator, *_]):
            for other in _COMPARED[type(operator)]:
                yield _like(node, ops=[other(), *node.ops[1:]])
        case ast.BinOp(op=operator) if type(operator) in _WORKED_OUT:
            yield _like(node, op=_WORKED_OUT[type(operator)]())
        case ast.BoolOp(op=operator):
            yield _like(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in _other_values(value))


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.AugAssign(op=operator) if type(operator) in _WORKED_OUT:
            yield _like(node, op=_WORKED_OUT[type(operator)]())
            yield ast.Pass()
        case ast.With(items=[ast.withitem(optional_vars=None)]):
            yield ast.If(ast.Constant(value=True), node.body, [])
        case ast.Expr(value=ast.Call()) | ast.Delete() | ast.Raise():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Break() | ast.Continue():
            yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()
        case ast.FunctionDef() | ast.AsyncFunctionDef() if _gives_nothing(node):
            yield _like(node, body=[ast.Pass()])


def _other_values(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [round(1 - value, 6) if 0 < value < 1 and value != 0.5 else value * 2 + 0.25]  # noqa: PLR2004
    return []


def _gives_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    gives = (ast.Return, ast.Yield, ast.YieldFrom)
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return bool(body) and not any(
        isinstance(node, gives) and node.value for node in ast.walk(function)
    )


def _like(node: ast.AST, **changes: object) -> ast.AST:
    new = copy.copy(node)
    for field, value in changes.items():
        setattr(new, field, value)
    return new


def _put(parent: ast.AST, field: str, place: int | None, new: ast.AST) -> None:
    if place is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[place] = new


def all_mutants() -> list[Mutant]:
    """Return the mutants of all modules."""
    return [
        Mutant(module, number, fault.line, fault.what)
        for module in TESTS
        for number, fault in enumerate(faults(ast.parse((PACKAGE / module).read_text())))
    ]


def source_of(mutant: Mutant) -> str:
    """Return the module with its fault."""
    tree = ast.parse((PACKAGE / mutant.module).read_text())
    next(f for number, f in enumerate(faults(tree)) if number == mutant.number).apply()
    return ast.unparse(ast.fix_missing_locations(tree))


_OPTIONS: Final = [
    "-x", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout",
    "-p", "_hypothesis_pytestplugin", "--hypothesis-profile", "mutants", "--hypothesis-seed", "0",
    "-o", "addopts=--import-mode=importlib", "-W", "ignore::pytest.PytestAssertRewriteWarning",
]  # fmt: skip


class Bench:
    """A copy of the package in which one module at a time is another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._package = folder / "src" / "emoticare"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE, self._package, copy_function=os.symlink, ignore=ignored)
        by_content = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(self._package, quiet=2, invalidation_mode=by_content)

    def try_tests(self, module: str, source: str | None, most_s: float) -> str:
        """Run the tests of a module; return "survived", "killed", or "timeout"."""
        path = self._package / module
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()
        if source is not None:
            path.unlink()
            path.write_text(source)
        child = os.fork()
        if child == 0:
            os._exit(self._test(module))
        fate = outcome(child, most_s)
        path.unlink()
        path.symlink_to(PACKAGE / module)
        return fate

    def _test(self, module: str) -> int:
        """Run the tests; in the child."""
        try:
            os.setsid()
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            source = str(self._package.parent)
            os.environ["PYTHONPATH"] = source
            os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(self._folder / "hypothesis")
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            sys.path.insert(0, source)
            tests = [str(ROOT / "tests" / name) for name in TESTS[module]]
            return int(pytest.main([*_OPTIONS, "-c", str(ROOT / "pyproject.toml"), *tests]))
        except BaseException:  # noqa: BLE001 - the fault's doing, whatever it is
            return 99


def outcome(child: int, most_s: float) -> str:
    """Wait for the tests that a child runs, and end them after a time."""
    deadline = time.monotonic() + most_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "survived" if status == 0 else "killed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def run(mutants: list[Mutant], most_minutes: float) -> dict[Mutant, str]:
    """Return how each mutant fared, as far as the time allows."""
    deadline = time.monotonic() + 60 * most_minutes
    found: dict[Mutant, str] = {}
    limits: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for mutant in mutants:
            if time.monotonic() > deadline:
                break
            if mutant.module not in limits:
                start_s = time.monotonic()
                if bench.try_tests(mutant.module, None, MOST_S) != "survived":
                    raise RuntimeError(f"the tests of {mutant.module} fail without any fault")
                limits[mutant.module] = 10 + 5 * (time.monotonic() - start_s)
            limit_s = limits[mutant.module]
            found[mutant] = bench.try_tests(mutant.module, source_of(mutant), limit_s)
            print(f"{found[mutant]:8} {_shown(mutant)}", flush=True)
    return found


def _shown(mutant: Mutant) -> str:
    return f"{mutant.module}:{mutant.line}  {mutant.what}"


def report(found: dict[Mutant, str], n_all: int, out: Path) -> None:
    """Print the shares by module, and write all outcomes."""
    drawn = Counter(mutant.module for mutant in found)
    lost = Counter(mutant.module for mutant, fate in found.items() if fate == "survived")
    print(f"\n{'module':34} drawn killed")
    for module, n in drawn.items():
        print(f"{module:34} {n:5} {n - lost[module]:6}")
    n, n_killed = sum(drawn.values()), sum(drawn.values()) - sum(lost.values())
    print(f"{'all':34} {n:5} {n_killed:6}  ({n_killed / max(n, 1):.1%} of {n}; {n_all} there are)")
    records = [{**vars(mutant), "fate": fate} for mutant, fate in found.items()]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(records, indent=1) + "\n")


def main() -> None:
    """Draw mutants and try them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--n", type=int, default=600, help="mutants at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="modules whose names hold this")
    parser.add_argument("--list", action="store_true", help="print the mutants, run none")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "mutants.json")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in all_mutants() if arguments.only in mutant.module]
    random.seed(arguments.seed)
    drawn = random.sample(mutants, min(arguments.n, len(mutants)))
    if arguments.list:
        print("\n".join(map(_shown, sorted(drawn, key=_shown))))
        return
    for name in WARM:
        importlib.import_module(name)
    # A fault that is found need not be made as small as can be.
    phases = [phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.shrink]
    hypothesis.settings.register_profile("mutants", deadline=None, phases=phases)
    shares = [(drawn[i :: arguments.jobs], arguments.minutes) for i in range(arguments.jobs)]
    with multiprocessing.get_context("fork").Pool(arguments.jobs) as pool:
        parts = pool.starmap(run, shares)
    found = {mutant: fate for part in parts for mutant, fate in part.items()}
    report(found, len(mutants), arguments.out)


if __name__ == "__main__":
    main()
