//! Every kernel by name.

macro_rules! kernels {
    ($($kernel:ident $name:ident $symbol:literal $waits:literal $what:literal,)*) => {
        /// A kernel; what it takes stands beside it in `kernels/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kernel {
            $(#[doc = $what] $kernel,)*
        }

        impl Kernel {
            /// All, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$kernel,)*];

            /// Its name in the module of all kernels.
            pub fn symbol(self) -> &'static str {
                match self {
                    $(Self::$kernel => $symbol,)*
                }
            }

            /// Whether threads of a block wait for each other in it.
            #[cfg(feature = "on-host")]
            pub(crate) fn waits(self) -> bool {
                match self {
                    $(Self::$kernel => $waits,)*
                }
            }

            /// The same kernel compiled for the processor.
            #[cfg(feature = "on-host")]
            pub(crate) fn on_host(self) -> crate::host::HostKernel {
                match self {
                    $(Self::$kernel => crate::host::symbols::$name,)*
                }
            }
        }

        #[cfg(feature = "on-host")]
        macro_rules! host_symbols {
            () => {
                $(#[link_name = $symbol] pub(crate) fn $name(args: crate::launch::Args);)*
            };
        }
        #[cfg(feature = "on-host")]
        pub(crate) use host_symbols;
    };
}

kernels! {
    Fill fill "brinell_fill" false "One number everywhere.",
    CopyRows copy_rows "brinell_copy_rows" false "Rows from one pitch to another.",
}
