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
    Adam adam "brinell_adam" false "A step of Adam.",
    Average average "brinell_average" false "Averages of weights follow them.",
    Broadcast broadcast "brinell_broadcast" false "Two operands joined number by number.",
    BroadcastSums broadcast_sums "brinell_broadcast_sums" true "Gradients summed over broadcast axes.",
    ChannelMoments channel_moments "brinell_channel_moments" true "Sums for mean and variance of channels, in parts.",
    ChannelSlopes channel_slopes "brinell_channel_slopes" true "Sums of gradients of channels, in parts.",
    ChannelStatistics channel_statistics "brinell_channel_statistics" true "Mean and variance from parts.",
    ChannelTotals channel_totals "brinell_channel_totals" true "Gradients of a norm's parameters from parts.",
    CopyRows copy_rows "brinell_copy_rows" false "Rows from one pitch to another.",
    CrossEntropy cross_entropy "brinell_cross_entropy" true "The cross entropy of logits and its gradient.",
    Dropout dropout "brinell_dropout" true "Numbers left out by chance.",
    Fill fill "brinell_fill" false "One number everywhere.",
    Function function "brinell_function" false "A function of every number.",
    FunctionGradient function_gradient "brinell_function_gradient" false "The way back through a function.",
    GatherRows gather_rows "brinell_gather_rows" false "Rows chosen by number.",
    NormFollow norm_follow "brinell_norm_follow" false "Running statistics follow those of a batch.",
    NormForward norm_forward "brinell_norm_forward" true "Batch norm.",
    NormGradient norm_gradient "brinell_norm_gradient" true "The gradient of batch norm's input.",
    Permute permute "brinell_permute" false "Axes in another order.",
    RmsProp rms_prop "brinell_rms_prop" false "A step of RMSprop.",
    SensorFactors sensor_factors "brinell_sensor_factors" true "Factors of sensors that are there.",
    Sgd sgd "brinell_sgd" false "A step of gradient descent.",
    Squares squares "brinell_squares" true "Sums of squares, in parts.",
    Total total "brinell_total" true "The sum of parts.",
    Transpose transpose "brinell_transpose" true "Axes in another order, by tiles.",
    VmdFixed16 vmd_fixed_16 "brinell_vmd_fixed_16" true "Modes by the fixed point, up to 4096 samples.",
    VmdFixed8 vmd_fixed_8 "brinell_vmd_fixed_8" true "Modes by the fixed point, up to 2048 samples.",
    VmdSamples vmd_samples "brinell_vmd_samples" true "Coefficients of modes to samples.",
    VmdSpectrum vmd_spectrum "brinell_vmd_spectrum" true "Segments to coefficients of cosines.",
    VmdSweeps16 vmd_sweeps_16 "brinell_vmd_sweeps_16" true "Modes by sweeps, up to 4096 samples.",
    VmdSweeps8 vmd_sweeps_8 "brinell_vmd_sweeps_8" true "Modes by sweeps, up to 2048 samples.",
}
