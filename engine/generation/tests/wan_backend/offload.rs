//! Blocks that stay in their file until they are needed.

use super::common::{answer_of, backend, backend_in, copied, edit, fixture, hole, known, request};
use generation::{
    Backend as _, Error, MaskedClip, Operation, ParameterValue, Request, installed::RECORD_FILE,
};

fn offloaded(request: &Request) -> Request {
    let mut request = request.clone();
    let value = ParameterValue::Switch(true);
    request.parameters.insert("offload".into(), value);
    request
}

#[test]
fn blocks_left_in_their_file_make_the_same_frames() {
    let known_first = [known(1, 5), hole(5)].concat();
    let asked = request(Operation::ExtendForwards, known_first);
    let mut backend = backend();
    let whole = answer_of(&mut backend, &asked);
    let plan = |request: &Request| backend_in(&fixture(), None).estimate(request);
    let (all, few) = (plan(&asked).unwrap(), plan(&offloaded(&asked)).unwrap());
    assert!(few.memory_bytes < all.memory_bytes, "{few:?} {all:?}");
    assert!(
        backend.estimate(&asked).unwrap().duration.is_some(),
        "measured"
    );
    assert!(
        backend
            .estimate(&offloaded(&asked))
            .unwrap()
            .duration
            .is_none(),
        "reading blocks was not measured yet"
    );
    // The whole model goes, and comes back when it is asked for.
    for request in [offloaded(&asked), asked] {
        let made = answer_of(&mut backend, &request);
        assert_eq!(made.frames, whole.frames);
        let said = made
            .notes
            .iter()
            .any(|note| note.text.contains("in its file"));
        assert_eq!(said, request.parameters.contains_key("offload"));
    }
}

#[test]
fn a_refusal_names_every_way_out_with_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let model = copied(folder.path());
    edit(
        &model.join(RECORD_FILE),
        "\"area_max\": 1536",
        "\"area_max\": 30720",
    );
    let size = av::ScanSize::new(192, 160);
    let clip = MaskedClip::new(size, av::FrameRate::FPS_25, hole(9)).unwrap();
    let asked = Request::new(clip).for_operation(Operation::TextToVideo);
    let rich = || backend_in(&model, None);
    let poor = |bytes| rich().with_available_memory(bytes);
    let needed = rich().estimate(&asked).unwrap().memory_bytes;
    // Pictures are most of what this small model takes, so that either way fewer of them are needed.
    let result = poor(needed - 3_000_000).estimate(&asked);
    let Err(Error::NotEnoughMemory { suggestion, .. }) = result else {
        panic!("{result:?}");
    };
    for words in [
        "5 frames at 192x160 would take",
        "; or 5 frames at 192x160 with \"offload\" on (slower) would take",
    ] {
        assert!(suggestion.contains(words), "{suggestion}");
    }
}
