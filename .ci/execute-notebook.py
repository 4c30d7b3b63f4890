"""
Runs the cells of a notebook in Deno's kernel, and writes it with their outputs: execute-notebook.py NOTEBOOK OUTPUT

nbconvert does nearly the same, and loses lines: the kernel may say that a cell is done before it sends what the cell
printed last, and nbconvert stops listening to that cell.
"""

import json
import queue
import sys

from jupyter_client.manager import start_new_kernel

QUIET_S = 0.2
CELL_TIMEOUT_S = 300


def outputs_of(client, source):
    """The outputs of one cell: all that it sends until it is done, and a moment longer."""
    request = client.execute(source, store_history=True)
    outputs = []
    done = False
    while True:
        try:
            message = client.get_iopub_msg(timeout=QUIET_S if done else CELL_TIMEOUT_S)
        except queue.Empty:
            if done:
                return outputs
            raise SystemExit(f"a cell took more than {CELL_TIMEOUT_S} s:\n{source}") from None
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            done = True
        elif kind == "stream":
            outputs.append({"output_type": "stream", "name": content["name"], "text": content["text"]})
        elif kind in ("display_data", "execute_result"):
            outputs.append({"output_type": kind, "data": content["data"]})
        elif kind == "error":
            trace = "\n".join(content.get("traceback", []))
            raise SystemExit(f"{source}\n\n{content['ename']}: {content['evalue']}\n{trace}")


def main(path, output):
    with open(path, encoding="utf8") as file:
        notebook = json.load(file)
    manager, client = start_new_kernel(kernel_name="deno", startup_timeout=60)
    try:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"] = outputs_of(client, "".join(cell["source"]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    with open(output, "w", encoding="utf8") as file:
        json.dump(notebook, file)


main(*sys.argv[1:])
