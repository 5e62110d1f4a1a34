//! Everything that holds of a document. Runs after every edit, before every save and after every load.

mod items;
mod values;

pub(crate) use values::{
    background_error, is_usable_rate, is_usable_size, properties_error, soundless, title_error,
};

use crate::{
    Document, ItemId, Sequence, Track, TrackId,
    edit::{assets::is_usable_info, tracks::kind_rank},
    limits,
};
use av::FrameIndex;

/// Something that does not hold of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// On which track, if it is about one.
    pub track: Option<TrackId>,
    /// At which item, if it is about one.
    pub item: Option<ItemId>,
    /// What is wrong, as a sentence.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(track) = self.track {
            write!(f, "{track}: ")?;
        }
        if let Some(item) = self.item {
            write!(f, "{item}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// What was found wrong so far.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    /// Notes `what` unless it holds.
    fn require(&mut self, holds: bool, what: &str) {
        self.require_at(holds, (None, None), what);
    }

    fn require_at(&mut self, holds: bool, at: (Option<TrackId>, Option<ItemId>), what: &str) {
        if !holds {
            self.0.push(Violation {
                track: at.0,
                item: at.1,
                what: what.to_owned(),
            });
        }
    }
}

/// Everything that does not hold of `document`; empty for a sound one.
///
/// Looks at values before it computes with them, so that any document that could be read gets an answer.
pub fn check(document: &Document) -> Vec<Violation> {
    let mut findings = Findings::default();
    let sequence = &document.sequence;
    check_settings(sequence, &mut findings);
    check_assets(document, &mut findings);
    if !findings.0.is_empty() {
        // Items are measured with these; nothing more can be said.
        return findings.0;
    }
    for track in &sequence.tracks {
        items::check_track(document, track, &mut findings);
    }
    check_markers(sequence, &mut findings);
    check_names(document, &mut findings);
    check_links(sequence, &mut findings);
    findings.0
}

fn check_settings(sequence: &Sequence, findings: &mut Findings) {
    findings.require(
        is_usable_size(sequence.size),
        "the picture size is not two even numbers from 16 to 16384",
    );
    findings.require(
        is_usable_rate(sequence.rate),
        "the frame rate is not between 1 and 240 frames a second",
    );
    findings.require(
        sequence.tracks.len() <= limits::TRACKS_MAX,
        "there are too many tracks",
    );
    let is_grouped = |a: &std::sync::Arc<Track>, b: &std::sync::Arc<Track>| {
        kind_rank(a.kind) <= kind_rank(b.kind)
    };
    findings.require(
        sequence.tracks.is_sorted_by(is_grouped),
        "tracks are not in the order video, audio, caption",
    );
    let items: usize = sequence.tracks.iter().map(|track| track.items.len()).sum();
    findings.require(items <= limits::ITEMS_MAX, "there are too many items");
}

fn check_assets(document: &Document, findings: &mut Findings) {
    let assets = &document.assets;
    findings.require(
        assets.is_filed_right(),
        "a media file is filed under another one's name",
    );
    let mut fingerprints = Vec::with_capacity(assets.len());
    for asset in assets.iter() {
        fingerprints.push(asset.fingerprint);
        let is_sound = is_usable_info(&asset.info);
        findings.require(is_sound, "a media file's length or size is not usable");
        findings.require(
            asset.path.to_str().is_some(),
            "a media file's path is not Unicode",
        );
        findings.require(
            asset.id.0 < document.next_id,
            "a media file's name is not below the next one",
        );
    }
    fingerprints.sort_unstable();
    findings.require(
        fingerprints.is_sorted_by(|a, b| a < b),
        "two media files have the same content",
    );
}

fn check_markers(sequence: &Sequence, findings: &mut Findings) {
    let frames = FrameIndex::ZERO..=FrameIndex(2 * limits::FRAMES_MAX);
    let markers = &sequence.markers;
    findings.require(
        markers.len() <= limits::MARKERS_MAX,
        "there are too many markers",
    );
    findings.require(
        markers.iter().all(|marker| frames.contains(&marker.frame)),
        "a marker stands outside of the sequence",
    );
    findings.require(
        markers.is_sorted_by_key(|marker| marker.frame),
        "markers are not in order",
    );
    let marks = [sequence.mark_in, sequence.mark_out];
    findings.require(
        marks.iter().flatten().all(|mark| frames.contains(mark)),
        "a mark stands outside of the sequence",
    );
    if let [Some(start), Some(end)] = marks {
        findings.require(start < end, "the marked range is empty");
    }
}

/// Names are unique among their kind and below the next one.
fn check_names(document: &Document, findings: &mut Findings) {
    let tracks = &document.sequence.tracks;
    let items = || tracks.iter().flat_map(|track| &track.items);
    let mut kinds: [(&str, Vec<u64>); 4] = [
        (
            "two tracks have the same name",
            tracks.iter().map(|track| track.id.0).collect(),
        ),
        (
            "two items have the same name",
            items().map(|item| item.id.0).collect(),
        ),
        (
            "two transitions have the same name",
            tracks
                .iter()
                .flat_map(|track| &track.transitions)
                .map(|transition| transition.id.0)
                .collect(),
        ),
        (
            "two markers have the same name",
            document
                .sequence
                .markers
                .iter()
                .map(|marker| marker.id.0)
                .collect(),
        ),
    ];
    findings.require(document.next_id < u64::MAX / 2, "names are used up");
    let links = items().filter_map(|item| item.link.map(|link| link.0));
    let highest_link = links.max().unwrap_or(0);
    for (what, names) in &mut kinds {
        #[expect(
            clippy::stable_sort_primitive,
            reason = "names lie in runs, track by track, and only the stable sort merges runs"
        )]
        names.sort();
        findings.require(names.is_sorted_by(|a, b| a < b), what);
        findings.require(
            names.last().is_none_or(|last| *last < document.next_id)
                && highest_link < document.next_id,
            "a name is not below the next one",
        );
    }
}

fn check_links(sequence: &Sequence, findings: &mut Findings) {
    let items = sequence.tracks.iter().flat_map(|track| &track.items);
    let mut links: Vec<_> = items.filter_map(|item| item.link).collect();
    links.sort();
    findings.require(
        links.chunk_by(|a, b| a == b).all(|same| same.len() > 1),
        "an item is linked to nothing",
    );
}
