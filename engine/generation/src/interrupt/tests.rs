//! That cancels are heard inside the largest layers, found by the size of pieces and not by a clock.

use super::*;
use crate::{
    ops::{
        Linear, attention,
        conv3d::{Conv3d, Conv3dShape, Conv3dWeights},
    },
    run_step,
};
use candle_core::{DType, Device, Tensor};

/// Most multiplications between two looks at the flag: a hundredth of a second on a core of the machine measured, a
/// quarter on one without vectors.
const PIECE_MAX: u64 = 500_000_000;

/// The largest piece of `compute`, which is stopped before it computes anything: pieces are told before they are begun,
/// so real sizes cost nothing.
fn largest_piece(compute: impl FnOnce() -> Result<Tensor> + Send) -> u64 {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let stop = Stop::new();
            stop.set();
            CURRENT.set(stop.clone());
            let text = compute().unwrap_err().to_string();
            assert!(text.contains("a network"), "{text}");
            stop.0.unwrap().largest.load(Ordering::Relaxed)
        });
        worker.join().unwrap()
    })
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn the_largest_layers_look_at_the_flag_often() {
    // Feed-forward of the 1.3B model over 81 frames of 480p.
    let layer = Linear::new(&zeros(&[8_960, 1_536]), None).unwrap();
    let tokens = zeros(&[32_760, 1_536]);
    let linear = largest_piece(|| layer.forward(&tokens));
    // One head over 81 frames of 720p.
    let head = zeros(&[1, 75_600, 128]);
    let scores = largest_piece(|| attention(&head, &head, &head));
    // The widest convolution of the decoder, and one of its last, of a tile as large as they come.
    let conv = |channels: usize, sides: [usize; 2]| {
        let weights = Conv3dWeights {
            weight: vec![0.0; channels * channels * 27],
            shape: [channels, channels, 3, 3, 3],
            bias: vec![0.0; channels],
        };
        let layer = Conv3d::new(&weights, Conv3dShape::padded(1), &Device::Cpu).unwrap();
        let clip = zeros(&[3, channels, sides[0], sides[1]]);
        largest_piece(|| layer.forward(&clip))
    };
    let wide = conv(384, [60, 104]);
    let last = conv(96, [480, 832]);
    for (piece, name) in [
        (linear, "linear"),
        (scores, "attention"),
        (wide, "wide convolution"),
        (last, "last convolution"),
    ] {
        assert!((1_000..PIECE_MAX).contains(&piece), "{name}: {piece}");
    }
}

#[test]
fn work_that_nobody_stops_is_whole() {
    let layer = Linear::new(&zeros(&[64, 64]), None).unwrap();
    assert!(layer.forward(&zeros(&[3, 64])).is_ok());
    assert!(!Stop::current().is_set());
}

#[test]
fn a_cancel_is_heard_while_nothing_is_told() {
    let mut asked = 0;
    let mut on_step = |_step| {
        asked += 1;
        // Only the first time was told; the rest is asked while the work is silent.
        if asked < 4 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let mut pieces = 0_u64;
    let result = interruptible(&mut |_frame| Ok(()), &mut on_step, |_sink, on_step| {
        run_step(on_step, Step::new(0, 1, "computing"))?;
        let stop = Stop::current();
        while stop.allows(1) {
            pieces += 1;
            std::thread::yield_now();
        }
        stop.check()?;
        Ok(())
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert!(pieces > 0 && asked == 4, "asked {asked} times");
    assert!(!Stop::current().is_set(), "the next job starts afresh");
}

#[test]
fn steps_frames_and_results_come_through_and_nothing_is_invented() {
    let seen = RefCell::new(Vec::new());
    let picture = |seconds| {
        let size = av::ScanSize::new(2, 2);
        VideoFrame::from_rgba(size, vec![7; 16], av::Ticks(seconds))
    };
    let result = interruptible(
        &mut |frame| {
            seen.borrow_mut().push((frame.pts.0 as u64, "frame"));
            Ok(())
        },
        &mut |step| {
            seen.borrow_mut().push((step.done, step.label));
            ControlFlow::Continue(())
        },
        |sink, on_step| {
            for done in 0..2 {
                run_step(on_step, Step::new(done, 2, "counting"))?;
                sink(picture(done as i64))?;
            }
            Ok(7)
        },
    );
    assert_eq!(result.unwrap(), 7);
    let mut seen = seen.into_inner();
    seen.dedup();
    let wanted = [(0, "counting"), (0, "frame"), (1, "counting"), (1, "frame")];
    assert_eq!(seen, wanted);
}

#[test]
fn errors_of_either_side_are_handed_on() {
    let broken = |reason: &str| Error::BadClip {
        reason: reason.into(),
    };
    let mut go_on = |_step| ControlFlow::Continue(());
    let result: Result<()> = interruptible(&mut |_| Ok(()), &mut go_on, |_, _| Err(broken("work")));
    assert!(result.unwrap_err().to_string().contains("work"));
    let mut taken = 0;
    let mut sink = |_frame| {
        taken += 1;
        Err(broken("sink"))
    };
    let result: Result<()> = interruptible(&mut sink, &mut go_on, |sink, _| {
        loop {
            let size = av::ScanSize::new(1, 1);
            sink(VideoFrame::from_rgba(size, vec![0; 4], av::Ticks::ZERO))?;
        }
    });
    assert!(result.unwrap_err().to_string().contains("sink"));
    assert_eq!(taken, 1);
}
