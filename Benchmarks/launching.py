"""Starts what is measured: the program under mpirun, and PyTorch's step beside it."""

import contextlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
JEMALLOC_PATHS = ["/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib64/libjemalloc.so.2"]


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")


def run(command, environment=None):
    """Runs a command; its standard output, or the end of the script."""
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})})
    if result.returncode != 0:
        fail(f"{' '.join(map(str, command))} ended with {result.returncode}\n{result.stderr}")
    return result.stdout


def build(march=None):
    """Builds the program; the instruction set has its own build folder."""
    scratch = ROOT / (f".build-{march}" if march else ".build")
    run(["swift", "build", "-c", "release", "--product", "disttrain", "--scratch-path", scratch],
        {"DISTTRAIN_MARCH": march} if march else None)
    return scratch / "release" / "disttrain"


def allow_root():
    """Tells mpirun, which refuses root unless told twice."""
    if os.geteuid() == 0:
        os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def mpirun(ranks, command, core=None):
    """Starts ranks pinned to a core each, to one given core, or freely where cores are too few.

    Ranks are pinned by taskset: mpirun's own binding leaves the cores this process is allowed.
    """
    allow_root()
    cores = [core] if core is not None else sorted(os.sched_getaffinity(0))
    launcher = ["mpirun", "--oversubscribe" if ranks > len(cores) else "--nooversubscribe",
                "--bind-to", "none"]
    if ranks > len(cores):
        return launcher + ["-np", ranks] + command
    parts = [["-np", 1, "taskset", "-c", cores[rank]] + command for rank in range(ranks)]
    return launcher + sum(([":"] + part for part in parts), [])[1:]


@contextlib.contextmanager
def busy_processes(count):
    """Processes that compute without end, each pinned to one of the first cores."""
    processes = [
        subprocess.Popen(["taskset", "-c", str(core), sys.executable, "-c", "while True: pass"])
        for core in sorted(os.sched_getaffinity(0))[:count]]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def peer_python(folder, requirement):
    """The interpreter of a virtual environment that has PyTorch."""
    jemalloc()
    folder = folder or CACHE / "disttrain" / "torch-venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        run([python, "-m", "pip", "install", requirement, "numpy"])
    return python


def jemalloc():
    for path in JEMALLOC_PATHS:
        if os.path.exists(path):
            return path
    fail("PyTorch is compared with jemalloc preloaded; install it: apt install libjemalloc2")


def torch_step(python, ranks, depth, shortcut, mode, global_batch, iterations, warmup, seconds=30):
    """What torch_step.py prints: PyTorch's version, and the milliseconds of its steps."""
    output = run(
        [python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks,
         ROOT / "Benchmarks" / "torch_step.py", "--depth", depth, "--shortcut", shortcut,
         "--mode", mode, "--global-batch", global_batch, "--iterations", iterations,
         "--warmup", warmup, "--seconds", seconds],
        {"LD_PRELOAD": jemalloc(), "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"})
    return json.loads(output.strip().splitlines()[-1])


def machine():
    facts = dict(line.split(":", 1) for line in open("/proc/cpuinfo") if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    registers = "AVX-512" if "avx512f" in facts.get("flags", "") else "AVX2"
    model = facts.get("model name", platform.machine())
    return f"{model} with {registers}, {len(os.sched_getaffinity(0))} cores available"


def commit():
    return run(["git", "describe", "--always", "--dirty"]).strip()
