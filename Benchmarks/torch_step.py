"""One training step of a CIFAR ResNet in PyTorch DDP on CPUs: the peer that compare measures.

Each process computes its part of the global batch on one thread pinned to its core, exchanges
gradients by gloo, and rank 0 prints a JSON object with the milliseconds of every measured step.
Batch norm is per process: PyTorch synchronises it on GPUs only.
"""

import argparse
import json
import os
import time
import warnings

import torch
from torch import nn
from torch.nn import functional as F

from torch_network import Network

warnings.filterwarnings("ignore")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--shortcut", choices=["A", "B", "C", "plain"], default="A")
    parser.add_argument("--mode", default="fp32-cl", help="fp32 or bf16, -cl, -compile")
    parser.add_argument("--global-batch", type=int, default=128)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30,
                        help="no further step after these, once there are three")
    return parser.parse_args()


def main():
    options = parse()
    rank = int(os.environ["RANK"])
    ranks = int(os.environ["WORLD_SIZE"])
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[rank % len(cores)]})
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")
    torch.manual_seed(1)
    layout = torch.channels_last if "cl" in options.mode else torch.contiguous_format
    model = Network(options.depth, options.shortcut).to(memory_format=layout)
    samples = options.global_batch // ranks
    images = torch.randn(samples, 3, 32, 32).contiguous(memory_format=layout)
    labels = torch.randint(0, 10, (samples,))
    replica = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(replica.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    forward = torch.compile(replica) if "compile" in options.mode else replica

    def step():
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in options.mode):
            loss = F.cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()
        return 1000 * (time.perf_counter() - start)

    def goes_on(done, count):
        """Whether there is another step; all processes learn it from the first one."""
        answer = torch.tensor(done < min(count, 3) or done < count and time.perf_counter() < end)
        torch.distributed.broadcast(answer, 0)
        return bool(answer)

    milliseconds = []
    for count in (options.warmup, options.iterations):
        milliseconds.clear()
        end = time.perf_counter() + options.seconds
        while goes_on(len(milliseconds), count):
            milliseconds.append(step())
    if rank == 0:
        print(json.dumps({"torch": torch.__version__, "milliseconds": milliseconds}), flush=True)
    torch.distributed.barrier()
    # Taking gloo down aborts at times; everything measured has been printed by now.
    os._exit(0)


main()
