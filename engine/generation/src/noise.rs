//! Normal noise from a seed, the same on every machine and however it is cut into pieces.

/// `count` normal numbers of stream `stream` of `seed`, from number `first` on. Streams of one seed are independent.
///
/// Number n comes from a hash of (seed, stream, n) through Box and Muller's transform with portable logarithm and sine,
/// so nothing depends on the platform's own mathematics.
pub fn gaussian(seed: u64, stream: u64, first: u64, count: usize) -> Vec<f32> {
    let key = mixed(mixed(seed) ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
    let number = |index: u64| {
        let pair = mixed(key ^ (index / 2).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let other = mixed(pair);
        // 53 bits each; the first is never 0.
        let unit = 1.0 / (1_u64 << 53) as f64;
        let radius = ((pair >> 11) + 1) as f64 * unit;
        let angle = (other >> 11) as f64 * unit * std::f64::consts::TAU;
        let length = (-2.0 * libm::log(radius)).sqrt();
        let (sin, cos) = libm::sincos(angle);
        (length * if index.is_multiple_of(2) { cos } else { sin }) as f32
    };
    (first..first + count as u64).map(number).collect()
}

/// Number `index` of stream `stream` of `seed`, evenly from 0 up to 1.
pub(crate) fn uniform(seed: u64, stream: u64, index: u64) -> f32 {
    let key = mixed(mixed(seed) ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
    // 24 bits are what the type holds.
    (mixed(key ^ index) >> 40) as f32 / (1_u32 << 24) as f32
}

/// One step of the SplitMix64 generator.
fn mixed(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normal() {
        let numbers = gaussian(7, 0, 0, 200_000);
        let moment = |power: i32| {
            let sum: f64 = numbers.iter().map(|&x| f64::from(x).powi(power)).sum();
            sum / numbers.len() as f64
        };
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.01);
        assert!(moment(3).abs() < 0.03 && (moment(4) - 3.0).abs() < 0.06);
        let neighbors: f64 = numbers
            .windows(2)
            .map(|pair| f64::from(pair[0] * pair[1]))
            .sum();
        assert!((neighbors / 200_000.0).abs() < 0.01);
    }

    #[test]
    fn pieces_streams_and_seeds() {
        let whole = gaussian(1, 2, 0, 40);
        assert_eq!(gaussian(1, 2, 13, 9), whole[13..22]);
        assert_ne!(gaussian(1, 3, 0, 40), whole);
        assert_ne!(gaussian(2, 2, 0, 40), whole);
        // Written down once: recipes promise the same frames for the same seed for ever.
        let first: Vec<String> = gaussian(42, 0, 0, 4)
            .iter()
            .map(|x| format!("{x:.5}"))
            .collect();
        assert_eq!(first, ["0.04665", "-1.37718", "-0.68684", "-0.73760"]);
    }
}
