//! Words and how they look; plain colors.

use super::{group_ui, picture::choose_ui};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        field::{Number, collect, name_it, row_ui, slider_ui},
    },
};
use egui::{Role, TextEdit, Ui, WidgetInfo};
use timeline::{Edit, ItemId, Rgba, TextAlign, Title};

/// Percent in one.
const PERCENT: f64 = 100.0;

/// Sides that lines keep to, with the words for them.
const SIDES: [(TextAlign, &str); 3] = [
    (TextAlign::Left, "Left"),
    (TextAlign::Center, "Center"),
    (TextAlign::Right, "Right"),
];

/// Draws the words and their looks.
pub fn title_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: ItemId,
    title: &Title,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let set = |title: Title| Edit::SetTitle { item, title };
    let apply = |title: Title| Action::Apply { edit: set(title) };
    group_ui(ui, theme, "Title", |ui| {
        let mut text = title.text.clone();
        let field = TextEdit::multiline(&mut text)
            .desired_rows(2)
            .desired_width(f32::INFINITY)
            .hint_text("Words");
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Title text");
            info.current_text_value = Some(text.clone());
            info
        });
        if response.changed() {
            actions.push(apply(Title {
                text,
                ..title.clone()
            }));
        }
        row_ui(ui, theme, "Size", |ui| {
            let number = Number::new("Title size", 1.0..=50.0).unit(" %", 1);
            slider_ui(
                ui,
                theme,
                title.size * PERCENT,
                &number,
                actions,
                |percent| {
                    set(Title {
                        size: percent / PERCENT,
                        ..title.clone()
                    })
                },
            );
        });
        row_ui(ui, theme, "Style", |ui| {
            for (label, is_on, change) in styles(title) {
                let spec = ButtonSpec::text(label).on(is_on);
                if button_ui(ui, theme, spec).clicked() {
                    actions.push(apply(change));
                }
            }
        });
        row_ui(ui, theme, "Align", |ui| {
            if let Some(align) = choose_ui(ui, "Alignment", title.align, &SIDES) {
                actions.push(apply(Title {
                    align,
                    ..title.clone()
                }));
            }
        });
        for (name, color, put) in colors(title) {
            row_ui(ui, theme, name, |ui| {
                color_button_ui(ui, name, color, actions, |color| {
                    let mut changed = title.clone();
                    put(&mut changed, color);
                    set(changed)
                });
            });
        }
        font_ui(ui, view, title, actions, &set);
    });
}

fn styles(title: &Title) -> [(&'static str, bool, Title); 2] {
    let bold = Title {
        is_bold: !title.is_bold,
        ..title.clone()
    };
    let italic = Title {
        is_italic: !title.is_italic,
        ..title.clone()
    };
    [
        ("Bold", title.is_bold, bold),
        ("Italic", title.is_italic, italic),
    ]
}

/// A color of a title: its name, what it is, how it is put.
type TitleColor = (&'static str, Rgba, fn(&mut Title, Rgba));

fn colors(title: &Title) -> [TitleColor; 4] {
    [
        ("Color", title.color, |title, color| title.color = color),
        ("Outline", title.outline, |title, color| {
            title.outline = color;
        }),
        ("Box", title.box_color, |title, color| {
            title.box_color = color;
        }),
        ("Shadow", title.shadow, |title, color| title.shadow = color),
    ]
}

fn font_ui(
    ui: &mut Ui,
    view: &View<'_>,
    title: &Title,
    actions: &mut Vec<Action>,
    set: &dyn Fn(Title) -> Edit,
) {
    row_ui(ui, view.theme, "Font", |ui| {
        let mut family = title.font_family.clone();
        let field = TextEdit::singleline(&mut family)
            .hint_text("System font")
            .desired_width(ui.available_width().min(180.0));
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Font family");
            info.current_text_value = Some(family.clone());
            info
        });
        if response.changed() {
            actions.push(Action::Apply {
                edit: set(Title {
                    font_family: family,
                    ..title.clone()
                }),
            });
        }
    });
}

/// A button that shows a color and opens a picker.
pub fn color_button_ui(
    ui: &mut Ui,
    name: &str,
    color: Rgba,
    actions: &mut Vec<Action>,
    edit: impl FnOnce(Rgba) -> Edit,
) {
    let mut bytes = color.0;
    let response = ui.color_edit_button_srgba_unmultiplied(&mut bytes);
    name_it(ui, &response, &format!("{name} color"));
    collect(&response, name, actions, || edit(Rgba(bytes)));
}

/// Draws the color of a solid.
pub fn solid_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: ItemId,
    color: Rgba,
    actions: &mut Vec<Action>,
) {
    group_ui(ui, view.theme, "Solid", |ui| {
        row_ui(ui, view.theme, "Color", |ui| {
            color_button_ui(ui, "Solid", color, actions, |color| Edit::SetSolid {
                item,
                color,
            });
        });
    });
}
