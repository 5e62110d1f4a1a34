// One picture with everything done to it: background swap, corrections, look, crop, place, opacity, blend mode.
//
// Every choice is an override constant, so that each case is a pipeline of its own: a software adapter runs both
// sides of an ordinary `if`. Colors are gamma-coded and premultiplied; "texels" are pixels of the uploaded picture.

//!include common/frame.wgsl
//!include common/blend.wgsl
//!include common/high_range.wgsl

// Whether the picture has a luma and a chroma texture, not one of red, green, blue and alpha.
override IS_YUV: bool = true;
// Whether each pixel of the target shows exactly one texel.
override IS_ALIGNED: bool = true;
// Whether several samples are averaged.
override IS_SHRUNK: bool = false;
// 0 standard range, 1 PQ, 2 HLG.
override TRANSFER: u32 = 0u;
// 0 none, 1 replaced by a color, 2 by a texture, 3 only the background is kept, 4 only what is wholly the subject's,
// 5 only what is wholly the background's, 6 the subject is tinted, 7 the matte itself.
override BACKGROUND: u32 = 0u;
// Whether the subject's colors are finished: matched, cleaned at the edge, lit by the background.
override IS_FINISHED: bool = false;
// Whether corrections apply.
override IS_GRADED: bool = false;
// 0 none, 1 one-dimensional, 2 three-dimensional.
override LOOK: u32 = 0u;
// 0 covers, drawn by fixed blending; others as in `blended`, reading what lies below.
override BLEND: u32 = 0u;

struct Shot {
    // Rows from texture values to red, green and blue.
    rgb_from_texture: array<vec4f, 3>,
    // Rows of the corrections.
    graded_from_rgb: array<vec4f, 3>,
    // Rows from target pixels to texels.
    texel_from_frame: array<vec4f, 2>,
    // Left, top, right, bottom of what the crop leaves, in texels.
    crop: vec4f,
    // Target pixels per texel across and down; one over the picture's size in texels.
    edge: vec4f,
    // One over the size of the first texture; half of one over the size of the chroma texture.
    texture_scale: vec4f,
    // Weight over the target as factors of x, y and 1; opacity.
    weight: vec4f,
    // What replaces the background, premultiplied.
    fill: vec4f,
    // Lower end of the look's domain; its entries.
    look_low: vec4f,
    // One over the extent of the look's domain.
    look_scale: vec4f,
    // Samples across and down.
    taps: vec4u,
    // Rows from the subject's colors to those that suit the new background.
    matched_from_rgb: array<vec4f, 3>,
    // How much of the old background is taken out of the edge; how much light falls round it.
    finish: vec4f,
}

@group(0) @binding(0) var<uniform> shot: Shot;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var chroma: texture_2d<f32>;
@group(0) @binding(3) var smooth_sampler: sampler;
@group(0) @binding(4) var matte: texture_2d<f32>;
@group(0) @binding(5) var fill: texture_2d<f32>;
@group(0) @binding(6) var look_cube: texture_3d<f32>;
@group(0) @binding(7) var look_curve: texture_2d<f32>;
@group(0) @binding(8) var below: texture_2d<f32>;
@group(0) @binding(9) var front: texture_2d<f32>;
@group(0) @binding(10) var back: texture_2d<f32>;
@group(0) @binding(11) var light: texture_2d<f32>;

fn values_at_texel(texel: vec2f) -> vec4f {
    let place = clamp(vec2i(floor(texel)), vec2i(0), vec2i(textureDimensions(picture)) - 1);
    let first = textureLoad(picture, place, 0);
    if IS_YUV {
        // Chroma unsmoothed: averaging it over its four pixels on the way out gives the same codes again.
        return vec4f(first.r, textureLoad(chroma, place / 2, 0).rg, 1.0);
    }
    return first;
}

fn values_around(texel: vec2f) -> vec4f {
    let half_texel = min(vec2f(0.5), (shot.crop.zw - shot.crop.xy) * 0.5);
    let inside = clamp(texel, shot.crop.xy + half_texel, shot.crop.zw - half_texel);
    let first = textureSampleLevel(picture, smooth_sampler, inside * shot.texture_scale.xy, 0.0);
    if IS_YUV {
        let color = textureSampleLevel(chroma, smooth_sampler, inside * shot.texture_scale.zw, 0.0);
        return vec4f(first.r, color.rg, 1.0);
    }
    return first;
}

fn texel_at(position: vec2f) -> vec2f {
    let place = vec3f(position, 1.0);
    return vec2f(
        dot(shot.texel_from_frame[0].xyz, place),
        dot(shot.texel_from_frame[1].xyz, place),
    );
}

fn shrunk_values(position: vec2f) -> vec4f {
    var sum = vec4f(0.0);
    let step = 1.0 / vec2f(shot.taps.xy);
    for (var y = 0u; y < shot.taps.y; y++) {
        for (var x = 0u; x < shot.taps.x; x++) {
            let offset = (vec2f(f32(x), f32(y)) + 0.5) * step - 0.5;
            sum += values_around(texel_at(position + offset));
        }
    }
    return sum * (step.x * step.y);
}

fn picture_color(position: vec2f, texel: vec2f) -> vec4f {
    var values: vec4f;
    if IS_ALIGNED {
        values = values_at_texel(texel);
    } else if IS_SHRUNK {
        values = shrunk_values(position);
    } else {
        values = values_around(texel);
    }
    if !IS_YUV {
        return values;
    }
    let rgb = vec3f(
        dot(shot.rgb_from_texture[0], values),
        dot(shot.rgb_from_texture[1], values),
        dot(shot.rgb_from_texture[2], values),
    );
    if TRANSFER != 0u {
        return vec4f(standard_from_high_range(TRANSFER, rgb), 1.0);
    }
    return vec4f(rgb, 1.0);
}

