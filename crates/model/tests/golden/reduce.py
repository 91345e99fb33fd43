"""Takes the cases that this crate tests from the full set of golden numbers that make.py writes.

Run:  python make.py   (needs torch, safetensors, numpy, scikit-learn; writes the full set beside itself)
      python reduce.py FOLDER_OF_THE_FULL_SET   (needs nothing but Python)
"""
import json, os, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = (
    [f"conv2d_{i:02d}" for i in range(16)] + [f"conv1d_{i:02d}" for i in range(16, 25)]
    + ["max_pool2d_00", "max_pool2d_01", "max_pool2d_02", "max_pool2d_03", "max_pool2d_07"]
    + ["max_pool1d_08", "max_pool1d_09", "max_pool1d_10", "adaptive_avg_pool2d_2"]
    + ["act_relu", "act_sigmoid", "linear"]
    + ["bn1d_3d", "bn1d_2d", "bn2d", "bn2d_eps_mom", "bn2d_const", "bn2d_bigmean"]
    + ["se_r4", "se_bias_r4", "se_1d", "se_hidden_floor", "wdcnn", "se_cnn_small"]
    + ["ce", "ce_smooth", "ce_weight", "ce_weight_smooth"]
    + ["adam", "adam_wd", "adamw", "adamw_default", "clip_norm", "sched_plateau"]
)
COUNTS = ("se_C", "se_cnn_", "wdcnn_10")


def tensors(path):
    with open(path, "rb") as f:
        data = f.read()
    (n,) = struct.unpack("<Q", data[:8])
    for name, info in json.loads(data[8:8 + n]).items():
        if name != "__metadata__":
            a, b = info["data_offsets"]
            yield name, info["dtype"], info["shape"], data[8 + n + a:8 + n + b]


def main(full):
    manifest = json.load(open(os.path.join(full, "manifest.json")))
    cases = [c for c in manifest["cases"] if c["case"] in CASES]
    missing = set(CASES) - {c["case"] for c in cases}
    assert not missing, missing
    header, body = {}, b""
    for file in sorted({c["file"] for c in cases}):
        wanted = {c["case"] for c in cases if c["file"] == file}
        for name, dtype, shape, data in sorted(tensors(os.path.join(full, file))):
            if name.split("/")[0] in wanted:
                header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
                body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, "golden.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)
    counts = {k: v for k, v in manifest["parameter_counts"].items() if k.startswith(COUNTS)}
    keep = {k: manifest[k] for k in ("made_with", "seed", "convention")}
    for c in cases:
        del c["file"]
    with open(os.path.join(HERE, "manifest.json"), "w") as f:
        json.dump(keep | {"parameter_counts": counts, "cases": cases}, f, indent=1)
        f.write("\n")


main(sys.argv[1])
