//! Speed, angle and order: everything that follows the shaft.

pub(crate) mod floor_spectrum;
pub(crate) mod given_speed;
pub(crate) mod line_score;
pub(crate) mod order_tracking;
pub(crate) mod phase_demodulation;
pub(crate) mod shaft_speed;
pub(crate) mod speed_profile;
pub(crate) mod speed_ridge;
pub(crate) mod spline;
pub(crate) mod synchronous_average;
pub(crate) mod tachometer;

pub use given_speed::{GivenSpeed, TachometerPulses};
pub use order_tracking::{Interpolation, OrderSpectrumPlan, OrderTrackParams, OrderTrackPlan};
pub use phase_demodulation::{DemodulatedSpeed, PhaseDemodulationParams, PhaseDemodulationPlan};
pub use shaft_speed::{RivalSpeed, ShaftSpeed, ShaftSpeedParams, ShaftSpeedPlan, SpeedEstimate, SpeedSource};
pub use speed_profile::SpeedProfile;
pub use speed_ridge::{RidgePoint, SpeedRidge, SpeedRidgeParams, SpeedRidgePlan};
pub use spline::CubicSpline;
pub use synchronous_average::SynchronousAverage;
pub use tachometer::{Flank, TachometerParams};
