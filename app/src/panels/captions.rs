//! Captions from speech: which language is spoken, and the letters it is written down in.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, weak_ui},
        field::{name_it, row_ui},
        icon::Icon,
    },
};
use egui::{ComboBox, ScrollArea, Ui};
use timeline::ItemId;

/// Languages that are chosen most; the empty name is the one that is heard.
const USUAL: [(&str, &str); 4] = [
    ("", "Listened for"),
    ("en", "English"),
    ("zh-Hans", "Chinese, simplified letters"),
    ("zh-Hant", "Chinese, traditional letters"),
];

/// Every other language that models for speech know: short name, and what people call it, in order of the alphabet.
const OTHERS: &str = "af Afrikaans,sq Albanian,am Amharic,ar Arabic,hy Armenian,as Assamese,az Azerbaijani,ba Bashkir,\
    eu Basque,be Belarusian,bn Bengali,bs Bosnian,br Breton,bg Bulgarian,my Burmese,yue Cantonese,ca Catalan,hr Croatian,\
    cs Czech,da Danish,nl Dutch,et Estonian,fo Faroese,fi Finnish,fr French,gl Galician,ka Georgian,de German,el Greek,\
    gu Gujarati,ht Haitian Creole,ha Hausa,haw Hawaiian,he Hebrew,hi Hindi,hu Hungarian,is Icelandic,id Indonesian,\
    it Italian,ja Japanese,jw Javanese,kn Kannada,kk Kazakh,km Khmer,ko Korean,lo Lao,la Latin,lv Latvian,ln Lingala,\
    lt Lithuanian,lb Luxembourgish,mk Macedonian,mg Malagasy,ms Malay,ml Malayalam,mt Maltese,mi Maori,mr Marathi,\
    mn Mongolian,ne Nepali,no Norwegian,nn Norwegian Nynorsk,oc Occitan,ps Pashto,fa Persian,pl Polish,pt Portuguese,\
    pa Punjabi,ro Romanian,ru Russian,sa Sanskrit,sr Serbian,sn Shona,sd Sindhi,si Sinhala,sk Slovak,sl Slovenian,\
    so Somali,es Spanish,su Sundanese,sw Swahili,sv Swedish,tl Tagalog,tg Tajik,ta Tamil,tt Tatar,te Telugu,th Thai,\
    bo Tibetan,tr Turkish,tk Turkmen,uk Ukrainian,ur Urdu,uz Uzbek,vi Vietnamese,cy Welsh,yi Yiddish,yo Yoruba";

/// What the dialog remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionsState {
    /// The clip.
    pub item: ItemId,
    /// Short name of the language; empty where it is listened for.
    pub language: String,
}

/// Short names and names of all languages, the usual ones first.
fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let others = OTHERS.split(',');
    USUAL
        .into_iter()
        .chain(others.filter_map(|other| other.split_once(' ')))
}

/// What people call a language by its short name.
pub fn language_name(short: &str) -> &str {
    if short == "zh" {
        // Heard, not asked for: nobody chose its letters.
        return "Chinese";
    }
    let mut all = languages();
    all.find(|(known, _)| *known == short)
        .map_or(short, |(_, name)| name)
}

/// Draws the choice.
pub fn captions_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut CaptionsState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.set_width(420.0);
    weak_ui(
        ui,
        theme,
        "What is said becomes captions on a track of their own, written down by an installed model on this machine.",
    );
    ui.add_space(theme.space.small);
    row_ui(ui, theme, "Language", |ui| {
        let response = ComboBox::from_id_salt("spoken")
            .selected_text(language_name(&state.language))
            .width(240.0)
            .show_ui(ui, |ui| {
                ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
                    for (number, (short, name)) in languages().enumerate() {
                        if number == USUAL.len() {
                            ui.separator();
                        }
                        let is_chosen = state.language == short;
                        if ui.selectable_label(is_chosen, name).clicked() {
                            short.clone_into(&mut state.language);
                        }
                    }
                });
            })
            .response;
        name_it(ui, &response, "Spoken language");
    });
    weak_ui(
        ui,
        theme,
        if state.language.is_empty() {
            "The first words decide. Choose one where they are few, or where it is heard wrongly."
        } else {
            "Whatever is said is taken for this language."
        },
    );
    ui.add_space(theme.space.large);
    let spec = ButtonSpec::text("Write down")
        .named("Start captions")
        .with_icon(Icon::Text)
        .weight(Weight::Primary);
    if button_ui(ui, theme, spec).clicked() {
        actions.push(Action::WriteCaptions {
            item: state.item,
            language: state.language.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_one_name() {
        let all: Vec<_> = languages().collect();
        assert_eq!(all.len(), 4 + 98);
        for (number, (short, name)) in all.iter().enumerate() {
            assert!(name.starts_with(char::is_uppercase), "{short} {name}");
            let later = &all[number + 1..];
            assert!(
                later
                    .iter()
                    .all(|other| other.0 != *short && other.1 != *name)
            );
        }
        assert!(all[4..].is_sorted_by_key(|(_, name)| *name));
        assert_eq!(language_name("yue"), "Cantonese");
        assert_eq!(language_name("tlh"), "tlh");
    }
}
