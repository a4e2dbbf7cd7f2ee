"""Small trainings that are disturbed, and what an undisturbed one writes."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build" / "release" / "disttrain"

# An evaluation of held-out images takes half as long as one of the test set.
FLAGS = ["--dataset", "synthetic", "--depth", "8", "--global-batch", "32", "--train-images", "45000"]

# What does not depend on ranks, time or how often a run was started.
LOGS = ["train.csv", "evaluation.csv", "hashes.csv"]
OTHERS = {".lock", ".timing", "log.txt", "timing.csv"}


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")


def prepare_environment():
    """Lets mpirun start as root, and a program alone without a daemon, which it has no use for."""
    os.environ["OMPI_MCA_ess_singleton_isolated"] = "1"
    if os.geteuid() == 0:
        os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


@dataclasses.dataclass
class Ended:
    """A process that has ended."""
    code: int
    output: str
    errors: str

    @property
    def last_line(self):
        return (self.output.splitlines() or [""])[-1]

    @property
    def own_errors(self):
        """Lines on standard error that are the program's, without its warnings and mpirun's words."""
        return [line for line in self.errors.splitlines()
                if line.startswith(("disttrain: ", "Error: ", "watchdog: "))
                and not line.startswith("disttrain: warning: ")]


def train(program, folder, flags, ranks=1, environment=None):
    """Trains to the end."""
    launcher = [] if ranks == 1 else ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)]
    result = subprocess.run(
        [*launcher, str(program), "train", *FLAGS, *flags, "--run", str(folder)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})})
    return Ended(result.returncode, result.stdout, result.stderr)


def undisturbed(program, folder, flags):
    """An undisturbed run and its last line."""
    ended = train(program, folder, flags)
    if ended.code != 0:
        fail(f"an undisturbed training ended with {ended.code}\n{ended.errors}")
    return ended.last_line


def compile_shim(name, folder):
    """A library of this folder, to be preloaded into a program."""
    shim = pathlib.Path(folder) / f"{name}.so"
    build = subprocess.run(
        ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-pthread", "-o", shim,
         pathlib.Path(__file__).with_name(f"{name}.c")], capture_output=True, text=True)
    if build.returncode != 0:
        fail(f"cannot compile {name}.c\n{build.stderr}")
    return shim


def contents(folder):
    """The bytes of all files of a run folder, by their names in it."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def column(text, name):
    """A column of a log."""
    header, *rows = [line.split(",") for line in text.decode().splitlines()]
    return [row[header.index(name)] for row in rows]


def without_seconds(name, text):
    """The bytes of a file of a run folder as if everything took the same time."""
    return re.sub(rb"(?<=,)\d+\.\d+(e-\d+)?", b"0.0", text) if name in ("timing.csv", ".timing") else text


def differences(found, expected):
    """What a finished run has that an undisturbed one has not, or the other way round."""
    names = (set(found) | set(expected)) - OTHERS
    differing = [name for name in sorted(names) if found.get(name) != expected.get(name)]
    missing = [name for name in sorted(OTHERS) if name not in found]
    iterations = [column(run.get("timing.csv", b"iteration\n"), "iteration") for run in (found, expected)]
    return differing + missing + (["timing.csv"] if iterations[0] != iterations[1] else [])
