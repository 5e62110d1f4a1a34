//! The words that tell which part of an idea a phrase is.

use super::Part;

/// What a language calls things.
pub(super) struct Lexicon {
    /// Between words.
    pub space: &'static str,
    /// Between phrases.
    pub comma: &'static str,
    /// Words that make a short phrase one part as a whole.
    pub whole_phrases: &'static [(Part, &'static [&'static str])],
    /// What is added where an idea says nothing.
    pub usual: &'static [(Part, &'static str)],
    /// Where it is, when nobody says.
    pub somewhere: &'static str,
    /// What happens, when nobody says.
    pub rests: &'static str,
    /// Shots of a small story.
    pub shots: [&'static str; 4],
    /// Whether a phrase is too long to be one part as a whole.
    pub is_long: fn(&str) -> bool,
    is_chinese: bool,
    time_words: &'static [&'static str],
    place_words: &'static [&'static str],
    action_words: &'static [&'static str],
}

const ENGLISH: Lexicon = Lexicon {
    space: " ",
    comma: ", ",
    whole_phrases: &[
        (
            Part::Camera,
            &[
                "close-up",
                "closeup",
                "wide shot",
                "camera",
                "pan",
                "zoom",
                "dolly",
                "aerial",
                "handheld",
                "tracking shot",
                "push in",
                "pull out",
                "low angle",
                "bird's eye",
            ],
        ),
        (
            Part::Style,
            &[
                "style",
                "watercolor",
                "anime",
                "film grain",
                "oil painting",
                "photorealistic",
                "cartoon",
                "black and white",
                "cinematic",
                "sketch",
            ],
        ),
        (
            Part::Mood,
            &[
                "mood",
                "calm",
                "joyful",
                "gloomy",
                "tense",
                "dreamy",
                "peaceful",
                "melancholic",
                "cheerful",
                "mysterious",
                "quiet",
            ],
        ),
        (
            Part::Time,
            &[
                "dawn",
                "morning",
                "noon",
                "afternoon",
                "sunset",
                "dusk",
                "evening",
                "night",
                "midnight",
                "spring",
                "summer",
                "autumn",
                "winter",
                "golden hour",
                "light",
            ],
        ),
    ],
    usual: &[
        (Part::Time, "in soft morning light"),
        (Part::Mood, "calm mood"),
        (Part::Camera, "slow push in"),
        (Part::Style, "natural colors"),
    ],
    somewhere: "in the open",
    rests: "stands still",
    shots: [
        "wide shot {place}, {subject} far away",
        "{subject} {action} {place}",
        "close-up of {subject}",
        "the camera pulls back, {subject} {place} grows small",
    ],
    is_long: |phrase| phrase.split_whitespace().count() > 5,
    is_chinese: false,
    time_words: &[
        "at dawn",
        "at noon",
        "at sunset",
        "at dusk",
        "at night",
        "at midnight",
        "at sunrise",
        "in the morning",
        "in the afternoon",
        "in the evening",
        "in winter",
        "in summer",
        "in spring",
        "in autumn",
    ],
    place_words: &[
        "in", "on", "at", "through", "across", "over", "under", "along", "beside", "near",
        "behind", "inside", "between", "into", "by", "around", "above",
    ],
    action_words: &[
        "is",
        "are",
        "runs",
        "run",
        "walks",
        "walk",
        "sleeps",
        "sleep",
        "flies",
        "fly",
        "jumps",
        "jump",
        "dances",
        "dance",
        "swims",
        "swim",
        "sits",
        "sit",
        "stands",
        "stand",
        "looks",
        "look",
        "rises",
        "falls",
        "burns",
        "drifts",
        "turns",
        "opens",
        "closes",
        "plays",
        "sings",
        "drinks",
        "eats",
        "waits",
        "crosses",
        "rides",
        "drives",
        "moves",
        "glows",
        "shines",
        "rolls",
        "sails",
        "wakes",
        "stretches",
        "smiles",
        "laughs",
        "cries",
        "reads",
        "writes",
    ],
};

