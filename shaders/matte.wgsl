// One direction of growing or shrinking a matte: the brightest or the darkest value within reach.

//!include common/frame.wgsl

// Whether the matte shrinks, else it grows.
override SHRINKS: bool = false;

struct Growth {
    // One step along the direction, in parts of the source's sides.
    step: vec2f,
    // One over the target's size.
    scale: vec2f,
    // Steps to each side; whole ones, and the part of a further one.
    whole: i32,
    part: f32,
}

@group(0) @binding(0) var<uniform> growth: Growth;
@group(0) @binding(1) var source: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

fn value_at(place: vec2f, index: i32) -> f32 {
    return textureSampleLevel(source, smooth_sampler, place + f32(index) * growth.step, 0.0).r;
}

fn outer(a: f32, b: f32) -> f32 {
    return select(max(a, b), min(a, b), SHRINKS);
}

@fragment
fn grow_line(@builtin(position) fragment: vec4f) -> @location(0) vec4f {
    let place = fragment.xy * growth.scale;
    var value = value_at(place, 0);
    for (var index = 1; index <= growth.whole; index++) {
        value = outer(value, outer(value_at(place, index), value_at(place, -index)));
    }
    let next = growth.whole + 1;
    let further = outer(value, outer(value_at(place, next), value_at(place, -next)));
    value = mix(value, further, growth.part);
    return vec4f(value, value, value, 1.0);
}
