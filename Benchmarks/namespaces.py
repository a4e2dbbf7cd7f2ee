"""Hosts that are network namespaces of this machine, on one bridge.

Daemons of MPI in two of them take each other for other hosts, and speak TCP.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from launching import allow_root, run

# What mpirun starts instead of ssh, with options, an address and a command. Hosts of one name would
# take the same files in /dev/shm.
AGENT = """#!/bin/bash
while [[ $1 == -* ]]; do shift; done
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


@contextlib.contextmanager
def hosts(count):
    """Makes hosts; gives what starts a command as one rank on each, and removes them at the end."""
    prefix = f"dt{os.getpid()}"
    network = f"10.77.{os.getpid() % 250 + 2}"

    def ip(words):
        run(["ip", *words.split()])

    with tempfile.TemporaryDirectory() as folder:
        agent = pathlib.Path(folder) / "agent"
        agent.write_text(AGENT.format(prefix=prefix))
        agent.chmod(0o755)
        try:
            ip(f"link add {prefix}b type bridge")
            ip(f"addr add {network}.1/24 dev {prefix}b")
            ip(f"link set {prefix}b up")
            for host in range(count):
                add_host(ip, f"{prefix}h{host}", f"{prefix}v{host}", f"{prefix}b",
                         f"{network}.{host + 2}")
            yield lambda command: mpirun(agent, network, count, command)
        finally:
            # A namespace lasts as long as a process in it, but its cable can be taken away at once.
            for host in range(count):
                remove("link", f"{prefix}v{host}")
                remove("netns", f"{prefix}h{host}")
            remove("link", f"{prefix}b")


def remove(kind, name):
    """Removes what is there; on the way out, what is missing is no failure."""
    subprocess.run(["ip", kind, "del", name], capture_output=True)


def add_host(ip, space, cable, bridge, address):
    ip(f"netns add {space}")
    ip(f"link add {cable} type veth peer name eth0 netns {space}")
    ip(f"link set {cable} master {bridge} up")
    ip(f"-n {space} addr add {address}/24 dev eth0")
    ip(f"-n {space} link set eth0 up")
    ip(f"-n {space} link set lo up")


def mpirun(agent, network, count, command):
    """Starts one rank on each host, pinned to a core of its own while there are enough."""
    allow_root()
    cores = sorted(os.sched_getaffinity(0))
    addresses = [f"{network}.{host + 2}" for host in range(count)]
    launcher = ["mpirun", "--mca", "plm_rsh_agent", agent, "--mca", "btl", "tcp,self",
                "--mca", "oob_tcp_if_include", f"{network}.0/24",
                "--mca", "btl_tcp_if_include", f"{network}.0/24", "--bind-to", "none"]
    parts = [["-np", 1, "--host", address, "taskset", "-c", cores[host % len(cores)], *command]
             for host, address in enumerate(addresses)]
    return launcher + sum(([":"] + part for part in parts), [])[1:]
