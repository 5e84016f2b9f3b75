#!/usr/bin/env python3
"""Weights travel: lowfirst -> PyTorch's state_dict -> lowfirst, with the same function on both sides.

Usage: torch_weights.py LOWFIRST FOLDER. Needs NumPy (exit 77 without). With PyTorch the net is torch.nn.Sequential and its state_dict;
without, the same forward pass in NumPy over the same names: the format and the names are checked either way."""
import json, os, struct, subprocess, sys

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed (Debian package python3-numpy)")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

program, folder = sys.argv[1], sys.argv[2]
os.makedirs(folder, exist_ok=True)
TYPES = {"F32": np.float32, "F64": np.float64}


def read(path):
    raw = open(path, "rb").read()
    length = struct.unpack("<Q", raw[:8])[0]
    head, body = json.loads(raw[8:8 + length]), raw[8 + length:]
    head.pop("__metadata__", None)
    return {name: np.frombuffer(body[slice(*t["data_offsets"])], TYPES[t["dtype"]]).reshape(t["shape"]).copy() for name, t in head.items()}


def write(path, tensors):
    head, body = {}, b""
    for name, a in tensors.items():
        kind = {np.dtype(v): k for k, v in TYPES.items()}[a.dtype]
        head[name] = {"dtype": kind, "shape": list(a.shape), "data_offsets": [len(body), len(body) + a.nbytes]}
        body += a.tobytes()
    text = json.dumps(head).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


def evaluate(tensors, x):
    """1-16-12-1 tanh, from named tensors."""
    if torch is None:
        for i in (0, 2, 4):
            x = x @ tensors[f"{i}.weight"].T + tensors[f"{i}.bias"]
            x = np.tanh(x) if i < 4 else x
        return x
    net = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 12), torch.nn.Tanh(), torch.nn.Linear(12, 1)).double()
    net.load_state_dict({k: torch.tensor(v) for k, v in tensors.items()})
    return net(torch.tensor(x)).detach().numpy()


def train(out, *more):
    out = os.path.join(folder, out)
    subprocess.run(["rm", "-rf", out], check=True)
    subprocess.run([program, "train", "--target", "sin(3*x)", "--range", "-1:1", "--points", "40", "--net", "1-16-12-1", "--precision", "f64",
                    "--steps", "0", "--no-report", "--quiet", "--keep-fit", "--out", out, *more], check=True)
    h = np.load(os.path.join(out, "history.npz"))
    return read(os.path.join(out, "weights.safetensors")), h["x_probe"], h["fit"][-1]


ours, x, fit = train("ours")
names = ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
assert list(ours) == names, list(ours)
assert np.abs(evaluate(ours, x) - fit).max() < 1e-13, "the function that PyTorch makes of our weights differs"

if torch is None:
    rng = np.random.default_rng(1)
    theirs = {k: rng.normal(size=v.shape) for k, v in ours.items()}
else:
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 12), torch.nn.Tanh(), torch.nn.Linear(12, 1)).double()
    theirs = {k: v.numpy() for k, v in net.state_dict().items()}
write(os.path.join(folder, "theirs.safetensors"), theirs)
back, x, fit = train("theirs", "--weights", os.path.join(folder, "theirs.safetensors"))
assert all((back[k] == theirs[k]).all() for k in names), "weights changed on their way through"
assert np.abs(evaluate(theirs, x) - fit).max() < 1e-13, "the function that we make of PyTorch's weights differs"
print("weights travel both ways,", "through PyTorch " + torch.__version__ if torch else "by NumPy (PyTorch is not installed)")
