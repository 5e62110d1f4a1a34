//! Video autoencoders.

use super::{fixture, loader, relative, tensor};
use candle_core::Tensor;
use generation::{
    Weights,
    models::wan::{
        config::{Padding, TinyVaeConfig, VaeConfig},
        detect::{Kind, detect},
        vae::Vae,
    },
};

fn row(weights: &Weights, name: &str) -> Vec<f32> {
    tensor(weights, name).to_vec1().unwrap()
}

/// `[frames, 3, height, width]`.
fn decode(vae: &Vae, latents: &Tensor) -> Tensor {
    let mut chunks = Vec::new();
    vae.decode(
        latents,
        &mut |_done, _total| Ok(()),
        &mut |index, frames| {
            let count = if index == 0 { 1 } else { 4 };
            assert_eq!((index, frames.dims()[0]), (chunks.len(), count));
            chunks.push(frames);
            Ok(())
        },
    )
    .unwrap();
    Tensor::cat(&chunks, 0).unwrap()
}

fn encode(vae: &Vae, video: &Tensor) -> Tensor {
    vae.encode(video, &mut |_done, _total| Ok(())).unwrap()
}

#[test]
fn wan22_vae_equals_the_original() {
    let weights = fixture("wan22_vae.safetensors");
    let config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 3,
        z_dim: 6,
        latents_mean: row(&weights, "latents_mean"),
        latents_std: row(&weights, "latents_std"),
        ..VaeConfig::wan_2_2()
    };
    let vae = Vae::new(&config, &loader(&weights, "")).unwrap();
    assert_eq!(vae.pixels_per_latent(), 16);
    let part = |name: &str| tensor(&weights, name).squeeze(0).unwrap();
    let by_frame = |x: Tensor| x.transpose(0, 1).unwrap().contiguous().unwrap();
    let latents = encode(&vae, &by_frame(part("video")));
    let difference = relative(&latents, &part("latents"));
    assert!(difference < 1e-4, "encoded: {difference}");
    let decoded = decode(&vae, &part("z"));
    let difference = relative(&decoded, &by_frame(part("decoded")));
    assert!(difference < 1e-4, "decoded: {difference}");
}

#[test]
fn tiny_vae_equals_layers_written_out() {
    let weights = fixture("tiny_vae.safetensors");
    let found = detect(&weights).unwrap();
    let plain = TinyVaeConfig {
        z_dim: 5,
        encoder_channels: [6, 4, 7, 8],
        decoder_channels: [10, 8, 6, 4],
        num_blocks: [2; 2],
        latents_mean: vec![0.0; 5],
        latents_std: vec![1.0; 5],
        ..TinyVaeConfig::taew_2_1()
    };
    assert_eq!(found, Kind::TinyVae(plain.clone()));
    let scaled = TinyVaeConfig {
        padding: Padding::Start,
        latents_mean: row(&weights, "latents_mean"),
        latents_std: row(&weights, "latents_std"),
        ..plain.clone()
    };
    let part = |name: &str| tensor(&weights, name);
    let latents = part("z").transpose(0, 1).unwrap();
    for (config, encoded, decoded) in [
        (plain, "from_end", "decoded_plain"),
        (scaled, "from_start", "decoded_scaled"),
    ] {
        let vae = Vae::tiny(&config, &loader(&weights, "")).unwrap();
        let found = encode(&vae, &part("video"));
        let difference = relative(&found.transpose(0, 1).unwrap(), &part(encoded));
        assert!(difference < 1e-4, "{encoded}: {difference}");
        let difference = relative(&decode(&vae, &latents), &part(decoded));
        assert!(difference < 1e-4, "{decoded}: {difference}");
    }
}
