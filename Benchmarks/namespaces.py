"""Hosts that are network namespaces of this machine, on one bridge.

Daemons of MPI in two of them take each other for other hosts, and speak TCP.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from launching import allow_root, run

# What mpirun starts instead of ssh, with options, an address and a command. Like ssh it needs the way to
# the host, where a port that nobody listens on refuses. Hosts of one name would take the same files in
# /dev/shm.
AGENT = """#!/bin/bash
while [[ $1 == -* ]]; do shift; done
[[ $(LC_ALL=C timeout 5 bash -c "< /dev/tcp/$1/9" 2>&1) == *refused* ]] || exit 255
host={prefix}h$((${{1##*.}} - 2))
shift
exec ip netns exec $host unshare --uts bash -c "hostname $host; $*"
"""


def are_permitted():
    """Whether this process may make them: it is root on a machine, rather than in a container."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"dtprobe{os.getpid()}"
    is_made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    remove("netns", name)
    return is_made


class Network:
    """The hosts of this process and what connects them; `agent` runs a command on one, like ssh."""

    def __init__(self, agent, count):
        self.agent = agent
        self.prefix = f"dt{os.getpid()}"
        self.subnet = f"10.77.{os.getpid() % 250 + 2}"
        self.addresses = [f"{self.subnet}.{host + 2}" for host in range(count)]
        agent.write_text(AGENT.format(prefix=self.prefix))
        agent.chmod(0o755)

    def make(self):
        self.ip(f"link add {self.prefix}b type bridge")
        self.ip(f"addr add {self.subnet}.1/24 dev {self.prefix}b")
        self.ip(f"link set {self.prefix}b up")
        for host, address in enumerate(self.addresses):
            space, cable = self.space(host), self.cable(host)
            self.ip(f"netns add {space}")
            self.ip(f"link add {cable} type veth peer name eth0 netns {space}")
            self.ip(f"link set {cable} master {self.prefix}b up")
            self.ip(f"-n {space} addr add {address}/24 dev eth0")
            self.ip(f"-n {space} link set eth0 up")
            self.ip(f"-n {space} link set lo up")

    def remove(self):
        """Ends what runs on the hosts, without which a namespace would last, and removes them."""
        for host in range(len(self.addresses)):
            for process in self.processes(host):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            remove("link", self.cable(host))
            remove("netns", self.space(host))
        remove("link", f"{self.prefix}b")

    def cut(self, host):
        """Takes a host's cable out."""
        self.ip(f"link set {self.cable(host)} down")

    def mend(self, host):
        self.ip(f"link set {self.cable(host)} up")

    def processes(self, host):
        """What runs on a host."""
        found = subprocess.run(
            ["ip", "netns", "pids", self.space(host)], capture_output=True, text=True)
        return [int(process) for process in found.stdout.split()]

    def space(self, host):
        return f"{self.prefix}h{host}"

    def cable(self, host):
        return f"{self.prefix}v{host}"

    def mpirun(self):
        """The beginning of a command that starts ranks on the hosts, which are still to be named."""
        allow_root()
        subnet = f"{self.subnet}.0/24"
        return ["mpirun", "--mca", "plm_rsh_agent", str(self.agent), "--mca", "oob_tcp_if_include", subnet,
                "--mca", "btl_tcp_if_include", subnet, "--bind-to", "none"]

    @staticmethod
    def ip(words):
        run(["ip", *words.split()])


def remove(kind, name):
    """Removes what is there; on the way out, what is missing is no failure."""
    subprocess.run(["ip", kind, "del", name], capture_output=True)


@contextlib.contextmanager
def network(count):
    """Makes hosts, and removes them at the end."""
    with tempfile.TemporaryDirectory() as folder:
        made = Network(pathlib.Path(folder) / "agent", count)
        try:
            made.make()
            yield made
        finally:
            made.remove()


@contextlib.contextmanager
def hosts(count):
    """Makes hosts; gives what starts a command as one rank on each, pinned to a core of its own while
    there are enough, and removes them at the end."""
    cores = sorted(os.sched_getaffinity(0))
    with network(count) as made:

        def launch(command):
            parts = [["-np", 1, "--host", address, "taskset", "-c", cores[host % len(cores)], *command]
                     for host, address in enumerate(made.addresses)]
            return made.mpirun() + ["--mca", "btl", "tcp,self"] + sum(([":"] + part for part in parts), [])[1:]

        yield launch
