//! An idea taken apart into fields and put together again, in English and in Chinese, by rules that anybody can read:
//! the same idea always gives the same words, and all of them show before anything is made.

mod lexicon;

use lexicon::{Lexicon, lexicon_of};
use runtime::storyboard::{Storyboard, StoryboardShot};

/// Parts of what is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who or what.
    Subject,
    /// What happens.
    Action,
    /// Where.
    Place,
    /// When: hour, season, weather.
    Time,
    /// How it feels.
    Mood,
    /// How it is seen.
    Camera,
    /// What it looks like as a picture.
    Style,
}

impl Part {
    /// All of them, in the order they are written.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Subject, "Subject"),
        (Self::Action, "Action"),
        (Self::Place, "Place"),
        (Self::Time, "Time"),
        (Self::Mood, "Mood"),
        (Self::Camera, "Camera"),
        (Self::Style, "Style"),
    ];
}

/// What is to be seen, by parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    texts: [String; 7],
    is_chinese: bool,
}

impl Fields {
    /// Takes an idea apart. What no rule knows stays with the subject, so that no word is lost.
    pub fn read(idea: &str) -> Self {
        let is_chinese = is_chinese(idea);
        let lexicon = lexicon_of(is_chinese);
        let mut fields = Self {
            is_chinese,
            ..Self::default()
        };
        let phrases = idea.split(|c| "，,。.；;\n".contains(c)).map(str::trim);
        let said = phrases.filter(|phrase| !phrase.is_empty());
        for (number, phrase) in said.enumerate() {
            // Whoever begins with somebody's style or hour means all of the phrase as who it is about.
            let is_apart = number > 0;
            fields.read_phrase(phrase, is_apart, lexicon);
        }
        fields
    }

    /// Takes an idea apart and adds what it does not say: an hour, a mood, a camera, a style.
    pub fn expanded(idea: &str) -> Self {
        let mut fields = Self::read(idea);
        let lexicon = lexicon_of(fields.is_chinese);
        for (part, usual) in lexicon.usual {
            if fields.text(*part).is_empty() {
                fields.set(*part, (*usual).to_owned());
            }
        }
        fields
    }

    /// One of the fields.
    pub fn text(&self, part: Part) -> &str {
        &self.texts[part as usize]
    }

    /// Writes one of the fields.
    pub fn set(&mut self, part: Part, text: String) {
        self.texts[part as usize] = text;
    }

    /// One of the fields, to be typed into.
    pub fn text_mut(&mut self, part: Part) -> &mut String {
        &mut self.texts[part as usize]
    }

    /// Everything as one prompt.
    pub fn prompt(&self) -> String {
        let lexicon = lexicon_of(self.is_chinese);
        let said = |part| Some(self.text(part).trim()).filter(|text| !text.is_empty());
        let first: Vec<&str> = lexicon.order().into_iter().filter_map(said).collect();
        let mut parts = vec![first.join(lexicon.space)];
        let rest = [Part::Time, Part::Mood, Part::Camera, Part::Style];
        parts.extend(rest.into_iter().filter_map(said).map(str::to_owned));
        parts.retain(|part| !part.is_empty());
        parts.join(lexicon.comma)
    }

    fn read_phrase(&mut self, phrase: &str, is_apart: bool, lexicon: &Lexicon) {
        let holds = |words: &[&str]| words.iter().any(|word| lexicon.holds(phrase, word));
        let is_short = !(lexicon.is_long)(phrase);
        let whole = lexicon.whole_phrases.iter();
        let mut whole = whole.filter(|(_, words)| is_apart && is_short && holds(words));
        if let Some((part, _)) = whole.next() {
            self.add(*part, phrase, lexicon.comma);
            return;
        }
        let pieces = lexicon.apart(phrase);
        self.add(Part::Subject, &pieces.subject, lexicon.comma);
        self.add(Part::Action, &pieces.action, lexicon.comma);
        self.add(Part::Place, &pieces.place, lexicon.comma);
        self.add(Part::Time, &pieces.time, lexicon.comma);
    }

    fn add(&mut self, part: Part, text: &str, comma: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let field = &mut self.texts[part as usize];
        if !field.is_empty() {
            field.push_str(comma);
        }
        field.push_str(text);
    }
}

