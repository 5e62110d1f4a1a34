//! From a sentence to a scene: phrases are found in the text, longest first, and what none of them covers is reported.

use super::{
    sprites::SpriteSet,
    words::{
        COMPANIES, COMPANIONS, Camera, Meaning, Motion, PHRASES, Place, SCHOOL, SUBJECTS, Size,
        Style, Time, Weather,
    },
};
use std::collections::BTreeMap;

/// Most subjects of a scene; more would not be told apart.
const SUBJECTS_MAX: usize = 9;

/// Somebody or something in the scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Which picture, by code.
    pub sprite: String,
    /// How large.
    pub size: Size,
    /// What it does; `None` when nothing was said.
    pub motion: Option<Motion>,
    /// −1 left to 1 right; `None` when nothing was said.
    pub side: Option<f32>,
    /// Whether it closes an eye now and then.
    pub winks: bool,
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Where.
    pub place: Place,
    /// When.
    pub time: Time,
    /// What is in the air.
    pub weather: Vec<Weather>,
    /// How the camera moves.
    pub camera: Camera,
    /// How it looks.
    pub style: Option<Style>,
    /// Color of plain backgrounds.
    pub color: Option<[f32; 3]>,
    /// Whether a road leads through.
    pub has_road: bool,
    /// Who is there, back to front.
    pub subjects: Vec<Subject>,
    /// Words that meant nothing to the sketch.
    pub unknown: Vec<String>,
}

/// What a stretch of text stands for.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Meaning(Meaning),
    Sprite(String),
    /// So many people.
    Company(usize),
}

/// Phrases and what they mean, with the pictures' own names.
#[derive(Debug)]
pub struct Lexicon {
    phrases: BTreeMap<String, Found>,
    longest: usize,
}

impl Lexicon {
    /// Of the fixed vocabulary and the labels of `sprites`. Where two things share a name, the vocabulary wins, then the
    /// first picture.
    pub fn new(sprites: &SpriteSet) -> Self {
        let mut phrases = BTreeMap::new();
        for (names, meaning) in PHRASES {
            for name in names.split('|') {
                phrases.insert(name.to_owned(), Found::Meaning(*meaning));
            }
        }
        for (names, code) in SUBJECTS {
            for name in names.split('|') {
                // Without its picture a name stays unknown, and is reported as such.
                if sprites.contains(code) {
                    phrases.insert(name.to_owned(), Found::Sprite((*code).to_owned()));
                }
            }
        }
        for (names, count) in COMPANIES {
            for name in names.split('|') {
                phrases.insert(name.to_owned(), Found::Company(*count));
            }
        }
        for entry in sprites.entries() {
            for name in entry.labels() {
                let found = Found::Sprite(entry.code.clone());
                phrases.entry(name.to_lowercase()).or_insert(found);
            }
        }
        let longest = phrases.keys().map(|phrase| phrase.chars().count()).max();
        Self {
            longest: longest.unwrap_or(0),
            phrases,
        }
    }

    fn lookup(&self, text: &str) -> Option<(&Found, bool)> {
        if let Some(found) = self.phrases.get(text) {
            return Some((found, false));
        }
        // English plurals.
        let singular = [("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")];
        singular.iter().find_map(|(ending, instead)| {
            let stem = format!("{}{instead}", text.strip_suffix(ending)?);
            match self.phrases.get(&stem)? {
                found @ Found::Sprite(_) => Some((found, true)),
                Found::Meaning(_) | Found::Company(_) => None,
            }
        })
    }
}

/// Lower case, punctuation to spaces, one space between words.
fn cleaned(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
    for ch in text.to_lowercase().chars() {
        let ch = if ch.is_alphanumeric() || matches!(ch, '-' | '\'') {
            ch
        } else {
            ' '
        };
        if ch != ' ' || out.last().is_some_and(|last| *last != ' ') {
            out.push(ch);
        }
    }
    out
}

