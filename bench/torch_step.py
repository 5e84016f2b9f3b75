"""PyTorch's side of b_step.c: the same net, data and optimiser, driven line by line.

First line out: "torch VERSION", or nothing where PyTorch is missing. Then, each answered by one line:
  setup WEIGHTS DATA ACT TYPE OPTIMISER RATE   -> number of ways to write the step that will be tried
  losses WAY STEPS                             -> losses before updates 0..STEPS-1, from the weights of the file
  time WAY SECONDS                             -> seconds per step, over a turn of about SECONDS
The ways are those a user would write; the fastest counts.
"""
import json
import os
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    sys.exit(f"{missing}")


def read_safetensors(path):
    """Name -> array. Eight bytes of length, a JSON header, the bytes."""
    kinds = {"F32": numpy.float32, "F64": numpy.float64}
    with open(path, "rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(size))
        data = f.read()
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            out[name] = numpy.frombuffer(data[first:end], kinds[entry["dtype"]]).reshape(entry["shape"]).copy()
    return out


ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
TYPES = {"f32": torch.float32, "f64": torch.float64}


class Race:
    def __init__(self, weights, data, act, kind, optimiser, rate):
        self.weights = {k: torch.from_numpy(v) for k, v in read_safetensors(weights).items()}
        self.act, self.kind, self.optimiser, self.rate = act, TYPES[kind], optimiser, float(rate)
        with numpy.load(data) as file:
            self.x, self.y = (torch.from_numpy(file[k]).to(self.kind) for k in ("x", "y"))
        self.ways = [self.plain, self.foreach] + ([self.by_hand] if optimiser == "gd" else [])
        self.steps = [None] * len(self.ways)  # a running net per way

    def net(self):
        layers = []
        count = len(self.weights) // 2
        for k in range(count):
            out, into = self.weights[f"{2 * k}.weight"].shape
            layers.append(torch.nn.Linear(into, out))
            if k + 1 < count:
                layers.append(ACTIVATIONS[self.act]())
        net = torch.nn.Sequential(*layers).to(self.kind)
        net.load_state_dict(self.weights)
        return net

    def optimised(self, foreach):
        net, loss = self.net(), torch.nn.MSELoss()
        make = torch.optim.Adam if self.optimiser == "adam" else torch.optim.SGD
        optimiser = make(net.parameters(), lr=self.rate, foreach=foreach)

        def step():
            optimiser.zero_grad(set_to_none=True)
            value = loss(net(self.x), self.y)
            value.backward()
            optimiser.step()
            return value

        return step

    def plain(self):
        return self.optimised(False)

    def foreach(self):
        return self.optimised(True)

    def by_hand(self):
        net = self.net()
        parameters = list(net.parameters())

        def step():
            value = torch.nn.functional.mse_loss(net(self.x), self.y)
            gradient = torch.autograd.grad(value, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradient, alpha=-self.rate)
            return value

        return step

    def losses(self, way, count):
        step = self.ways[way]()
        return [step().item() for _ in range(count)]

    def time(self, way, turn):
        if self.steps[way] is None:
            self.steps[way] = self.ways[way]()
        step, count = self.steps[way], 0
        start = now = time.perf_counter()
        while now < start + turn:
            step()
            count += 1
            now = time.perf_counter()
        return (now - start) / count


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    print("torch", torch.__version__, flush=True)
    race = None
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "setup":
            race = Race(*rest)
            answer = len(race.ways)
        elif word == "losses":
            answer = " ".join(f"{v:.17g}" for v in race.losses(int(rest[0]), int(rest[1])))
        else:
            answer = race.time(int(rest[0]), float(rest[1]))
        print(answer, flush=True)


main()