/// Whether most of it is written in Chinese.
pub fn is_chinese(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut chinese, mut others) = (0, 0);
    for letter in letters {
        if ('\u{3400}'..='\u{9fff}').contains(&letter) {
            chinese += 1;
        } else {
            others += 1;
        }
    }
    // A Chinese letter says about as much as three others.
    chinese * 3 > others
}

/// Seconds of the cards that an idea becomes.
const CARD_SECONDS: [f64; 4] = [3.0, 3.0, 2.0, 4.0];

/// Seconds of a card for one of several things that happen in turn.
const EVENT_SECONDS: f64 = 3.0;
/// More things in turn than this are not told apart: the rest stays on the last card.
const EVENTS_MAX: usize = 12;
/// What stands between things that happen in turn, in lower case; the longer before what it contains.
const TURNS: [&str; 21] = [
    ", and then ",
    "; and then ",
    ", after that ",
    ", and finally ",
    ", finally ",
    "; finally ",
    ". finally, ",
    ", then ",
    "; then ",
    ". then ",
    " and then ",
    "，然后",
    "。然后",
    "；然后",
    "，接着",
    "。接着",
    "，随后",
    "，最后",
    "。最后",
    "然后",
    "接着",
];

/// The things that an idea says happen in turn; one where it speaks of one.
fn events(idea: &str) -> Vec<&str> {
    let mut events = Vec::new();
    let mut rest = idea;
    while events.len() + 1 < EVENTS_MAX {
        // Letters keep their places in ASCII lower case.
        let lower = rest.to_ascii_lowercase();
        let found = TURNS
            .iter()
            .filter_map(|turn| Some((lower.find(turn)?, turn.len())));
        let Some((at, length)) = found.min_by_key(|&(at, length)| (at, std::cmp::Reverse(length)))
        else {
            break;
        };
        events.push(&rest[..at]);
        rest = &rest[at + length..];
    }
    events.push(rest);
    let ends = |c: char| c.is_whitespace() || "，,。.；;".contains(c);
    events.retain(|event| !event.trim_matches(ends).is_empty());
    events
        .iter()
        .map(|event| event.trim_matches(ends))
        .collect()
}

/// Things that happen in turn, one card each; who it is about goes on where an event does not say.
fn in_turn(events: &[&str]) -> Storyboard {
    let mut subject = String::new();
    let shots = events.iter().enumerate().map(|(index, event)| {
        let fields = Fields::read(event);
        let lexicon = lexicon_of(fields.is_chinese);
        let own = fields.text(Part::Subject);
        let is_untold = own.is_empty() || lexicon.begins_with_action(event);
        let goes_on = is_untold && !subject.is_empty();
        let prompt = if goes_on {
            format!("{subject}{}{event}", lexicon.space)
        } else {
            own.clone_into(&mut subject);
            (*event).to_owned()
        };
        StoryboardShot {
            prompt,
            seconds: EVENT_SECONDS,
            starts_with_cut: index > 0 && !goes_on,
        }
    });
    let shots = shots.collect();
    let fields = Fields::expanded(events.first().copied().unwrap_or_default());
    Storyboard {
        shared_prompt: fields.text(Part::Style).to_owned(),
        shots,
    }
}

