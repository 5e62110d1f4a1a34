// One direction of a Gaussian blur; alpha carries how much each color counts.

//!include common/frame.wgsl

// Whether colors are divided by what they counted, which ends the blur.
override IS_LAST: bool = false;

struct Blur {
    // One step along the direction, in pixels.
    step: vec2i,
    // Pixels to each side.
    reach: i32,
    // 1 / (2 sigma²).
    falloff: f32,
}

@group(0) @binding(0) var<uniform> blur: Blur;
@group(0) @binding(1) var source: texture_2d<f32>;

@fragment
fn blur_line(@builtin(position) fragment: vec4f) -> @location(0) vec4f {
    let middle = vec2i(fragment.xy);
    let last = vec2i(textureDimensions(source)) - 1;
    var sum = vec4f(0.0);
    var total = 0.0;
    for (var index = -blur.reach; index <= blur.reach; index++) {
        let weight = exp(-f32(index * index) * blur.falloff);
        sum += weight * textureLoad(source, clamp(middle + index * blur.step, vec2i(0), last), 0);
        total += weight;
    }
    let mean = sum / total;
    if IS_LAST {
        return vec4f(mean.rgb / max(mean.a, 1e-5), 1.0);
    }
    return mean;
}