// The subject without the old background's color, matched to the new one and lit by it. At an edge the two old colors
// are known from either side; what they do not explain is taken for the subject's own.
fn finished(color: vec4f, subject: f32, place: vec2f) -> vec4f {
    let before = textureSampleLevel(front, smooth_sampler, place, 0.0).rgb;
    let behind = textureSampleLevel(back, smooth_sampler, place, 0.0).rgb;
    let own = before + subject * (color.rgb - subject * before - (1.0 - subject) * behind);
    let cleaned = mix(color.rgb, clamp(own, vec3f(0.0), vec3f(1.0)), shot.finish.x);
    let value = vec4f(cleaned, color.a);
    let matched = clamp(
        vec3f(
            dot(shot.matched_from_rgb[0], value),
            dot(shot.matched_from_rgb[1], value),
            dot(shot.matched_from_rgb[2], value),
        ),
        vec3f(0.0),
        vec3f(1.0),
    );
    let glow = clamp(textureSampleLevel(light, smooth_sampler, place, 0.0).rgb, vec3f(0.0), vec3f(1.0));
    let lit = matched + shot.finish.y * glow * (1.0 - matched);
    return vec4f(lit, color.a);
}

fn with_background(color: vec4f, texel: vec2f) -> vec4f {
    let place = texel * shot.edge.zw;
    let subject = textureSampleLevel(matte, smooth_sampler, place, 0.0).r;
    // The small floor gives a color to places that the other side surrounds.
    if BACKGROUND == 3u {
        return color * max(1.0 - subject, 0.004);
    }
    if BACKGROUND == 4u {
        return color * max(subject * subject * subject, 0.001);
    }
    if BACKGROUND == 5u {
        let kept = 1.0 - subject;
        return color * max(kept * kept * kept, 0.001);
    }
    if BACKGROUND == 6u {
        return vec4f(mix(color.rgb, shot.fill.rgb, shot.fill.a * subject), color.a);
    }
    if BACKGROUND == 7u {
        return vec4f(vec3f(subject), 1.0);
    }
    var behind = shot.fill;
    if BACKGROUND == 2u {
        behind = textureSampleLevel(fill, smooth_sampler, place, 0.0);
    }
    if IS_FINISHED {
        return mix(behind, finished(color, subject, place), subject);
    }
    return mix(behind, color, subject);
}

fn look_curve_at(channel: u32, value: f32) -> f32 {
    let last = shot.look_low.w - 1.0;
    let place = clamp(value, 0.0, 1.0) * last;
    let low = i32(min(floor(place), last - 1.0));
    let before = textureLoad(look_curve, vec2i(low, 0), 0);
    let after = textureLoad(look_curve, vec2i(low + 1, 0), 0);
    return mix(before, after, place - f32(low))[channel];
}

fn looked(rgb: vec3f) -> vec3f {
    let place = clamp((rgb - shot.look_low.xyz) * shot.look_scale.xyz, vec3f(0.0), vec3f(1.0));
    if LOOK == 1u {
        return vec3f(
            look_curve_at(0u, place.r),
            look_curve_at(1u, place.g),
            look_curve_at(2u, place.b),
        );
    }
    let entries = shot.look_low.w;
    let middle = (place * (entries - 1.0) + 0.5) / entries;
    return textureSampleLevel(look_cube, smooth_sampler, middle, 0.0).rgb;
}

fn corrected(color: vec4f) -> vec4f {
    var rgb = color.rgb / max(color.a, 1e-4);
    if IS_GRADED {
        let value = vec4f(rgb, 1.0);
        rgb = clamp(
            vec3f(
                dot(shot.graded_from_rgb[0], value),
                dot(shot.graded_from_rgb[1], value),
                dot(shot.graded_from_rgb[2], value),
            ),
            vec3f(0.0),
            vec3f(1.0),
        );
    }
    if LOOK != 0u {
        rgb = looked(rgb);
    }
    return vec4f(rgb * color.a, color.a);
}

@fragment
fn draw_shot(@builtin(position) fragment: vec4f) -> @location(0) vec4f {
    let position = fragment.xy;
    let texel = texel_at(position);
    var color = picture_color(position, texel);
    if BACKGROUND != 0u {
        color = with_background(color, texel);
    }
    if IS_GRADED || LOOK != 0u {
        color = corrected(color);
    }
    let inside = min(texel - shot.crop.xy, shot.crop.zw - texel) * shot.edge.xy;
    let covered = clamp(inside + 0.5, vec2f(0.0), vec2f(1.0));
    let weight = clamp(dot(shot.weight.xyz, vec3f(position, 1.0)), 0.0, 1.0);
    color *= covered.x * covered.y * weight * shot.weight.w;
    if BLEND != 0u {
        let under = textureLoad(below, vec2i(position), 0);
        let above = clamp(color.rgb / max(color.a, 1e-4), vec3f(0.0), vec3f(1.0));
        let mixed = blended(BLEND, clamp(under.rgb, vec3f(0.0), vec3f(1.0)), above);
        return vec4f(mix(under.rgb, mixed, color.a), under.a + color.a * (1.0 - under.a));
    }
    return color;
}
