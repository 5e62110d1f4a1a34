// Blend modes on gamma-coded colors between 0 and 1, numbered as `pass/shot.rs` numbers them.

fn overlay_channel(below: f32, above: f32) -> f32 {
    if below <= 0.5 {
        return 2.0 * below * above;
    }
    return 1.0 - 2.0 * (1.0 - below) * (1.0 - above);
}

fn blended(mode: u32, below: vec3f, above: vec3f) -> vec3f {
    switch mode {
        case 1u: { return below * above; }
        case 2u: { return below + above - below * above; }
        case 3u: {
            return vec3f(
                overlay_channel(below.r, above.r),
                overlay_channel(below.g, above.g),
                overlay_channel(below.b, above.b),
            );
        }
        case 4u: { return min(below + above, vec3f(1.0)); }
        case 5u: { return min(below, above); }
        case 6u: { return max(below, above); }
        case 7u: { return abs(below - above); }
        default: { return above; }
    }
}
