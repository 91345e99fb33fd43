//! Compiles the kernels for the processor where tests ask for it.

fn main() {
    println!("cargo:rerun-if-changed=kernels");
    #[cfg(feature = "on-host")]
    cc::Build::new()
        .file("kernels/host.c")
        .std("c11")
        .opt_level(2)
        .warnings(false)
        .compile("brinell_kernels");
}
