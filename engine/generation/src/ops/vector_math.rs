//! Functions made so that loops over them become vector instructions.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

/// e to the power of `x`, for `x` up to 0, to a few parts in ten million.
#[inline(always)]
pub(super) fn exp_below_zero(x: f32) -> f32 {
    /// Adding and subtracting this rounds to a whole number, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x > -87.0 { x } else { -87.0 };
    let power = x * std::f32::consts::LOG2_E;
    let rounded = power + ROUND;
    let rest = power - (rounded - ROUND);
    let scale = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    let mut value = 1.540_353e-4;
    for factor in [
        1.333_355_8e-3,
        9.618_129e-3,
        5.550_411e-2,
        2.402_265e-1,
        6.931_472e-1,
        1.0,
    ] {
        value = value * rest + factor;
    }
    value * scale
}

/// x·sigmoid(x).
#[inline(always)]
pub(super) fn silu(x: f32) -> f32 {
    let small = exp_below_zero(-x.abs());
    let share = if x >= 0.0 { 1.0 } else { small };
    x * share / (1.0 + small)
}

/// The Gaussian error unit in its tanh form: x·sigmoid(2·√(2/π)·(x + 0.044715·x³)).
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    const TWICE_ROOT: f32 = 1.595_769;
    let inner = TWICE_ROOT * x * (1.0 + 0.044_715 * x * x);
    let small = exp_below_zero(-inner.abs());
    let share = if x >= 0.0 { 1.0 } else { small };
    x * share / (1.0 + small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_exact_enough() {
        for step in 0..=8_700 {
            let x = -(step as f32) / 100.0;
            let found = f64::from(exp_below_zero(x));
            let wanted = f64::from(x).exp();
            assert!(
                (found - wanted).abs() <= wanted * 8e-6,
                "{x}: {found}, {wanted}"
            );
            let wanted = f64::from(x) / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(silu(x)) - wanted).abs() < 1e-6);
            assert!((f64::from(silu(-x)) - (wanted - f64::from(x))).abs() < 2e-5);
        }
        assert!(exp_below_zero(f32::NEG_INFINITY) < 1e-37);
        assert_eq!(exp_below_zero(0.0), 1.0);
    }
}
