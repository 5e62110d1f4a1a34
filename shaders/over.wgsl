// A layer that was drawn by itself, laid over the frame by fixed blending; colors are premultiplied.

//!include common/frame.wgsl

@group(0) @binding(0) var layer: texture_2d<f32>;

@fragment
fn lay_over(@builtin(position) fragment: vec4f) -> @location(0) vec4f {
    return textureLoad(layer, vec2i(fragment.xy), 0);
}
