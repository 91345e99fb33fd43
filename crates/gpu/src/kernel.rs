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
    Dropout dropout "brinell_dropout" true "Numbers left out by chance.",
    Fill fill "brinell_fill" false "One number everywhere.",
    Function function "brinell_function" false "A function of every number.",
    FunctionGradient function_gradient "brinell_function_gradient" false "The way back through a function.",
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
    Product128x128 product_128x128 "brinell_product_128x128" true "Products of matrices, in tiles of 128 by 128.",
    Product64x64 product_64x64 "brinell_product_64x64" true "Products of matrices, in tiles of 64 by 64.",
    Product32x128 product_32x128 "brinell_product_32x128" true "Products of matrices, in tiles of 32 by 128.",
    Product32x32 product_32x32 "brinell_product_32x32" true "Products of matrices, in tiles of 32 by 32.",
    SumParts sum_parts "brinell_sum_parts" true "Sums of parts.",
    Convolution128x128 convolution_128x128 "brinell_convolution_128x128" true "A convolution, in tiles of 128 by 128.",
    Convolution64x64 convolution_64x64 "brinell_convolution_64x64" true "A convolution, in tiles of 64 by 64.",
    Convolution32x128 convolution_32x128 "brinell_convolution_32x128" true "A convolution, in tiles of 32 by 128.",
    Convolution32x32 convolution_32x32 "brinell_convolution_32x32" true "A convolution, in tiles of 32 by 32.",
    ConvolutionInput128x128 convolution_input_128x128 "brinell_convolution_input_128x128" true "The gradient of a convolution's input, in tiles of 128 by 128.",
    ConvolutionInput64x64 convolution_input_64x64 "brinell_convolution_input_64x64" true "The gradient of a convolution's input, in tiles of 64 by 64.",
    ConvolutionInput32x128 convolution_input_32x128 "brinell_convolution_input_32x128" true "The gradient of a convolution's input, in tiles of 32 by 128.",
    ConvolutionInput32x32 convolution_input_32x32 "brinell_convolution_input_32x32" true "The gradient of a convolution's input, in tiles of 32 by 32.",
    ConvolutionWeight128x128 convolution_weight_128x128 "brinell_convolution_weight_128x128" true "The gradient of a convolution's weight, in tiles of 128 by 128.",
    ConvolutionWeight64x64 convolution_weight_64x64 "brinell_convolution_weight_64x64" true "The gradient of a convolution's weight, in tiles of 64 by 64.",
    ConvolutionWeight32x128 convolution_weight_32x128 "brinell_convolution_weight_32x128" true "The gradient of a convolution's weight, in tiles of 32 by 128.",
    ConvolutionWeight32x32 convolution_weight_32x32 "brinell_convolution_weight_32x32" true "The gradient of a convolution's weight, in tiles of 32 by 32.",
    ProductTf32x128x128 product_tf32_128x128 "brinell_product_tf32_128x128" true "Products of matrices in TF32, in tiles of 128 by 128.",
    ProductTf32x64x64 product_tf32_64x64 "brinell_product_tf32_64x64" true "Products of matrices in TF32, in tiles of 64 by 64.",
    ProductTf32x32x128 product_tf32_32x128 "brinell_product_tf32_32x128" true "Products of matrices in TF32, in tiles of 32 by 128.",
    ProductTf32x32x32 product_tf32_32x32 "brinell_product_tf32_32x32" true "Products of matrices in TF32, in tiles of 32 by 32.",
    ConvolutionTf32x128x128 convolution_tf32_128x128 "brinell_convolution_tf32_128x128" true "A convolution in TF32, in tiles of 128 by 128.",
    ConvolutionTf32x64x64 convolution_tf32_64x64 "brinell_convolution_tf32_64x64" true "A convolution in TF32, in tiles of 64 by 64.",
    ConvolutionTf32x32x128 convolution_tf32_32x128 "brinell_convolution_tf32_32x128" true "A convolution in TF32, in tiles of 32 by 128.",
    ConvolutionTf32x32x32 convolution_tf32_32x32 "brinell_convolution_tf32_32x32" true "A convolution in TF32, in tiles of 32 by 32.",
    ConvolutionInputTf32x128x128 convolution_input_tf32_128x128 "brinell_convolution_input_tf32_128x128" true "The gradient of a convolution's input in TF32, in tiles of 128 by 128.",
    ConvolutionInputTf32x64x64 convolution_input_tf32_64x64 "brinell_convolution_input_tf32_64x64" true "The gradient of a convolution's input in TF32, in tiles of 64 by 64.",
    ConvolutionInputTf32x32x128 convolution_input_tf32_32x128 "brinell_convolution_input_tf32_32x128" true "The gradient of a convolution's input in TF32, in tiles of 32 by 128.",
    ConvolutionInputTf32x32x32 convolution_input_tf32_32x32 "brinell_convolution_input_tf32_32x32" true "The gradient of a convolution's input in TF32, in tiles of 32 by 32.",
    ConvolutionWeightTf32x128x128 convolution_weight_tf32_128x128 "brinell_convolution_weight_tf32_128x128" true "The gradient of a convolution's weight in TF32, in tiles of 128 by 128.",
    ConvolutionWeightTf32x64x64 convolution_weight_tf32_64x64 "brinell_convolution_weight_tf32_64x64" true "The gradient of a convolution's weight in TF32, in tiles of 64 by 64.",
    ConvolutionWeightTf32x32x128 convolution_weight_tf32_32x128 "brinell_convolution_weight_tf32_32x128" true "The gradient of a convolution's weight in TF32, in tiles of 32 by 128.",
    ConvolutionWeightTf32x32x32 convolution_weight_tf32_32x32 "brinell_convolution_weight_tf32_32x32" true "The gradient of a convolution's weight in TF32, in tiles of 32 by 32.",
    ConvolutionDirect convolution_direct "brinell_convolution_direct" false "A convolution, number by number.",
    ConvolutionInputDirect convolution_input_direct "brinell_convolution_input_direct" false "The gradient of a convolution's input, number by number.",
    ConvolutionWeightDirect convolution_weight_direct "brinell_convolution_weight_direct" true "The gradient of a convolution's weight, number by number.",
    SumsOfParts sums_of_parts "brinell_sums_of_parts" true "Sums of parts that several blocks have taken.",
    AxisMean axis_mean "brinell_axis_mean" true "Means along an axis.",
    AxisMeanGradient axis_mean_gradient "brinell_axis_mean_gradient" false "Back from means along an axis.",
    AxisLargest axis_largest "brinell_axis_largest" true "Largest values along an axis.",
    AxisLargestGradient axis_largest_gradient "brinell_axis_largest_gradient" false "Back from largest values along an axis.",
    AxisSoftmax axis_softmax "brinell_axis_softmax" true "Softmax along an axis.",
    AxisSoftmaxGradient axis_softmax_gradient "brinell_axis_softmax_gradient" true "Back from a softmax.",
    LayerNorm layer_norm "brinell_layer_norm" true "Layer norm.",
    LayerNormGradient layer_norm_gradient "brinell_layer_norm_gradient" true "Layer norm's gradient of its input.",
    LayerNormParts layer_norm_parts "brinell_layer_norm_parts" true "Parts of layer norm's gradients of its factors.",
    SoftThreshold soft_threshold "brinell_soft_threshold" false "Shrinkage towards 0.",
    SoftThresholdGradient soft_threshold_gradient "brinell_soft_threshold_gradient" true "Back from shrinkage.",
    PoolLargest pool_largest "brinell_pool_largest" false "Largest values of windows.",
    PoolLargestGradient pool_largest_gradient "brinell_pool_largest_gradient" false "Back from largest values of windows.",
    PoolMean pool_mean "brinell_pool_mean" false "Means of windows.",
    PoolMeanGradient pool_mean_gradient "brinell_pool_mean_gradient" false "Back from means of windows.",
    AdaptiveLargest adaptive_largest "brinell_adaptive_largest" true "Largest values of as many windows as are asked for.",
    AdaptiveLargestGradient adaptive_largest_gradient "brinell_adaptive_largest_gradient" false "Back from them.",
    AdaptiveMean adaptive_mean "brinell_adaptive_mean" true "Means of as many windows as are asked for.",
    AdaptiveMeanGradient adaptive_mean_gradient "brinell_adaptive_mean_gradient" false "Back from them.",
    Recurrent recurrent "brinell_recurrent" true "A recurrent layer's way through time.",
    RecurrentGradient recurrent_gradient "brinell_recurrent_gradient" true "A recurrent layer's way back.",
    RecurrentParts recurrent_parts "brinell_recurrent_parts" true "Parts of a recurrent layer's gradients of weights.",
    VmdFixed16 vmd_fixed_16 "brinell_vmd_fixed_16" true "Modes by the fixed point, up to 4096 samples.",
    VmdFixed8 vmd_fixed_8 "brinell_vmd_fixed_8" true "Modes by the fixed point, up to 2048 samples.",
    VmdSamples vmd_samples "brinell_vmd_samples" true "Coefficients of modes to samples.",
    VmdSpectrum vmd_spectrum "brinell_vmd_spectrum" true "Segments to coefficients of cosines.",
    VmdSweeps16 vmd_sweeps_16 "brinell_vmd_sweeps_16" true "Modes by sweeps, up to 4096 samples.",
    VmdSweeps8 vmd_sweeps_8 "brinell_vmd_sweeps_8" true "Modes by sweeps, up to 2048 samples.",
}
