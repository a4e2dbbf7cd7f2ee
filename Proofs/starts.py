"""Trainings that run in the background: their processes, what they are at, and how they end."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

from runs import Ended, column


def words_of(process):
    """The arguments of a process; none where it has ended."""
    return read(pathlib.Path(f"/proc/{process}/cmdline")).decode().split("\0")


def ranks_of(launcher, program):
    """The processes that train on this machine; mpirun's children become them."""
    children = read(pathlib.Path(f"/proc/{launcher}/task/{launcher}/children")).split()
    return [process for process in map(int, children) if words_of(process)[:1] == [str(program)]]


def state(process):
    """The letter of a process's state; X where it is not there."""
    status = read(pathlib.Path(f"/proc/{process}/stat")).decode()
    return status.rsplit(")", 1)[1].split()[0] if status else "X"


def is_alive(process):
    """Whether a process has not ended; one that nobody has waited for yet has."""
    return state(process) not in "ZX"


def send(process, number):
    """Sends a signal to a process, unless it has ended."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def stop(process):
    """Stops a process, and waits until it stands still or has ended."""
    send(process, signal.SIGSTOP)
    while state(process) not in "TZX":
        time.sleep(0.0005)


def end(process):
    send(process, signal.SIGKILL)


def read(path):
    """The bytes of a file; none where it, or the process that it is about, is not there."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def changed(path):
    """When a file was changed."""
    return path.stat().st_mtime_ns if path.exists() else None


class Start:
    """A training that was started, on one rank or under mpirun."""

    def __init__(self, program, folder, command, evaluate_every):
        self.folder = folder
        self.program = str(program)
        self.evaluate_every = evaluate_every
        self.log = changed(folder / "log.txt")
        self.files = [tempfile.TemporaryFile("w+") for _ in range(2)]
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.files[0], stderr=self.files[1])

    def ranks(self):
        """The processes that train, by their ranks, on whatever host of this machine."""
        found = {}
        for process in filter(str.isdigit, os.listdir("/proc")):
            words = words_of(process)
            if words[:1] != [self.program] or str(self.folder) not in words:
                continue
            variables = read(pathlib.Path(f"/proc/{process}/environ")).split(b"\0")
            rank = next((line.split(b"=")[1] for line in variables
                         if line.startswith(b"OMPI_COMM_WORLD_RANK=")), b"0")
            found[int(rank)] = int(process)
        return found

    def is_running(self):
        return self.process.poll() is None

    def has_said(self, text):
        """Whether a text is among its errors so far."""
        # Without moving to another place in the file, at which the training writes.
        errors = self.files[1].fileno()
        return text.encode() in os.pread(errors, os.fstat(errors).st_size, 0)

    def last_row(self):
        """The iteration of the last row that is written; 0 before the first."""
        rows = column(read(self.folder / "train.csv") or b"iteration\n", "iteration")
        return int(rows[-1]) if rows else 0

    def phase(self):
        """What the training does at this moment, as its files tell."""
        folder = self.folder
        if changed(folder / "log.txt") == self.log:
            return "start-up"
        if (folder / "model.safetensors").exists() or (folder / "model.safetensors.tmp").exists():
            return "end"
        # Before a checkpoint its iteration is noted there.
        noted = read(folder / ".timing").split(b"\n")[-2:-1]
        names = [path.name for path in (folder / "checkpoints").glob("step-*")]
        if noted and f"step-{int(noted[0].split(b',')[0]):08}.safetensors" not in names:
            return "checkpoint"
        if (folder / "best.safetensors.tmp").exists():
            return "evaluation"
        row = self.last_row()
        evaluated = read(folder / "hashes.csv")
        is_due = row > 0 and row % self.evaluate_every == 0
        return "evaluation" if is_due and f"\n{row},".encode() not in evaluated else "steps"

    def wait(self):
        """Waits for the end."""
        self.process.wait()
        texts = []
        for file in self.files:
            file.seek(0)
            texts.append(file.read())
            file.close()
        return Ended(self.process.returncode, *texts)