const CHINESE: Lexicon = Lexicon {
    space: "",
    comma: "，",
    whole_phrases: &[
        (
            Part::Camera,
            &[
                "镜头", "特写", "远景", "近景", "全景", "推进", "拉远", "航拍", "俯拍", "仰拍",
                "摇镜",
            ],
        ),
        (
            Part::Style,
            &[
                "风格",
                "水彩",
                "油画",
                "动漫",
                "动画风",
                "水墨",
                "胶片",
                "写实",
                "卡通",
                "黑白",
                "素描",
            ],
        ),
        (
            Part::Mood,
            &[
                "氛围",
                "气氛",
                "宁静",
                "欢快",
                "忧伤",
                "神秘",
                "温暖的感觉",
                "紧张",
                "梦幻",
            ],
        ),
        (
            Part::Time,
            &[
                "清晨", "早晨", "中午", "下午", "黄昏", "傍晚", "夜晚", "深夜", "春天", "夏天",
                "秋天", "冬天", "阳光", "月光",
            ],
        ),
    ],
    usual: &[
        (Part::Time, "柔和的晨光"),
        (Part::Mood, "宁静的氛围"),
        (Part::Camera, "镜头缓慢推进"),
        (Part::Style, "自然的色彩"),
    ],
    somewhere: "在开阔的地方",
    rests: "静静地站着",
    shots: [
        "远景，{place}，远处有{subject}",
        "{subject}{place}{action}",
        "{subject}的特写",
        "镜头拉远，{place}的{subject}渐渐变小",
    ],
    is_long: |phrase| phrase.chars().count() > 10,
    is_chinese: true,
    time_words: &[
        "清晨", "早晨", "早上", "中午", "下午", "黄昏", "傍晚", "夜晚", "夜里", "晚上", "深夜",
        "春天", "夏天", "秋天", "冬天",
    ],
    place_words: &["在", "穿过", "沿着"],
    action_words: &[
        "奔跑", "跑步", "跑", "行走", "走路", "走", "睡觉", "睡", "飞翔", "飞", "跳舞", "跳",
        "游泳", "游", "坐着", "坐", "站着", "站", "看着", "看", "升起", "落下", "燃烧", "飘",
        "转身", "玩耍", "玩", "唱歌", "喝", "吃", "等待", "骑", "开", "醒来", "微笑", "笑", "哭",
        "读", "写",
    ],
};

/// What a phrase says, apart.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub subject: String,
    pub action: String,
    pub place: String,
    pub time: String,
}

impl Pieces {
    /// The same hour with subject, action and place.
    fn with(self, texts: [&str; 3]) -> Self {
        let [subject, action, place] = texts.map(|text| text.trim().to_owned());
        Self {
            subject,
            action,
            place,
            ..self
        }
    }
}

/// The lexicon of a language.
pub(super) fn lexicon_of(is_chinese: bool) -> &'static Lexicon {
    if is_chinese { &CHINESE } else { &ENGLISH }
}

impl Lexicon {
    /// Whether a phrase holds a word (in English as a whole word).
    pub fn holds(&self, phrase: &str, word: &str) -> bool {
        self.find(phrase, word).is_some()
    }

    /// Which order subject, action and place are said in.
    pub fn order(&self) -> [Part; 3] {
        if self.is_chinese {
            [Part::Subject, Part::Place, Part::Action]
        } else {
            [Part::Subject, Part::Action, Part::Place]
        }
    }

    /// Takes a phrase apart: the hour first, wherever it stands, then who, what and where.
    pub fn apart(&self, phrase: &str) -> Pieces {
        let mut pieces = Pieces::default();
        let mut rest = phrase.to_owned();
        if let Some((at, word)) = self.earliest(&rest, self.time_words) {
            let end = at + word.len();
            rest[at..end].clone_into(&mut pieces.time);
            rest = format!(
                "{}{}{}",
                rest[..at].trim_end(),
                self.space,
                rest[end..].trim_start()
            );
        }
        let rest = rest.trim();
        let place = self.earliest(rest, self.place_words).map(|(at, _)| at);
        let place = place.filter(|at| *at > 0);
        let (who, place) = rest.split_at(place.unwrap_or(rest.len()));
        let action = |text: &str| self.earliest(text, self.action_words).map(|(at, _)| at);
        if self.is_chinese && !place.is_empty() {
            // What happens is said after the place.
            let (place, what) = place.split_at(action(place).unwrap_or(place.len()));
            return pieces.with([who, what, place]);
        }
        let at = action(who).filter(|at| *at > 0).unwrap_or(who.len());
        let (subject, what) = who.split_at(at);
        pieces.with([subject, what, place])
    }

    /// Whether a phrase says at once what is done, and so not by whom.
    pub fn begins_with_action(&self, phrase: &str) -> bool {
        let first = self.earliest(phrase, self.action_words);
        first.is_some_and(|(at, _)| at == 0)
    }

    /// Where the first of these words stands; of several there, the longest.
    fn earliest(&self, text: &str, words: &[&'static str]) -> Option<(usize, &'static str)> {
        let found = words
            .iter()
            .filter_map(|word| Some((self.find(text, word)?, *word)));
        found.min_by_key(|(at, word)| (*at, std::cmp::Reverse(word.len())))
    }

    fn find(&self, text: &str, word: &str) -> Option<usize> {
        if self.is_chinese {
            return text.find(word);
        }
        // Lower case of ASCII alone keeps every place where it is.
        let lower = text.to_ascii_lowercase();
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let mut places = lower.match_indices(word).map(|(at, _)| at);
        places.find(|at| {
            is_edge(lower[..*at].chars().next_back())
                && is_edge(lower[at + word.len()..].chars().next())
        })
    }
}
