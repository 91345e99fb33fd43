#!/usr/bin/env python3
"""PyTorch on the same nets as the bench `gpu`, on the same GPU, in the same run.

The bench starts this script itself:  cargo bench --workspace --bench gpu -- --peers python3
Needs: PyTorch. Arguments: the device (`cuda`, or `cpu` to try the script), seconds that compiling may take in all.
With `--compile-ahead` as a third argument nothing is answered: every job is compiled, so that its kernels lie in
PyTorch's cache when the bench asks for it.
Protocol: one line `JOB SECONDS` in, one line of JSON out: {"times": [...]} in seconds, one entry a call, or {"error": "..."};
`count NET` answers {"parameters": ...}.
A job is `train:NET:BATCH:VARIANT` or `infer:NET:BATCH:VARIANT`. Variants: `eager` and `compiled` (torch.compile, mode default)
compute in f32, `tf32` is eager with PyTorch's own defaults, which are TF32 in convolutions.
A training step copies the batch from pinned memory, and is forward, cross-entropy, backward, AdamW (fused); inference copies the
batch there and the logits back. Each call ends when the GPU is done.
"""
import json
import os
import signal
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

DEVICE = sys.argv[1] if len(sys.argv) > 1 else "cuda"
BATCHES = (64, 128, 256, 512, 1024)
WARM_UP = 3


class Se(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.fc1, self.fc2 = nn.Linear(channels, hidden, bias=False), nn.Linear(hidden, channels, bias=False)

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class SeCnn(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        layers, before = [], 1
        for width in (32, 64, 128):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), Se(width),
                       nn.MaxPool2d(2)]
            before = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(128 * 64, 512), nn.ReLU(), nn.Dropout(0.5),
                                        nn.Linear(512, classes))

    def forward(self, x):
        return self.classifier(self.features(x))


class Wdcnn(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        layers, before = [], 1
        for width, kernel, stride, padding in [(16, 64, 16, 24), (32, 3, 1, 1), (64, 3, 1, 1), (64, 3, 1, 1),
                                               (64, 3, 1, 0)]:
            layers += [nn.Conv1d(before, width, kernel, stride, padding), nn.BatchNorm1d(width), nn.ReLU(),
                       nn.MaxPool1d(2)]
            before = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(64 * 3, 100), nn.ReLU(), nn.Linear(100, classes))

    def forward(self, x):
        return self.classifier(self.features(x))


class Cbam(nn.Module):
    """As its authors wrote it: biases in the small layers, a batch norm in the spatial gate."""

    def __init__(self, channels, reduction=16, kernel=7):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.mlp = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))
        self.conv = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(1, momentum=0.01)

    def forward(self, x):
        gate = torch.sigmoid(self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3))))
        x = x * gate[:, :, None, None]
        planes = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.norm(self.conv(planes)))


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))], 1)


class DenseNet121Cbam(nn.Module):
    """CBAM behind each block, before the transition."""

    def __init__(self, growth=32, blocks=(6, 12, 24, 16), classes=10):
        super().__init__()
        channels = 2 * growth
        layers = [nn.Conv2d(1, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                  nn.MaxPool2d(3, 2, 1)]
        for index, count in enumerate(blocks):
            for _ in range(count):
                layers.append(DenseLayer(channels, growth))
                channels += growth
            layers.append(Cbam(channels))
            if index + 1 < len(blocks):
                layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False),
                           nn.AvgPool2d(2)]
                channels //= 2
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU())
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


NETS = {"se-cnn": (SeCnn, (1, 64, 64)), "wdcnn": (Wdcnn, (1, 2048)),
        "densenet-121-cbam": (DenseNet121Cbam, (1, 64, 64))}


class NoTime(Exception):
    pass