/// An idea as a storyboard: things that it says happen in turn become a card each; one thing becomes a few shots of it,
/// where it is, what happens, closely, and how it ends.
pub fn storyboard(idea: &str) -> Storyboard {
    let events = events(idea);
    if events.len() > 1 {
        return in_turn(&events);
    }
    let fields = Fields::expanded(idea);
    let lexicon = lexicon_of(fields.is_chinese);
    let shared = [Part::Subject, Part::Time, Part::Mood, Part::Style];
    let shared: Vec<&str> = shared
        .into_iter()
        .map(|part| fields.text(part))
        .filter(|text| !text.is_empty())
        .collect();
    let shots = lexicon.shots.iter().zip(CARD_SECONDS);
    let shots = shots.enumerate().map(|(index, (shot, seconds))| {
        let place = fields.text(Part::Place);
        let action = fields.text(Part::Action);
        let subject = fields.text(Part::Subject);
        let text = shot
            .replace("{subject}", subject)
            .replace(
                "{action}",
                if action.is_empty() {
                    lexicon.rests
                } else {
                    action
                },
            )
            .replace(
                "{place}",
                if place.is_empty() {
                    lexicon.somewhere
                } else {
                    place
                },
            );
        StoryboardShot {
            prompt: text.split_whitespace().collect::<Vec<_>>().join(" "),
            seconds,
            starts_with_cut: index == 2,
        }
    });
    Storyboard {
        shared_prompt: shared.join(lexicon.comma),
        shots: shots.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(idea: &str) -> Vec<(&'static str, String)> {
        let fields = Fields::read(idea);
        Part::ALL
            .into_iter()
            .map(|(part, name)| (name, fields.text(part).to_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }

    fn told(found: &[(&'static str, String)]) -> Vec<String> {
        found
            .iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect()
    }

    #[test]
    fn english_ideas_are_taken_apart() {
        let found = parts("A red fox runs through deep snow at dawn, close-up, watercolor style");
        assert_eq!(
            told(&found),
            [
                "Subject=A red fox",
                "Action=runs",
                "Place=through deep snow",
                "Time=at dawn",
                "Camera=close-up",
                "Style=watercolor style",
            ]
        );
        assert_eq!(told(&parts("a lighthouse")), ["Subject=a lighthouse"]);
        assert_eq!(
            told(&parts("a woman is dancing in the rain, joyful mood")),
            [
                "Subject=a woman",
                "Action=is dancing",
                "Place=in the rain",
                "Mood=joyful mood"
            ]
        );
    }

    #[test]
    fn chinese_ideas_are_taken_apart() {
        let found = parts("一只红狐狸清晨在雪地里奔跑，特写镜头，水彩风格");
        assert_eq!(
            told(&found),
            [
                "Subject=一只红狐狸",
                "Action=奔跑",
                "Place=在雪地里",
                "Time=清晨",
                "Camera=特写镜头",
                "Style=水彩风格",
            ]
        );
    }

    #[test]
    fn no_word_is_lost_and_the_words_are_the_same_every_time() {
        for idea in [
            "A red fox runs through deep snow at dawn",
            "一只猫在窗台上睡觉",
        ] {
            let prompt = Fields::read(idea).prompt();
            let is_kept = |word: &str| prompt.contains(word);
            assert!(idea.split_whitespace().all(is_kept), "{prompt}");
            assert_eq!(Fields::expanded(idea), Fields::expanded(idea));
            let again = Fields::read(&prompt);
            assert_eq!(again.prompt(), prompt, "reading it again changes nothing");
        }
    }

    #[test]
    fn an_idea_becomes_cards_that_read_back() {
        for idea in ["A red fox runs through deep snow", "一只红狐狸在雪地里奔跑"] {
            let board = storyboard(idea);
            assert_eq!(board.shots.len(), 4);
            assert_eq!(board.to_string().parse(), Ok(board.clone()));
            let subject = Fields::read(idea).text(Part::Subject).to_owned();
            assert!(board.shots.iter().all(|shot| !shot.prompt.contains('{')));
            assert!(board.shared_prompt.starts_with(&subject), "{board:?}");
        }
    }

    #[test]
    fn things_in_turn_become_a_card_each() {
        let board = storyboard(
            "A corgi runs along a beach, then jumps into the sea, and then fireworks over a harbor. Finally, snow falls",
        );
        let prompts: Vec<&str> = board
            .shots
            .iter()
            .map(|shot| shot.prompt.as_str())
            .collect();
        assert_eq!(
            prompts,
            [
                "A corgi runs along a beach",
                "A corgi jumps into the sea",
                "fireworks over a harbor",
                "snow falls",
            ]
        );
        let cuts: Vec<bool> = board
            .shots
            .iter()
            .map(|shot| shot.starts_with_cut)
            .collect();
        assert_eq!(cuts, [false, false, true, true]);
        assert_eq!(board.to_string().parse(), Ok(board.clone()));
        let board = storyboard("一只柯基在海边奔跑，然后天空中绽放烟花，最后下起大雪。");
        let prompts: Vec<&str> = board
            .shots
            .iter()
            .map(|shot| shot.prompt.as_str())
            .collect();
        assert_eq!(
            prompts,
            ["一只柯基在海边奔跑", "天空中绽放烟花", "下起大雪"]
        );
        assert_eq!(
            storyboard("then, then").shots.len(),
            4,
            "nothing is told of anything"
        );
    }
}
