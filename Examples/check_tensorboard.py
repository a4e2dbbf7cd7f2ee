"""Checks the events that `train --tensorboard` writes, as TensorBoard itself reads them.

    python check_tensorboard.py RUN

Each scalar must have the steps and values of the run's logs, once, however often the run was stopped
and resumed. Needs tensorboard.
"""

import csv
import os
import sys

import numpy as np
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = sys.argv[1]
events = EventAccumulator(run, size_guidance={"scalars": 0})
events.Reload()
for tag, log, column in [
    ("train/loss", "train.csv", "loss"), ("train/error", "train.csv", "error"),
    ("learning_rate", "train.csv", "learning_rate"),
    ("test/loss", "evaluation.csv", "test_loss"), ("test/error", "evaluation.csv", "test_error"),
]:
    with open(os.path.join(run, log), newline="") as file:
        rows = [(int(row["iteration"]), float(row[column])) for row in csv.DictReader(file)]
    scalars = [(event.step, event.value) for event in events.Scalars(tag)]
    assert [step for step, _ in scalars] == [step for step, _ in rows], tag
    assert all(np.float32(value) == np.float32(row) for (_, value), (_, row) in zip(scalars, rows)), tag
    print(f"{tag}: {len(scalars)} scalars, as in {log}")
print("TensorBoard", tensorboard.__version__, "reads the logs")
