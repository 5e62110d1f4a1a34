//! The settings of whatever is selected.

mod clip;
mod color;
mod generated;
mod keyframes;
mod media;
mod picture;
pub use picture::choose_ui;
mod sequence;
pub use sequence::rate_text;
mod sound;
mod title;
mod transition;

use crate::{
    action::Action,
    theme::Theme,
    view::View,
    widgets::{
        control::{heading_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{CollapsingHeader, RichText, ScrollArea, Ui};
use timeline::{Content, Item, ItemId, TrackKind};

/// What the inspector remembers.
#[derive(Debug, Default)]
pub struct InspectorState {
    /// A prompt while it is typed, and of which item.
    pub(crate) prompt: Option<(ItemId, String)>,
}

/// Draws the settings.
pub fn inspector_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut InspectorState,
    actions: &mut Vec<Action>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let selection = view.selection;
        if let Some(transition) = selection.transition {
            transition::transition_ui(ui, view, transition, actions);
        } else if let Some(asset) = selection.asset {
            media::media_ui(ui, view, asset, actions);
        } else if selection.items.is_empty() {
            sequence::sequence_ui(ui, view, actions);
        } else {
            items_ui(ui, view, state, actions);
        }
    });
}

/// What the selected items have in common: pictures first, sound behind.
fn items_ui(ui: &mut Ui, view: &View<'_>, state: &mut InspectorState, actions: &mut Vec<Action>) {
    let of_kind = |is_sound: bool| -> Vec<&Item> {
        let tracks = view.sequence().tracks.iter();
        tracks
            .filter(|track| (track.kind == TrackKind::Audio) == is_sound)
            .flat_map(|track| &track.items)
            .filter(|item| view.selection.items.contains(&item.id))
            .map(AsRef::as_ref)
            .collect()
    };
    let (pictures, sounds) = (of_kind(false), of_kind(true));
    let Some(first) = pictures.first().or(sounds.first()).copied() else {
        return;
    };
    head_ui(ui, view, first, pictures.len().max(sounds.len()));
    let ids = |items: &[&Item]| items.iter().map(|item| item.id).collect::<Vec<_>>();
    if let Some(item) = pictures.first() {
        let targets = ids(&pictures);
        match &item.content {
            Content::Title(title) => title::title_ui(ui, view, item.id, title, actions),
            Content::Generated(generated) => {
                generated::generated_ui(ui, view, item, generated, state, actions);
            }
            Content::Solid(color) => title::solid_ui(ui, view, item.id, *color, actions),
            Content::Clip(_) => {}
        }
        picture::picture_ui(ui, view, item, &targets, actions);
        color::color_ui(ui, view, item, &targets, actions);
        if matches!(item.content, Content::Clip(_)) {
            clip::background_ui(ui, view, item, actions);
        }
    }
    if let Some(item) = sounds.first() {
        sound::sound_ui(ui, view, item, &ids(&sounds), actions);
    }
    if let Content::Clip(clip) = &first.content {
        let both: Vec<_> = pictures.iter().chain(&sounds).map(|item| item.id).collect();
        clip::speed_ui(ui, view, clip, &both, actions);
    }
}

fn head_ui(ui: &mut Ui, view: &View<'_>, item: &Item, count: usize) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        let (icon, ink) = match &item.content {
            Content::Clip(_) => (Icon::Film, theme.color.accent),
            Content::Title(_) => (Icon::Text, theme.color.warning),
            Content::Solid(_) => (Icon::Picture, theme.color.text_weak),
            Content::Generated(_) => (Icon::Sparkle, theme.color.generated),
        };
        let (rect, _) = ui.allocate_exact_size(egui::vec2(18.0, 20.0), egui::Sense::hover());
        icon.paint(ui.painter(), rect, theme.size.icon, ink);
        let name = match &item.content {
            Content::Title(title) if item.label.is_empty() => title.text.clone(),
            Content::Clip(_) | Content::Title(_) | Content::Solid(_) | Content::Generated(_) => {
                item.label.clone()
            }
        };
        let name = name.lines().next().unwrap_or_default().to_owned();
        ui.add(egui::Label::new(RichText::new(name).strong().color(theme.color.text)).truncate());
    });
    let rate = view.rate();
    let at = |frame| av::Timecode::from_frame(frame, rate);
    let length = at(av::FrameIndex(item.count.0));
    let others = match count {
        0 | 1 => String::new(),
        _ => format!(" · and {} more", count - 1),
    };
    weak_ui(
        ui,
        theme,
        format!("{} · from {}{others}", length, at(item.start)),
    );
    ui.add_space(theme.space.small);
}

/// A group that can be folded.
pub(super) fn group_ui(ui: &mut Ui, theme: &Theme, name: &str, add: impl FnOnce(&mut Ui)) {
    let title = RichText::new(name)
        .size(theme.text.strong)
        .color(theme.color.text);
    CollapsingHeader::new(title)
        .id_salt(name)
        .default_open(true)
        .show_unindented(ui, |ui| {
            add(ui);
            ui.add_space(theme.space.small);
        });
}

/// A heading with nothing to fold.
fn section_ui(ui: &mut Ui, theme: &Theme, name: &str) {
    ui.add_space(theme.space.small);
    heading_ui(ui, theme, name);
}
