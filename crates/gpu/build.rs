//! Compiles the kernels for the processor where tests ask for it.

fn main() {
    println!("cargo:rerun-if-changed=kernels");
    #[cfg(feature = "on-host")]
    compile();
}

/// Every file of kernels on its own, as they are for a GPU.
#[cfg(feature = "on-host")]
fn compile() {
    let files = std::fs::read_dir("kernels").expect("the folder of the kernels");
    let mut files: Vec<_> = files.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "cu"));
    files.sort();
    let mut build = cc::Build::new();
    build.flag("-x").flag("c").flag("-std=c11").opt_level(2).warnings(false);
    build.files(files).file("kernels/host.c").compile("brinell_kernels");
}
