#!/usr/bin/env python3
"""PyTorch and onnxruntime on the same nets as the bench `nets`, in the same run, on the same threads.

The bench starts this script itself:  cargo bench -p brinell-model --bench nets -- --peers python3
Needs: pip install torch numpy onnxruntime   (a missing one drops its rows).
Protocol: the first argument is the number of threads; one line `JOB SECONDS` in, one line of JSON out:
{"times": [...]} in seconds, one entry a call, or {"error": "..."}; `memory JOB` answers {"bytes": ...}, by how much the
process' largest resident size exceeds what it was before the net was made (call it first, in a process of its own).
Training steps are timed in both memory layouts of images, `contiguous` and `channels_last`: the better one counts.
"""
import json
import os
import sys
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(THREADS)


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


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))], 1)


class DenseNet(nn.Module):
    def __init__(self, growth=12, blocks=(6, 6, 6), classes=10):
        super().__init__()
        channels, layers = 2 * growth, [nn.Conv2d(1, 2 * growth, 3, padding=1, bias=False)]
        for index, count in enumerate(blocks):
            for _ in range(count):
                layers.append(DenseLayer(channels, growth))
                channels += growth
            if index + 1 < len(blocks):
                layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False),
                           nn.AvgPool2d(2)]
                channels //= 2
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU())
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class Wdcnn(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        layers, before = [], 1
        for index, (width, kernel, stride, padding) in enumerate(
                [(16, 64, 16, 24), (32, 3, 1, 1), (64, 3, 1, 1), (64, 3, 1, 1), (64, 3, 1, 0)]):
            layers += [nn.Conv1d(before, width, kernel, stride, padding, bias=False), nn.BatchNorm1d(width), nn.ReLU(),
                       nn.MaxPool1d(2)]
            before = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(64 * 3, 100), nn.ReLU(), nn.Linear(100, classes))

    def forward(self, x):
        return self.classifier(self.features(x))


class UdtlCnn(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        layers, before = [], 1
        for index, (width, kernel) in enumerate([(16, 15), (32, 3), (64, 3), (128, 3)]):
            layers += [nn.Conv1d(before, width, kernel), nn.BatchNorm1d(width), nn.ReLU()]
            if index == 1:
                layers.append(nn.MaxPool1d(2))
            before = width
        self.features = nn.Sequential(*layers, nn.AdaptiveMaxPool1d(4))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(128 * 4, 256), nn.ReLU(), nn.Dropout(0.5),
                                        nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, classes))

    def forward(self, x):
        return self.classifier(self.features(x))


NETS = {"se-cnn": (SeCnn, (1, 64, 64), 64), "densenet": (DenseNet, (1, 64, 64), 32), "wdcnn": (Wdcnn, (1, 2048), 64),
        "udtl-cnn": (UdtlCnn, (1, 1024), 64)}


def training(name, layout):
    make, shape, batch = NETS[name]
    torch.manual_seed(1)
    net, x = make(), torch.randn(batch, *shape)
    if layout == "channels_last":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 10
    adam = torch.optim.Adam(net.parameters())

    def step():
        adam.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), labels).backward()
        adam.step()
    return step


def inference(name, batch):
    """onnxruntime on what PyTorch exports, which folds the batch norms."""
    import io
    import numpy as np
    import onnxruntime
    make, shape, _ = NETS[name]
    torch.manual_seed(1)
    net = make().eval()
    file = io.BytesIO()
    torch.onnx.export(net, torch.randn(batch, *shape), file, opset_version=17, dynamo=False, input_names=["x"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).standard_normal((batch, *shape)).astype(np.float32)
    return lambda: session.run(None, {"x": x})


def job(name):
    """`train:NET:LAYOUT` or `infer:NET:BATCH`."""
    kind, net, option = name.split(":")
    return training(net, option) if kind == "train" else inference(net, int(option))


def resident(field):
    """`VmRSS`, the resident size now, or `VmHWM`, the largest since it was last forgotten, in bytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":")) * 1024


def warm_up():
    """One step of a tiny net, so that what the library loads on first use is not counted."""
    net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(6, 10))
    adam = torch.optim.Adam(net.parameters())
    F.cross_entropy(net(torch.randn(4, 1, 8)), torch.arange(4)).backward()
    adam.step()


def grown(name):
    """By how many bytes the largest resident size of five steps exceeds that of before the net was made."""
    warm_up()
    before = resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as forget:
        forget.write("5")
    work = job(name)
    for _ in range(5):
        work()
    return resident("VmHWM") - before


def versions():
    from importlib.metadata import PackageNotFoundError, version
    found = {"python": sys.version.split()[0], "torch": torch.__version__, "threads": torch.get_num_threads(),
             "mkldnn": torch.backends.mkldnn.is_available()}
    try:
        found["onnxruntime"] = version("onnxruntime")
    except PackageNotFoundError:
        found["onnxruntime"] = "missing"
    return found


def main():
    ready = {}
    print(json.dumps({"versions": versions()}), flush=True)
    for line in sys.stdin:
        what, option = line.split()
        try:
            if what == "memory":
                answer = {"bytes": grown(option)}
            else:
                if what not in ready:
                    ready[what] = job(what)
                    ready[what]()
                times, end = [], time.perf_counter() + float(option)
                while time.perf_counter() < end or len(times) < 3:
                    start = time.perf_counter()
                    ready[what]()
                    times.append(time.perf_counter() - start)
                answer = {"times": times}
        except Exception as error:  # a peer that is missing or fails drops its row, not the bench
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
