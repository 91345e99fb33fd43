//! Fuzzing of the readers: whatever the bytes are, a reader gives values or an error, within bounded memory, and listing,
//! reading and streaming agree.
//!
//! One program for all targets; the environment variable `BRINELL_FUZZ` chooses one of [`target::TARGETS`].

#![no_main]

mod agreement;
mod memory;
mod target;
mod watch;

use std::sync::OnceLock;
use target::Target;

/// The chosen target.
static TARGET: OnceLock<Target> = OnceLock::new();

/// Sources of the readers. A panic there is a mistake even where a fence would catch it; those of libraries are fenced.
const OWN: &str = "formats/src/";

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("BRINELL_FUZZ").unwrap_or_default();
        let target = target::find(&name).unwrap_or_else(|| {
            panic!("BRINELL_FUZZ is `{name}`: one of {} expected", target::names().join(", "))
        });
        let _ = TARGET.set(target);
        // In place of the hook that ends the program at any panic. One that no fence catches ends it all the same.
        let _ = std::panic::take_hook();
        std::panic::set_hook(Box::new(|panic| {
            let own = panic.location().is_none_or(|place| place.file().contains(OWN) || place.file().starts_with("src/"));
            if own {
                eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
                std::process::abort();
            }
        }));
    },
    |bytes: &[u8]| {
        if let Some(target) = TARGET.get() {
            memory::bounded(target.memory(bytes.len()), || watch::watched(|| target.run(bytes)));
        }
    }
);
