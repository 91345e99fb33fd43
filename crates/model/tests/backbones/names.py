"""Writes names.json: of nets of torchvision and timm the shape of every tensor by name.

pip install torch torchvision timm; python names.py
"""
import json, os

import timm, torch, torchvision

with torch.device("meta"):
    nets = {name: getattr(torchvision.models, name)() for name in ("resnet18", "resnet50", "densenet121", "mobilenet_v3_small", "mobilenet_v3_large", "vit_b_16")}
    nets["convnext_tiny"] = timm.create_model("convnext_tiny")
listed = {
    name: {key: list(value.shape) for key, value in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    for name, net in nets.items()
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.json"), "w") as file:
    lines = [f"{json.dumps(name)}: {json.dumps(shapes, separators=(',', ':'))}" for name, shapes in listed.items()]
    file.write("{\n" + ",\n".join(lines) + "\n}\n")