fn is_chinese(ch: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&ch)
}

/// Whether a phrase may start or end between two characters.
fn is_border(before: Option<char>, after: Option<char>) -> bool {
    let is_latin = |ch: char| ch != ' ' && !is_chinese(ch);
    !(before.is_some_and(is_latin) && after.is_some_and(is_latin))
}

/// Collected while reading, in the order of the text.
#[derive(Debug, Default)]
struct Reading {
    places: Vec<Place>,
    time: Option<Time>,
    weather: Vec<Weather>,
    camera: Option<Camera>,
    style: Option<Style>,
    color: Option<[f32; 3]>,
    has_road: bool,
    groups: Vec<Group>,
    count: Option<usize>,
    size: Option<Size>,
    motion: Option<Motion>,
    side: Option<f32>,
    winks: bool,
    unknown: Vec<String>,
}

#[derive(Debug)]
struct Group {
    /// Pictures, in turns.
    kinds: Vec<String>,
    count: usize,
    size: Size,
    motion: Option<Motion>,
    side: Option<f32>,
    winks: bool,
}

/// Reads `prompt`.
pub fn read(lexicon: &Lexicon, prompt: &str) -> Scene {
    let text = cleaned(prompt);
    let mut reading = Reading::default();
    let mut at = 0;
    while at < text.len() {
        if text[at] == ' ' {
            at += 1;
            continue;
        }
        match longest_phrase(lexicon, &text, at) {
            Some((end, found, is_plural)) => {
                reading.take(found, is_plural);
                at = end;
            }
            None => at = reading.skip(&text, at),
        }
    }
    reading.scene()
}

fn longest_phrase<'a>(
    lexicon: &'a Lexicon,
    text: &[char],
    start: usize,
) -> Option<(usize, &'a Found, bool)> {
    if !is_border(start.checked_sub(1).map(|at| text[at]), Some(text[start])) {
        return None;
    }
    let last = (start + lexicon.longest + 2).min(text.len());
    (start + 1..=last).rev().find_map(|end| {
        if !is_border(Some(text[end - 1]), text.get(end).copied()) || text[end - 1] == ' ' {
            return None;
        }
        let phrase: String = text[start..end].iter().collect();
        let (found, is_plural) = lexicon.lookup(&phrase)?;
        Some((end, found, is_plural))
    })
}

impl Reading {
    fn take(&mut self, found: &Found, is_plural: bool) {
        match found {
            Found::Sprite(code) => {
                let count = self.count.take().unwrap_or(if is_plural { 3 } else { 1 });
                let is_school = code == SCHOOL[0] && count > 2;
                let kinds = if is_school {
                    SCHOOL.map(String::from).into()
                } else {
                    vec![code.clone()]
                };
                self.add(kinds, count);
            }
            Found::Company(count) => {
                // "A couple": the article is not a number of couples; "two people" are two.
                let said = self.count.take().filter(|said| *said > 1);
                self.add(COMPANIONS.map(String::from).into(), said.unwrap_or(*count));
            }
            Found::Meaning(meaning) => self.take_meaning(*meaning),
        }
    }

    fn add(&mut self, kinds: Vec<String>, count: usize) {
        self.groups.push(Group {
            kinds,
            count,
            size: self.size.take().unwrap_or(Size::Medium),
            motion: self.motion.take(),
            side: self.side.take(),
            winks: std::mem::take(&mut self.winks),
        });
    }

