// High dynamic range to the standard range: reference white becomes 1, highlights roll off below 1.

// cd/m² of reference white and of the brightest highlight that keeps detail.
const WHITE_NITS: f32 = 203.0;
const PEAK_NITS: f32 = 1000.0;
// Where highlights begin to roll off, in parts of reference white.
const KNEE: f32 = 0.75;

// SMPTE ST 2084: codes to cd/m².
fn nits_from_pq(code: vec3f) -> vec3f {
    let root = pow(clamp(code, vec3f(0.0), vec3f(1.0)), vec3f(1.0 / 78.84375));
    let light = max(root - 0.8359375, vec3f(0.0)) / (18.8515625 - 18.6875 * root);
    return 10000.0 * pow(light, vec3f(1.0 / 0.1593017578125));
}

// ITU-R BT.2100 hybrid log-gamma on a display of 1000 cd/m²: codes to cd/m².
fn nits_from_hlg(code: vec3f) -> vec3f {
    let c = clamp(code, vec3f(0.0), vec3f(1.0));
    let low = c * c / 3.0;
    let high = (exp((c - 0.55991073) / 0.17883277) + 0.28466892) / 12.0;
    let scene = select(high, low, c <= vec3f(0.5));
    let luma = dot(scene, vec3f(0.2627, 0.6780, 0.0593));
    return PEAK_NITS * scene * pow(max(luma, 1e-6), 0.2);
}

// Straight up to the knee, then a curve that reaches 1 at the peak with no corner at the knee.
fn rolled_off(level: f32) -> f32 {
    if level <= KNEE {
        return level;
    }
    let room = 1.0 - KNEE;
    let reach = (PEAK_NITS / WHITE_NITS - KNEE) / room;
    let x = min((level - KNEE) / room, reach);
    let y = x * (1.0 + x / (reach * reach)) / (1.0 + x);
    return KNEE + room * y;
}

fn standard_from_nits(nits: vec3f) -> vec3f {
    let wide = nits / WHITE_NITS;
    let brightest = max(max(wide.r, wide.g), max(wide.b, 1e-6));
    let mapped = wide * (rolled_off(brightest) / brightest);
    // BT.2020 to BT.709 primaries.
    let narrow = vec3f(
        dot(mapped, vec3f(1.660491, -0.587641, -0.072850)),
        dot(mapped, vec3f(-0.124550, 1.132900, -0.008349)),
        dot(mapped, vec3f(-0.018151, -0.100579, 1.118730)),
    );
    return pow(clamp(narrow, vec3f(0.0), vec3f(1.0)), vec3f(1.0 / 2.2));
}

// `transfer` as `pass/shot.rs` numbers it: 1 PQ, 2 HLG.
fn standard_from_high_range(transfer: u32, code: vec3f) -> vec3f {
    if transfer == 1u {
        return standard_from_nits(nits_from_pq(code));
    }
    return standard_from_nits(nits_from_hlg(code));
}
