//! That another program gets the same numbers from a file.
//!
//! It needs a Python with `onnx` and `onnxruntime`: the one named by `BRINELL_PYTHON`, else `python3` where it has them.

use std::path::Path;
use std::process::Command;

use brinell_model::Pass;
use brinell_model::onnx::{OnnxExport, to_onnx};
use candle_core::{DType, Tensor};
use serde_json::{Value, json};

use crate::cases::cases;

/// The largest difference over the largest magnitude of an output.
const TOLERANCE: &str = "1e-5";

fn python() -> Option<String> {
    let named = std::env::var("BRINELL_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let tried = Command::new(&python).args(["-c", "import numpy, onnx, onnxruntime"]).output();
    let has_all = tried.is_ok_and(|output| output.status.success());
    assert!(
        has_all || named.is_none(),
        "BRINELL_PYTHON = {python} cannot import numpy, onnx and onnxruntime"
    );
    has_all.then_some(python)
}

/// Writes the numbers and tells where they are.
fn stored(folder: &Path, file: String, tensor: &Tensor) -> Value {
    let numbers: Vec<f32> = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(folder.join(&file), bytes).unwrap();
    json!({"file": file, "shape": tensor.dims()})
}

#[test]
#[allow(clippy::print_stdout)]
fn onnxruntime_gives_the_numbers_of_the_net() {
    let Some(python) = python() else {
        println!("skipped: no onnxruntime");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("onnx");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut list = Vec::new();
    for (place, case) in cases().into_iter().enumerate() {
        let file = format!("{place}.onnx");
        let export = OnnxExport { gates: true, ..OnnxExport::default() };
        std::fs::write(folder.join(&file), to_onnx(&case.network, &export).unwrap()).unwrap();
        let x = case.batch(7);
        let input = stored(&folder, format!("{place}.x"), &x);
        let graph = case.network.graph();
        let (names, ids): (Vec<_>, Vec<_>) = graph.outputs().iter().chain(graph.gates()).cloned().unzip();
        let values = case.network.run(&x, &ids, &mut Pass::evaluate()).unwrap();
        let outputs: Vec<Value> = names
            .into_iter()
            .zip(values)
            .enumerate()
            .map(|(output, (name, values))| {
                let mut told = stored(&folder, format!("{place}.{output}"), &values);
                told["name"] = name.into();
                told
            })
            .collect();
        list.push(json!({"name": case.name, "file": file, "input": input, "outputs": outputs}));
    }
    std::fs::write(folder.join("cases.json"), serde_json::to_vec(&list).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/verify.py");
    let run = Command::new(python).arg(script).arg(&folder).arg(TOLERANCE).output().unwrap();
    let (told, complaint) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{told}");
    assert!(run.status.success(), "{told}\n{complaint}");
    std::fs::remove_dir_all(&folder).unwrap();
}