    fn take_meaning(&mut self, meaning: Meaning) {
        // "A clean city": the number was the place's, not the next subject's.
        if matches!(
            meaning,
            Meaning::Place(_) | Meaning::Weather(_) | Meaning::Road
        ) {
            self.count = None;
            self.size = None;
        }
        match meaning {
            Meaning::Place(place) => self.places.push(place),
            Meaning::Time(time) => self.time = Some(time),
            Meaning::Weather(weather) if !self.weather.contains(&weather) => {
                self.weather.push(weather);
            }
            Meaning::Camera(camera) => self.camera = Some(camera),
            Meaning::Style(style) => self.style = Some(style),
            Meaning::Color(color) => self.color = Some(color),
            Meaning::Road => self.has_road = true,
            Meaning::Count(count) => self.count = Some(count),
            Meaning::Size(size) => self.size = Some(size),
            // What is done is mostly said after who does it.
            Meaning::Motion(motion) => match self.groups.last_mut() {
                Some(group) if group.motion.is_none() => group.motion = Some(motion),
                Some(_) | None => self.motion = Some(motion),
            },
            Meaning::Side(side) => match self.groups.last_mut() {
                Some(group) if group.side.is_none() => group.side = Some(side),
                Some(_) | None => self.side = Some(side),
            },
            // "A corgi that winks" and "a winking corgi".
            Meaning::Wink if self.groups.is_empty() || self.count.is_some() => self.winks = true,
            Meaning::Wink => {
                if let Some(group) = self.groups.last_mut() {
                    group.winks = true;
                }
            }
            Meaning::Weather(_) | Meaning::Filler => {}
        }
    }

    /// Notes an unknown word (or Chinese character run) and returns where it ends.
    fn skip(&mut self, text: &[char], start: usize) -> usize {
        if is_chinese(text[start]) {
            match self.unknown.last_mut() {
                Some(word)
                    if start > 0
                        && is_chinese(text[start - 1])
                        && word.ends_with(text[start - 1]) =>
                {
                    word.push(text[start]);
                }
                Some(_) | None => self.unknown.push(text[start].to_string()),
            }
            return start + 1;
        }
        let mut end = start;
        while end < text.len() && text[end] != ' ' && !is_chinese(text[end]) {
            end += 1;
        }
        self.unknown.push(text[start..end].iter().collect());
        end
    }

    fn scene(mut self) -> Scene {
        let place = self.place();
        let is_festive =
            self.weather.contains(&Weather::Fireworks) || self.weather.contains(&Weather::Lanterns);
        let time = self.time.unwrap_or(match place {
            Place::Street => Time::Night,
            _ if is_festive => Time::Night,
            _ => Time::Day,
        });
        // Snow on the ground does not mean that it falls, unless that was said too.
        let mut subjects = Vec::new();
        for group in &self.groups {
            for kind in group.kinds.iter().cycle().take(group.count) {
                subjects.push(Subject {
                    sprite: if group.winks {
                        with_face(kind)
                    } else {
                        kind.clone()
                    },
                    size: group.size,
                    motion: group.motion,
                    side: group.side,
                    winks: group.winks,
                });
            }
        }
        subjects.truncate(SUBJECTS_MAX);
        Scene {
            place,
            time,
            weather: self.weather,
            camera: self.camera.unwrap_or(Camera::Follow),
            style: self.style.take(),
            color: self.color,
            has_road: self.has_road || needs_road(place, &subjects),
            subjects,
            unknown: self.unknown,
        }
    }

    fn place(&self) -> Place {
        if let Some(place) = self.places.first() {
            return *place;
        }
        let falls = |weather| self.weather.contains(&weather);
        if self.has_road {
            Place::Mountains
        } else if falls(Weather::Fireworks) || falls(Weather::Lanterns) {
            Place::City
        } else if falls(Weather::Snow) {
            Place::Snowfield
        } else if matches!(self.style, Some(Style::Noir | Style::Neon))
            || falls(Weather::Rain) && self.time == Some(Time::Night)
        {
            // Where such pictures play.
            Place::Street
        } else if self.color.is_some() {
            Place::Studio
        } else {
            Place::Meadow
        }
    }
}

