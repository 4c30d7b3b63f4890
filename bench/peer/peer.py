"""The peer of VoxRx in benchmarks: MONAI, and the libraries that read images in Python.

Started by `npm run bench` with the Python that VOXRX_BENCH_PYTHON names, as `peer.py T1 LABEL DIR`: two files that inputs
of transforms are made from, and a directory for caches. Reads one request a line from its input and writes one answer a line, both JSON:

    {"op": "prepare", "work": {...}}                        -> {"prepared": {"samples": 9830400, "mean": 0.5}}
    {"op": "sample", "way": "run", "atLeastMs": 200}        -> {"sample": {"wallMs": 1.5, "cpuMs": 2.9, "calls": 134}}

or {"error": "..."}. `work` is what bench/peer/peer-work.ts describes.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections import deque
from typing import Any

from inputs import Inputs
from work import HELD_RESULTS, KINDS, Figures, Subject

warnings.filterwarnings("ignore")


def take_sample(subject: Subject, at_least_ms: float) -> dict[str, float]:
    """Calls until the calls took so long; returns the times of one."""
    held: deque[Any] = deque(maxlen=HELD_RESULTS)
    started = time.perf_counter()
    wall_ms = cpu_ms = 0.0
    calls = 0
    while calls == 0 or (wall_ms < at_least_ms and 1e3 * (time.perf_counter() - started) < 4 * at_least_ms):
        given = subject.prepare()
        wall, cpu = time.perf_counter(), time.process_time()
        result = subject.run(given)
        figures = result if isinstance(result, Figures) else Figures(
            wallMs=1e3 * (time.perf_counter() - wall), cpuMs=1e3 * (time.process_time() - cpu)
        )
        wall_ms += figures["wallMs"]
        cpu_ms += figures["cpuMs"]
        calls += 1
        held.append(result)
    return {"wallMs": wall_ms / calls, "cpuMs": cpu_ms / calls, "calls": calls}


def summary_of(result: Any) -> dict[str, Any]:
    """The number of samples and their mean, of the first array of each result."""
    import numpy as np

    results = result if isinstance(result, list) else [result]
    arrays = [np.asarray(array) for each in results if (array := first_array(each)) is not None]
    samples = sum(array.size for array in arrays)
    if samples == 0:
        return {"samples": 0}
    return {"samples": samples, "mean": sum(float(array.sum(dtype="f8")) for array in arrays) / samples}


def first_array(value: Any) -> Any:
    if isinstance(value, dict):
        return next((each for each in value.values() if hasattr(each, "shape")), None)
    return value if hasattr(value, "shape") else None


def answer_to(request: dict[str, Any], state: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    if request["op"] == "prepare":
        state["subject"] = None  # frees the memory of the one before
        state["subject"] = KINDS[request["work"]["kind"]](request["work"], inputs)
        if request["work"]["kind"] == "process":
            return {"prepared": {"samples": 0}}
        return {"prepared": summary_of(state["subject"].run(state["subject"].prepare()))}
    return {"sample": take_sample(state["subject"], request["atLeastMs"])}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    logging.disable(logging.CRITICAL)
    inputs = Inputs(*sys.argv[1:4])
    state: dict[str, Any] = {"subject": None}
    for line in sys.stdin:
        try:
            answer = answer_to(json.loads(line), state, inputs)
        except Exception as error:  # whatever a transform raises is the answer
            state["subject"] = None
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
