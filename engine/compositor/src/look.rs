//! Look-up tables on the device, kept by the text they come from.

use crate::{Error, Result, cube::Cube, device::Gpu, limits::LOOKS_MAX};
use std::sync::Arc;
use timeline::Look;

/// Entries of a curve on the device; longer curves are thinned, which 8-bit pictures cannot show.
const CURVE_ENTRIES_MAX: usize = 4096;

/// A look-up table as a texture.
#[derive(Debug)]
pub struct LookTexture {
    /// Half floats; a cube, or one row of entries.
    pub view: wgpu::TextureView,
    /// Whether the texture is a cube.
    pub is_cube: bool,
    entries: usize,
    domain_low: [f32; 3],
    domain_high: [f32; 3],
}

impl LookTexture {
    /// Lower end and entries, and one over the extent of the domain, as `shot.wgsl` takes them.
    pub fn uniform(&self) -> ([f32; 4], [f32; 4]) {
        let [r, g, b] = self.domain_low;
        let mut scale = [0.0; 4];
        let ends = self.domain_low.iter().zip(self.domain_high);
        for (factor, (low, high)) in scale.iter_mut().zip(ends) {
            *factor = 1.0 / (high - low);
        }
        ([r, g, b, self.entries as f32], scale)
    }

    fn new(gpu: &Gpu, cube: &Cube) -> Self {
        let thinned;
        let entries = if cube.is_three_dimensional || cube.side <= CURVE_ENTRIES_MAX {
            &cube.entries
        } else {
            let last = cube.side - 1;
            thinned = (0..CURVE_ENTRIES_MAX)
                .map(|index| cube.entries[index * last / (CURVE_ENTRIES_MAX - 1)])
                .collect::<Vec<_>>();
            &thinned
        };
        let side = if cube.is_three_dimensional {
            cube.side
        } else {
            entries.len()
        } as u32;
        let (dimension, rows) = if cube.is_three_dimensional {
            (wgpu::TextureDimension::D3, side)
        } else {
            (wgpu::TextureDimension::D2, 1)
        };
        Self {
            view: table(gpu, entries, dimension, [side, rows, rows]),
            is_cube: cube.is_three_dimensional,
            entries: side as usize,
            domain_low: cube.domain_low,
            domain_high: cube.domain_high,
        }
    }
}

/// The looks used last.
#[derive(Debug, Default)]
pub struct LookCache {
    /// Holding the text keeps its address from meaning another text.
    looks: Vec<(Arc<str>, Arc<LookTexture>)>,
}

impl LookCache {
    /// The look's table, read when it is seen for the first time.
    pub fn get(&mut self, gpu: &Gpu, look: &Look) -> Result<Arc<LookTexture>> {
        let known = self
            .looks
            .iter()
            .position(|(text, _)| Arc::ptr_eq(text, &look.cube));
        if let Some(index) = known {
            let held = self.looks.remove(index);
            self.looks.push(held);
        } else {
            let cube = Cube::parse(&look.cube).map_err(|source| Error::Look {
                name: look.name.clone(),
                source,
            })?;
            if self.looks.len() == LOOKS_MAX {
                self.looks.remove(0);
            }
            let texture = Arc::new(LookTexture::new(gpu, &cube));
            self.looks.push((look.cube.clone(), texture));
        }
        let (_, texture) = self.looks.last().expect("one was just put there");
        Ok(texture.clone())
    }
}

fn table(
    gpu: &Gpu,
    entries: &[[f32; 3]],
    dimension: wgpu::TextureDimension,
    [width, height, depth]: [u32; 3],
) -> wgpu::TextureView {
    let halves: Vec<u16> = entries
        .iter()
        .flat_map(|[r, g, b]| [*r, *g, *b, 1.0])
        .map(|value| half::f16::from_f32(value).to_bits())
        .collect();
    let size = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: depth,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("look"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension,
        format: wgpu::TextureFormat::Rgba16Float,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    gpu.queue.write_texture(
        texture.as_image_copy(),
        bytemuck::cast_slice(&halves),
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(width * 8),
            rows_per_image: Some(height),
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
