"""The compiled kernels, their machine code kept in a per-user folder named after the version."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import platformdirs
from numba.core import sigutils

from roofpv import __version__

# Tells by a line for each kernel that it is done; ends there once nobody listens any more.
_FILL = """
import sys
from roofpv.compiled import fill_cache
for asked in zip(*[iter(sys.argv[1:])] * 4):
    fill_cache(*asked)
    print(flush=True)
"""
_LONGEST_S = 600
_ONE_AT_A_TIME = threading.Lock()
_COMING: dict[tuple[Any, tuple], threading.Event] = {}


def cache_folder() -> Path:
    """Folder of the compiled code; a temporary one where the user's is not writable."""
    stated = os.environ.get("NUMBA_CACHE_DIR")
    if stated:
        return Path(stated)
    folder = Path(platformdirs.user_cache_dir("roofpv", appauthor=False)) / f"numba-{__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.gettempdir()) / f"roofpv-numba-{__version__}"


def load_kernels(name: str) -> ModuleType:
    """
    Import a kernel file with Numba's cache pointed at ``cache_folder``.

    Numba reads the setting when a function is decorated, so it is set for the import alone and the
    user's other Numba code is left as it was.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        return importlib.import_module(f"roofpv.kernels.{name}")
    finally:
        numba.config.CACHE_DIR = before


def run_kernel(kernel: Any, *arguments: Any) -> None:
    """
    Call a kernel that another process has compiled, if it is not in the cache yet.

    So every process gets the same last bits of a parallel kernel with fast mathematics: the process
    that compiles such a kernel runs other machine code than the one it writes to the cache, where
    LLVM has optimised the loop a second time. Any other kernel needs it only to be compiled beside
    what else is done (``compile_ahead``). Where no other process can be started or nothing can be
    kept, the kernel is compiled here, and differs by some 1e-15.

    Parameters
    ----------
    kernel : Numba function of a kernel file, from ``load_kernels``
        Or a plain one, which is called as it is.
    arguments
        What the kernel takes, by place.
    """
    if hasattr(kernel, "signatures"):
        signature = tuple(numba.typeof(argument) for argument in arguments)
        if signature not in kernel.signatures:
            with _ONE_AT_A_TIME:
                _load_compiled(kernel, signature)
    kernel(*arguments)


def compile_ahead(*wanted: tuple[Any, str]) -> None:
    """
    Have kernels compiled by other processes beside what else is done; ``run_kernel`` waits for it.

    Half of the processor time of the bundled city's first run of all goes there. Nothing is done
    for what the cache holds.

    Parameters
    ----------
    wanted : tuples of a Numba function of a kernel file and its arguments
        Those needed first come first. The arguments in order, by number of dimensions and kind:
        ``"f0 f2 i1 u1 b1"`` are a float and arrays of float64, int64, uint64 and bool, contiguous.
    """
    missing = []
    with _ONE_AT_A_TIME:
        for kernel, dimensions in wanted:
            if hasattr(kernel, "signatures"):
                signature = _signature(dimensions)
                if (kernel, signature) not in _COMING and _is_missing(kernel, signature):
                    missing.append((kernel, signature))
        # One core is left to this process.
        crew = max(1, int(numba.config.NUMBA_NUM_THREADS) // 2)
        for first in range(min(crew, len(missing))):
            _start(missing[first::crew])


def fill_cache(name: str, function: str, signature: str, folder: str) -> None:
    """
    Compile a kernel for later processes; what the process started by ``run_kernel`` does.

    Parameters
    ----------
    name, function : str
        Kernel file and function in it.
    signature : str
        Tuple of Numba types, as its ``repr`` writes it.
    folder : str
        Where the one that asks looks for the code; nothing is done if this process keeps it
        elsewhere.
    """
    kernel = getattr(load_kernels(name), function)
    if kernel.stats.cache_path == folder:
        # As types: the cache would keep what is compiled for a text under the text.
        types, _ = sigutils.normalize_signature(signature)
        kernel.compile(types)


def _load_compiled(kernel: Any, signature: tuple) -> None:
    """Load a kernel from the cache, filled by another process if no mark says that it holds it."""
    try:
        if _is_missing(kernel, signature):
            if (kernel, signature) not in _COMING:
                _start([(kernel, signature)])
            _COMING[kernel, signature].wait(_LONGEST_S)
            kernel.compile(signature)
            if kernel.stats.cache_hits[signature]:
                _write_mark(*_mark(kernel, signature))
    except OSError:
        return


def _is_missing(kernel: Any, signature: tuple) -> bool:
    """Whether another process can and must fill the cache."""
    folder = kernel.stats.cache_path
    if signature in kernel.signatures or not folder or not _interpreter():
        return False
    try:
        mark, state = _mark(kernel, signature)
        if mark.exists() and mark.read_bytes() == state:
            return False
        with tempfile.TemporaryFile(dir=folder):  # else each process would compile it twice
            return True
    except OSError:
        return False


def _signature(dimensions: str) -> tuple:
    kinds = {"f": numba.float64, "i": numba.int64, "u": numba.uint64, "b": numba.boolean}
    return tuple(
        kinds[one[0]] if one[1] == "0" else numba.types.Array(kinds[one[0]], int(one[1]), "C")
        for one in dimensions.split()
    )


def _interpreter() -> str | None:
    """The Python in use; None in a frozen program or in another one, which would start anew."""
    own = Path(sys.executable or "").stem.lower().startswith("python")
    return sys.executable if own and not getattr(sys, "frozen", False) else None


def _start(asked: Sequence[tuple[Any, tuple]]) -> None:
    """Start a process that compiles kernels one after the other."""
    given, coming = [], []
    for kernel, signature in asked:
        name = kernel.py_func.__module__.rpartition(".")[2]
        given += [name, kernel.py_func.__name__, repr(signature), kernel.stats.cache_path]
        coming.append(threading.Event())
        _COMING[kernel, signature] = coming[-1]
    command = [str(_interpreter()), "-P", "-W", "ignore", "-c", _FILL, *given]
    # A daemon: an error need not wait for what nobody will call.
    threading.Thread(target=_run_apart, args=(command, coming), daemon=True).start()


def _run_apart(command: list[str], coming: Sequence[threading.Event]) -> None:
    """Run a command that imports from where this process does; each line is a kernel done."""
    places = [str(entry) or str(Path.cwd()) for entry in sys.path]
    try:
        with subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process:
            assert process.stdout is not None
            for done, _ in zip(coming, process.stdout, strict=False):
                done.set()
    except OSError:
        pass
    finally:
        for done in coming:
            done.set()


def _mark(kernel: Any, signature: tuple) -> tuple[Path, bytes]:
    """File that tells that the cache holds a kernel, and what it then says."""
    # As Numba: its index of a function is one for each Python, and void once Numba or the source
    # have changed; an entry is of one processor.
    code = f"{signature!r} {kernel.targetctx.codegen().magic_tuple()!r}"
    digest = hashlib.sha256(code.encode()).hexdigest()[:16]
    python = sys.implementation.cache_tag
    source = Path(kernel.py_func.__code__.co_filename).stat()
    path = Path(kernel.stats.cache_path) / f"{kernel.py_func.__name__}-{python}-{digest}.held"
    return path, f"{numba.__version__} {source.st_mtime} {source.st_size}".encode()


def _write_mark(mark: Path, state: bytes) -> None:
    """Write a mark; those of another state fall, for Numba has dropped what they speak of."""
    start = mark.name.rpartition("-")[0]
    for other in mark.parent.glob(f"{start}-*.held"):
        if other.read_bytes() != state:
            other.unlink(missing_ok=True)
    mark.write_bytes(state)