class Allowance:
    """Seconds that compiling may still take, over all jobs."""

    def __init__(self, seconds):
        self.left, self.ran_out = seconds, False

    def __enter__(self):
        self.ran_out = self.left <= 0
        if self.ran_out:
            raise NoTime
        self.start = time.perf_counter()
        signal.signal(signal.SIGALRM, self.stop)
        signal.setitimer(signal.ITIMER_REAL, self.left)

    def stop(self, *_):
        self.ran_out = True
        raise NoTime

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.left -= time.perf_counter() - self.start


ALLOWANCE = Allowance(float(sys.argv[2]) if len(sys.argv) > 2 else 600.0)


def wait():
    if DEVICE.startswith("cuda"):
        torch.cuda.synchronize()


def precision(variant):
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = variant == "tf32"


def held(tensor):
    return tensor.pin_memory() if DEVICE.startswith("cuda") else tensor


def training(net, x, labels):
    adam = torch.optim.AdamW(net.parameters(), fused=True)

    def step():
        there, wanted = x.to(DEVICE, non_blocking=True), labels.to(DEVICE, non_blocking=True)
        adam.zero_grad(set_to_none=True)
        F.cross_entropy(net(there), wanted).backward()
        adam.step()
        wait()
    return step


def inference(net, x):
    net.eval()

    def judge():
        with torch.inference_mode():
            logits = net(x.to(DEVICE, non_blocking=True)).cpu()
        wait()
        return logits
    return judge


def job(name):
    kind, net, batch, variant = name.split(":")
    make, shape = NETS[net]
    precision(variant)
    torch.manual_seed(1)
    x, labels = held(torch.randn(int(batch), *shape)), held(torch.arange(int(batch)) % 10)
    net = make().to(DEVICE)

    def warm():
        work = training(net, x, labels) if kind == "train" else inference(net, x)
        for _ in range(WARM_UP):
            work()
        return work
    if variant != "compiled":
        return warm()
    with ALLOWANCE:
        net = torch.compile(net, dynamic=False)
        return warm()


def forget(ready):
    ready.clear()
    if DEVICE.startswith("cuda"):
        torch.cuda.empty_cache()


def said(error):
    if ALLOWANCE.ran_out:
        return "not measured: no time left to compile"
    if isinstance(error, torch.cuda.OutOfMemoryError):
        return "out of memory"
    return (repr(error).splitlines() or ["an error"])[0][:200]


def compile_ahead():
    for batch in BATCHES:
        for net in NETS:
            for kind in ("train", "infer"):
                name, start = f"{kind}:{net}:{batch}:compiled", time.perf_counter()
                try:
                    job(name)
                    print(f"{name} compiled in {time.perf_counter() - start:.1f} s", flush=True)
                except Exception as error:
                    print(f"{name}: {said(error)}", flush=True)
                    if ALLOWANCE.ran_out:
                        return
                torch._dynamo.reset()
                forget({})


def versions():
    found = {"python": sys.version.split()[0], "torch": torch.__version__, "device": DEVICE}
    if DEVICE.startswith("cuda") and torch.cuda.is_available():
        found.update(name=torch.cuda.get_device_name(), cuda=torch.version.cuda, cudnn=torch.backends.cudnn.version())
    return found


def answer(what, option, ready):
    if what == "count":
        return {"parameters": sum(own.numel() for own in NETS[option][0]().parameters())}
    row = what.rsplit(":", 1)[0]
    if any(name.rsplit(":", 1)[0] != row for name in ready):
        forget(ready)
        torch._dynamo.reset()
    if what not in ready:
        ready[what] = job(what)
    precision(what.rsplit(":", 1)[1])
    times, end = [], time.perf_counter() + float(option)
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        ready[what]()
        times.append(time.perf_counter() - start)
    return {"times": times}


def main():
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    ready = {}
    print(json.dumps({"versions": versions()}), file=answers, flush=True)
    for line in sys.stdin:
        ALLOWANCE.ran_out = False
        try:
            found = answer(*line.split(), ready)
        except Exception as error:  # a row that fails is dropped, not the bench
            found = {"error": said(error)}
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    if "--compile-ahead" in sys.argv[3:]:
        compile_ahead()
    else:
        main()