/// The picture of the same animal that looks at us, where there is one: a wink has to be seen.
fn with_face(code: &str) -> String {
    let faces = [
        ("1f415", "1f436"),
        ("1f408", "1f431"),
        ("1f407", "1f430"),
        ("1f405", "1f42f"),
        ("1f404", "1f42e"),
        ("1f416", "1f437"),
        ("1f412", "1f435"),
        ("1f401", "1f42d"),
    ];
    let found = faces.iter().find(|(whole, _)| *whole == code);
    found.map_or(code, |(_, face)| face).to_owned()
}

/// Wheels on open ground want a road.
fn needs_road(place: Place, subjects: &[Subject]) -> bool {
    const WHEELS: [&str; 14] = [
        "1f697", "1f3ce", "1f695", "1f68c", "1f69a", "1f69b", "1f3cd", "1f68e", "1f690", "1f691",
        "1f692", "1f693", "1f699", "1f6fa",
    ];
    let is_open = matches!(
        place,
        Place::Mountains
            | Place::Forest
            | Place::Desert
            | Place::Snowfield
            | Place::Meadow
            | Place::City
    );
    is_open
        && subjects
            .iter()
            .any(|subject| WHEELS.contains(&subject.sprite.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(prompt: &str) -> Scene {
        let models = crate::Models::locate().unwrap();
        read(&Lexicon::new(&SpriteSet::shipped(&models).unwrap()), prompt)
    }

    #[test]
    fn english_and_chinese_say_the_same() {
        let pairs = [
            (
                "a dog jumping on a beach at sunset",
                "一只小狗在沙滩上跳跃，夕阳",
            ),
            (
                "three penguins walking on ice, snowing",
                "三只企鹅在冰原上走，下雪",
            ),
            (
                "a rocket flies up in space, zoom in",
                "一架火箭在太空升起，镜头推近",
            ),
            ("a car on a mountain road", "山路上的一辆汽车，公路"),
        ];
        for (en, zh) in pairs {
            let (en, zh) = (scene(en), scene(zh));
            assert_eq!(en.place, zh.place, "{en:?} {zh:?}");
            assert_eq!(en.time, zh.time);
            assert_eq!(en.weather, zh.weather);
            assert_eq!(en.camera, zh.camera);
            assert_eq!(en.subjects, zh.subjects);
            assert!(
                en.unknown.is_empty() && zh.unknown.is_empty(),
                "{en:?} {zh:?}"
            );
        }
    }

    #[test]
    fn long_sentences_are_understood() {
        let tokyo = scene("a woman walking on a neon Tokyo street at night");
        assert_eq!((tokyo.place, tokyo.time), (Place::Street, Time::Night));
        assert_eq!(tokyo.subjects.len(), 1, "{tokyo:?}");
        let couple = scene("烟花下的一对恋人");
        assert_eq!(couple.subjects.len(), 2, "{couple:?}");
        assert_ne!(couple.subjects[0].sprite, couple.subjects[1].sprite);
        assert_eq!(scene("a crowd of people in a park").subjects.len(), 5);
        let herd = scene("woolly mammoths walking through a snowy meadow");
        assert_eq!((herd.place, herd.subjects.len()), (Place::Snowfield, 3));
        let reef = scene("a coral reef full of fish");
        assert_eq!((reef.place, reef.subjects.len()), (Place::Underwater, 5));
        let party = scene("fireworks over a lantern festival with a winking corgi");
        assert!(party.weather.contains(&Weather::Fireworks), "{party:?}");
        assert_eq!(party.time, Time::Night);
        assert_eq!(party.subjects[0].sprite, "1f436");
        assert!(party.subjects[0].winks);
        assert_eq!(
            scene("一只柯基在眨眼").subjects,
            scene("a corgi winks").subjects
        );
        let robots = scene("robots patrolling a clean future city with trams");
        assert_eq!(robots.place, Place::City);
        assert_eq!(robots.subjects.len(), 6, "{robots:?}");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let odd = scene("a gramophone dancing under a bridge");
        assert_eq!(odd.unknown, ["gramophone", "bridge"]);
        assert_eq!(scene("").place, Place::Meadow);
    }
}
