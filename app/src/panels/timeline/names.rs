//! What items are called aloud: the names that assistive tools read and tests look for.

use crate::view::View;
use av::{FrameIndex, FrameRate, Timecode};
use timeline::{Content, GeneratedState, Item};

/// How a frame is written for people.
pub fn timecode(frame: FrameIndex, rate: FrameRate) -> String {
    Timecode::from_frame(frame, rate).to_string()
}

/// How a difference is written: always with its sign.
pub fn signed_timecode(count: av::FrameCount, rate: FrameRate) -> String {
    let sign = if count.0 < 0 { '-' } else { '+' };
    format!("{sign}{}", timecode(FrameIndex(count.0.abs()), rate))
}

/// What an item is called on its track: its label, else what it is made of.
pub fn title(view: &View<'_>, item: &Item) -> String {
    if !item.label.is_empty() {
        return item.label.clone();
    }
    match &item.content {
        Content::Clip(clip) => match view.document.assets.find(clip.asset) {
            Some(asset) => asset.name.clone(),
            None => "Missing media".to_owned(),
        },
        Content::Title(title) => title.text.lines().next().unwrap_or_default().to_owned(),
        Content::Solid(_) => "Color".to_owned(),
        Content::Generated(generated) => generated.purpose.label().to_owned(),
    }
}

/// Where a generated item stands, in a word.
pub fn state(state: GeneratedState) -> &'static str {
    match state {
        GeneratedState::Ghost => "wished for",
        GeneratedState::Queued => "being made",
        GeneratedState::Ready => "ready",
        GeneratedState::Stale => "stale",
    }
}

/// Everything that can be seen of an item, in one line.
pub fn accessible(view: &View<'_>, track: &str, item: &Item) -> String {
    let (kind, state) = match &item.content {
        Content::Clip(_) => ("Clip", None),
        Content::Title(_) => ("Title", None),
        Content::Solid(_) => ("Color", None),
        Content::Generated(generated) => ("Generated clip", Some(state(generated.state))),
    };
    let rate = view.rate();
    let range = item.range();
    let mut name = format!(
        "{kind} {}, track {track}, {} to {}",
        title(view, item),
        timecode(range.start, rate),
        timecode(range.end(), rate)
    );
    let clip = item.media();
    let is_offline = clip.is_some_and(|clip| view.offline.contains(&clip.asset));
    let facts = [
        state,
        is_offline.then_some("media missing"),
        item.is_disabled.then_some("disabled"),
        item.link.is_some().then_some("linked"),
        view.selection
            .items
            .contains(&item.id)
            .then_some("selected"),
    ];
    for fact in facts.into_iter().flatten() {
        name.push_str(", ");
        name.push_str(fact);
    }
    name
}
