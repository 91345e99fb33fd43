"""Writes parity.json: what nets of torchvision and timm give for weights and inputs that follow from a formula, so that
neither has to be stored.

pip install numpy torch torchvision timm; python parity.py
"""
import json, os

import numpy as np, timm, torch, torchvision
from torchvision.models.vision_transformer import VisionTransformer


def numbers(place, shape):
    """Numbers between -1 and 1 from their own places and that of their tensor."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint64) + np.uint64(place) * np.uint64(1_000_003)
        for factor in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9):
            x = x * np.uint64(factor)
            x ^= x >> np.uint64(29)
    return torch.from_numpy((x >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1.0).reshape(shape)


def fill(net):
    state = {key: value for key, value in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    for place, name in enumerate(sorted(state), start=1):
        shape = list(state[name].shape)
        values = numbers(place, shape)
        if name.endswith("running_var"):
            values = 1 + 0.5 * values
        elif len([n for n in shape if n > 1]) > 1:
            values = values * (3.0 / np.prod(shape[1:])) ** 0.5
        elif name.endswith("weight") or name.endswith("gamma"):
            values = 1 + 0.2 * values
        else:
            values = 0.1 * values
        state[name].copy_(values)


models, classes = torchvision.models, {"num_classes": 5}
nets = {
    "resnet18": (models.resnet18(**classes), [2, 3, 40, 33]),
    "resnet50": (models.resnet50(**classes), [2, 3, 33, 40]),
    "densenet121": (models.densenet121(**classes), [2, 3, 64, 64]),
    "mobilenet_v3_small": (models.mobilenet_v3_small(dropout=0.0, **classes), [2, 3, 64, 64]),
    "vision_transformer": (VisionTransformer(24, 8, 2, 3, 12, 48, **classes), [2, 3, 24, 24]),
    "convnext": (timm.models.convnext.ConvNeXt(depths=(1, 2, 1, 1), dims=(8, 12, 16, 20), **classes), [2, 3, 64, 96]),
}
results = {}
torch.use_deterministic_algorithms(True)
for name, (net, shape) in nets.items():
    net = net.double()
    with torch.no_grad():
        fill(net)
    x = numbers(0, shape).requires_grad_()
    results[name] = {"input": shape}
    for mode in ("eval", "train"):
        net.train(mode == "train")
        logits = net(x)
        (slope,) = torch.autograd.grad((logits * numbers(999, logits.shape)).sum(), x)
        results[name][mode] = logits.flatten().tolist() + [slope.abs().sum().item()]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "parity.json"), "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in results.items()) + "\n}\n")
