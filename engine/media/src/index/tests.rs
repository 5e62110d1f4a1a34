use super::*;
use av::{ColorSpace, Ratio, ScanSize, VideoStreamInfo};

/// An index of (time in milliseconds, packet) over packets where `K` is an entry point and `p` is not.
fn index(kinds: &str, shown: &[(i64, u32)]) -> StreamIndex {
    let packet = |(n, kind)| PacketRecord {
        key_nanos: n as i64,
        size: 1,
        is_keyframe: kind == 'K',
        is_droppable: false,
    };
    let video = VideoStreamInfo {
        size: ScanSize::new(2, 2),
        pixel_aspect: Ratio::ONE,
        rate: None,
        frame_count: 0,
        codec: "test".into(),
        color: ColorSpace::VIDEO,
        has_alpha: false,
    };
    StreamIndex::assemble(build::Parts {
        info: MediaInfo {
            container: "test".into(),
            duration: Ticks::ZERO,
            video: Some(video),
            audio: None,
            is_still: false,
        },
        orientation: Orientation::default(),
        zero_nanos: 0,
        packets: kinds.chars().enumerate().map(packet).collect(),
        shown: shown
            .iter()
            .map(|(millis, n)| (millis * 1_000_000, *n))
            .collect(),
        last_nanos: 40_000_000,
        claimed_rate: None,
    })
}

#[test]
fn leading_pictures_of_an_open_group_are_decoded_from_the_group_before() {
    // Decoded K0 p1 K2 p3(leading) p4: shown 0 1 3 2 4.
    let index = index("KpKpp", &[(0, 0), (40, 1), (80, 3), (120, 2), (160, 4)]);
    assert_eq!(
        index.entry_for(2),
        0,
        "shown before the entry point it follows"
    );
    assert_eq!(index.entry_for(3), 2);
    assert_eq!(index.entry_for(4), 2);
    assert_eq!(index.rate(), Some(FrameRate::FPS_25));
}

#[test]
fn the_shown_frame_is_the_last_not_later_than_half_the_shortest_duration() {
    let index = index("KKK", &[(0, 0), (100, 1), (130, 2)]);
    let at = |millis: i64| index.frame_number_at(Ticks::from_nanos(millis * 1_000_000));
    assert_eq!(
        [at(-50), at(84), at(86), at(114), at(116), at(9_999)],
        [0, 0, 1, 1, 2, 2]
    );
    assert_eq!(index.rate(), None);
}

#[test]
fn an_index_survives_the_disk_and_damage_is_noticed() {
    let index = index("KpKpp", &[(0, 0), (40, 1), (80, 3), (120, 2), (160, 4)]);
    let bytes = store::to_bytes(&index);
    assert_eq!(store::from_bytes(&bytes), Some(index));
    for length in 0..bytes.len() {
        assert_eq!(
            store::from_bytes(&bytes[..length]),
            None,
            "cut to {length} bytes"
        );
    }
}
