#!/usr/bin/env python3
"""Holds `mor logits` on a device against golden folders, without Maven: tests/gpu/golden.py --device cuda0 DIR -- mor...

DIR holds golden folders, whole ones or those of this repository; `mor...` is the command to run. Prints a Markdown table.
Fails where logits are further off than the bound, or tokens go to other depths. Where the reference's own decisions are
nearly even (margin below --near-tie) other depths are listed and pass, and the logits of that sequence are not compared.
"""

import argparse
import json
import math
import shutil
import struct
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

CODES = {"F32": "f", "F64": "d", "I32": "i", "I64": "q"}
CHUNKS = (0, 1, 7)


class Tensors:
    """A safetensors file in memory."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        (length,) = struct.unpack_from("<Q", data)
        self.header = json.loads(data[8 : 8 + length])
        self.header.pop("__metadata__", None)
        self.body = memoryview(data)[8 + length :]

    def __contains__(self, name):
        return name in self.header

    def rows(self, name):
        return self.header[name]["shape"][0] if name in self.header else 0

    def bytes(self, name):
        start, end = self.header[name]["data_offsets"]
        return self.body[start:end]

    def values(self, name, row=None):
        """All values, or those of one entry of the first dimension."""
        values = array(CODES[self.header[name]["dtype"]])
        values.frombytes(self.bytes(name))
        if row is None:
            return values
        length = len(values) // self.rows(name)
        return values[row * length : (row + 1) * length]


def with_aliases(folder, scratch):
    """A folder in which every tensor has all the names that the trainer gave it."""
    weights = folder / "model.safetensors"
    groups = json.loads((folder / "meta.json").read_text()).get("shared_groups", [])
    stored = Tensors(weights) if weights.exists() else None
    if stored is None or all(name in stored for group in groups for name in group):
        return folder
    whole = scratch / folder.name
    shutil.copytree(folder, whole)
    source = {name: name for name in stored.header}
    for group in groups:
        for name in group:
            source.setdefault(name, group[0])
    header, offset = {}, 0
    for name, first in source.items():
        size = len(stored.bytes(first))
        header[name] = dict(stored.header[first], data_offsets=[offset, offset + size])
        offset += size
    text = json.dumps(header).encode()
    with open(whole / "model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for first in source.values():
            out.write(stored.bytes(first))
    return whole


def cases(kind, arrays):
    """Prefix of the arrays, row, routing, tokens at a time, and the name of the reference's margin."""
    official, trained = ("a_", "b_"), ("a_", "b_")
    if kind == "expert":
        has_auxiliary = any(name.startswith("threshold_aux_") for name in arrays.header)
        rule = "threshold_aux_" if has_auxiliary else "threshold_"
        trained = (rule + "a0_", rule + "b_", rule + "empty_")
        for prefix in official:
            for row in range(arrays.rows(prefix + "input_ids")):
                yield prefix, row, "top-k", 0, prefix + "topk"
    for chunk in CHUNKS:
        for prefix in trained:
            for row in range(arrays.rows(prefix + "input_ids")):
                yield prefix, row, "trained", chunk, prefix.rstrip("_")


def expected_depths(arrays, prefix, row, tokens, steps):
    if prefix + "depth" in arrays:
        return [last + 1 for last in arrays.values(prefix + "depth", row)]
    if prefix + "selected_0" not in arrays:
        return [steps] * tokens
    depths, step = [0] * tokens, 0
    while prefix + f"selected_{step}" in arrays:
        for position in arrays.values(prefix + f"selected_{step}", row):
            depths[position] += 1
        step += 1
    return depths


def difference(expected, found):
    """Largest difference as a share of the largest value; infinite where it is no number."""
    if len(expected) != len(found):
        return math.inf
    worst = max((abs(x - y) if x == x and y == y else math.inf for x, y in zip(expected, found)), default=0.0)
    return worst / max((abs(x) for x in expected), default=1.0)


def check(folder, options, scratch):
    """Worst logits, cases, near ties and failures of one folder; None if its checkpoint has adapters."""
    if folder.name.endswith("_STANDIN"):
        return None
    arrays = Tensors(folder / "golden.safetensors")
    meta = json.loads((folder / "meta.json").read_text())
    model = scratch / (folder.name + ".gguf")
    convert = [*options.mor, "convert", with_aliases(folder, scratch), "-o", model, "--outtype", options.outtype]
    text = subprocess.run([str(word) for word in convert], capture_output=True, text=True)
    if text.returncode != 0:
        return 0.0, 0, [], [f"convert: exit code {text.returncode}: {text.stderr.strip()}"]
    worst, count, near, failures = 0.0, 0, [], []
    for prefix, row, routing, chunk, margin_name in cases(meta["kind"], arrays):
        count += 1
        name = f"{prefix}[{row}] {routing}" + (f" in chunks of {chunk}" if chunk else "")
        tokens = arrays.values(prefix + "input_ids", row)
        result = scratch / "logits.safetensors"
        command = [*options.mor, "logits", "-m", model, "--tokens", ",".join(map(str, tokens)), "--routing", routing]
        command += ["--device", options.device, "-o", result] + (["--ubatch", chunk] if chunk else [])
        command += ["-ctk", options.kv_type, "-ctv", options.kv_type]
        command += ["--device-parts", options.device_parts] if options.device_parts else []
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if run.returncode != 0:
            failures.append(f"{name}: exit code {run.returncode}: {run.stderr.strip()}")
            continue
        found = Tensors(result)
        steps = max(1, sum(key.startswith("router_score.") for key in found.header))
        depths = list(found.values("depth"))
        wanted = expected_depths(arrays, prefix, row, len(tokens), max(depths, default=steps))
        if depths != wanted:
            margin = meta.get("margins", {}).get(margin_name, math.inf)
            others = sum(x != y for x, y in zip(depths, wanted))
            line = f"{name}: {others} of {len(tokens)} depths differ, the reference's margin is {margin:.1e}"
            (near if margin < options.near_tie else failures).append(line)
            continue
        relative = difference(arrays.values(prefix + "logits", row), found.values("logits"))
        worst = max(worst, relative)
        if not relative <= options.bound:
            failures.append(f"{name}: logits differ by {relative:.1e} of the largest")
    if count == 0:
        failures.append("no sequence to compare")
    return worst, count, near, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("mor", nargs="+", help="the command that runs mor, behind --")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--device-parts")
    parser.add_argument("--kv-type", default="f32", help="of keys and values")
    parser.add_argument("--outtype", default="f32", help="of weights: f32, f16 or bf16")
    parser.add_argument("--bound", type=float, default=2e-2, help="of logits, as a share of the largest")
    parser.add_argument("--near-tie", type=float, default=5e-3)
    options = parser.parse_args()
    folders = sorted(each.parent for each in options.folder.glob("*/golden.safetensors"))
    if not folders:
        sys.exit(f"{options.folder}: expected golden folders, found none")
    notes, is_good = [], True
    print(f"| golden folder | cases | worst logit difference | near ties | failures |")
    print("|---|---:|---:|---:|---:|")
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            result = check(folder, options, Path(scratch))
        if result is None:
            continue
        worst, count, near, failures = result
        is_good &= not failures
        print(f"| {folder.name} | {count} | {worst:.1e} | {len(near)} | {len(failures)} |", flush=True)
        notes += [f"- {folder.name}: near tie: {line}" for line in near]
        notes += [f"- {folder.name}: FAILED: {line}" for line in failures]
    print("\n" + "\n".join(notes))
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
