//! Our networks against the originals, on tensors that the originals made (see the scripts beside the fixtures).

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use candle_core::{DType, Device, Tensor};
use generation::{
    Models, Weights,
    models::{rife::network::IfNet, u2net::network::U2Net},
};
use std::path::Path;

fn fixture(name: &str) -> Weights {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    Weights::open(&folder.join(name)).unwrap()
}

fn tensor(weights: &Weights, name: &str) -> Tensor {
    let shape = weights.shape(name).unwrap().to_vec();
    weights
        .tensor(name, &shape, DType::F32, &Device::Cpu)
        .unwrap()
}

fn worst(found: &Tensor, wanted: &Tensor) -> f32 {
    assert_eq!(found.dims(), wanted.dims());
    let difference = (found - wanted).unwrap().abs().unwrap();
    difference.max_all().unwrap().to_scalar().unwrap()
}

#[test]
fn rife_equals_the_original() {
    let fixture = fixture("rife.safetensors");
    let weights = Models::locate().unwrap().weights("rife-4.6").unwrap();
    let net = IfNet::new(&weights, &Device::Cpu).unwrap();
    let (first, second) = (tensor(&fixture, "first"), tensor(&fixture, "second"));
    for timestep in [0.5, 0.2] {
        let made = net
            .forward(&first, &second, timestep, &mut |_ticks| Ok(()))
            .unwrap();
        let wanted = |part: &str| tensor(&fixture, &format!("{part}_{timestep}"));
        let flow = worst(&made.flow, &wanted("flow"));
        let mask = worst(&made.mask, &wanted("mask"));
        let merged = worst(&made.merged().unwrap(), &wanted("merged"));
        assert!(
            flow < 1e-3 && mask < 1e-3 && merged < 1e-4,
            "at {timestep}: flow {flow}, mask {mask}, merged {merged}"
        );
    }
}

#[test]
fn u2net_equals_the_original() {
    let fixture = fixture("u2net.safetensors");
    let weights = Models::locate().unwrap().weights("u2netp").unwrap();
    let net = U2Net::new(&weights, &Device::Cpu).unwrap();
    let pixels = fixture.values("pixels", &[160, 160, 3]).unwrap();
    let mut planes = vec![0.0_f32; 3 * 320 * 320];
    for (index, value) in planes.iter_mut().enumerate() {
        let (plane, y, x) = (index / 102_400, index / 320 % 320, index % 320);
        *value = pixels[(y / 2 * 160 + x / 2) * 3 + plane] / 255.0;
    }
    let x = Tensor::from_vec(planes, (1, 3, 320, 320), &Device::Cpu).unwrap();
    let sides = net.forward_all(&x, &mut || Ok(())).unwrap();
    let wanted = fixture.values("sides", &[7, 40, 40]).unwrap();
    for (index, side) in sides.iter().enumerate() {
        let side = side.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (place, wanted) in wanted[index * 1600..][..1600].iter().enumerate() {
            let found = side[place / 40 * 8 * 320 + place % 40 * 8];
            assert!(
                (found - wanted).abs() < 1e-3,
                "output {index} at {place}: {found}, should be {wanted}"
            );
        }
    }
    let matte = sides[0].flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let wanted = fixture.values("matte", &[160, 160]).unwrap();
    let pairs = wanted.iter().enumerate();
    let differences =
        pairs.map(|(place, wanted)| (matte[place / 160 * 640 + place % 160 * 2] - wanted).abs());
    let worst = differences.fold(0.0_f32, f32::max);
    assert!(worst < 1e-3, "matte differs by {worst}");
}
