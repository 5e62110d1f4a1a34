// A finished frame as BT.709 limited-range I420 in one buffer: luma rows, then U rows, then V rows.
//
// Each invocation writes eight by two pixels: whole words of luma in both rows and one word of U and V each.

struct Shape {
    // Pixels of the frame.
    size: vec2u,
    // Words per row of luma; chroma rows have half as many.
    luma_stride: u32,
    // First word of U and of V.
    first_u: u32,
    first_v: u32,
    // Rows from red, green, blue to codes.
    luma: vec4f,
    u: vec4f,
    v: vec4f,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> planes: array<u32>;

fn code(value: f32) -> u32 {
    return u32(clamp(floor(value + 0.5), 0.0, 255.0));
}

@compute @workgroup_size(8, 8)
fn encode_frame(@builtin(global_invocation_id) id: vec3u) {
    let left = id.x * 8u;
    let top = id.y * 2u;
    if left >= shape.size.x || top >= shape.size.y {
        return;
    }
    let last = shape.size - 1u;
    // Odd sizes repeat their last column and row; the mean of a block that hangs over is that of its visible part.
    let rows = vec2u(top, min(top + 1u, last.y));
    var upper = vec2u(0u);
    var lower = vec2u(0u);
    var u_word = 0u;
    var v_word = 0u;
    for (var pair = 0u; pair < 4u; pair++) {
        let x0 = min(left + pair * 2u, last.x);
        let x1 = min(x0 + 1u, last.x);
        let a = vec4f(textureLoad(frame, vec2u(x0, rows.x), 0).rgb, 1.0);
        let b = vec4f(textureLoad(frame, vec2u(x1, rows.x), 0).rgb, 1.0);
        let c = vec4f(textureLoad(frame, vec2u(x0, rows.y), 0).rgb, 1.0);
        let d = vec4f(textureLoad(frame, vec2u(x1, rows.y), 0).rgb, 1.0);
        let shift = (pair & 1u) * 16u;
        let word = pair >> 1u;
        upper[word] |= (code(dot(shape.luma, a)) | (code(dot(shape.luma, b)) << 8u)) << shift;
        lower[word] |= (code(dot(shape.luma, c)) | (code(dot(shape.luma, d)) << 8u)) << shift;
        let mean = (a + b + c + d) * 0.25;
        u_word |= code(dot(shape.u, mean)) << (pair * 8u);
        v_word |= code(dot(shape.v, mean)) << (pair * 8u);
    }
    let first = top * shape.luma_stride + id.x * 2u;
    planes[first] = upper.x;
    planes[first + 1u] = upper.y;
    planes[first + shape.luma_stride] = lower.x;
    planes[first + shape.luma_stride + 1u] = lower.y;
    let chroma = id.y * (shape.luma_stride / 2u) + id.x;
    planes[shape.first_u + chroma] = u_word;
    planes[shape.first_v + chroma] = v_word;
}
