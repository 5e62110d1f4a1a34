//! Camera moves and weather in a prompt: a table of words in English and Chinese, nothing cleverer.

/// How the camera moves over the photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraMove {
    /// Towards the subject.
    Push,
    /// Away from the subject.
    Pull,
    /// The view wanders to the left.
    PanLeft,
    /// The view wanders to the right.
    PanRight,
    /// The view rises.
    TiltUp,
    /// The view sinks.
    TiltDown,
    /// Round the subject, which stays where it is.
    Orbit,
    /// Back while zooming in: the subject keeps its size, what is behind it looms.
    DollyZoom,
    /// The small unrest of a hand.
    Handheld,
    /// None.
    Still,
}

impl CameraMove {
    /// All, in the order shown.
    pub const ALL: [Self; 10] = [
        Self::Push,
        Self::Pull,
        Self::PanLeft,
        Self::PanRight,
        Self::TiltUp,
        Self::TiltDown,
        Self::Orbit,
        Self::DollyZoom,
        Self::Handheld,
        Self::Still,
    ];

    /// As written in requests: "pan-left".
    pub fn id(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::PanLeft => "pan-left",
            Self::PanRight => "pan-right",
            Self::TiltUp => "tilt-up",
            Self::TiltDown => "tilt-down",
            Self::Orbit => "orbit",
            Self::DollyZoom => "dolly-zoom",
            Self::Handheld => "handheld",
            Self::Still => "still",
        }
    }

    /// The move with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }
}

/// What moves in the air or on the water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ambience {
    /// Flakes, near and far.
    Snow,
    /// Streaks, and a duller light.
    Rain,
    /// Tumbling blossom.
    Petals,
    /// Tumbling autumn leaves.
    Leaves,
    /// Drifting haze, thicker far away.
    Fog,
    /// Glowing sparks that rise.
    Embers,
    /// Soft discs of light out of focus.
    Bokeh,
    /// Rockets bursting in a darkened sky.
    Fireworks,
    /// Shafts of light from above.
    Rays,
    /// Motes in the light.
    Dust,
    /// Ripples and glints on water.
    Shimmer,
    /// Clouds that pass in the sky.
    Clouds,
}

impl Ambience {
    /// All, in the order shown.
    pub const ALL: [Self; 12] = [
        Self::Snow,
        Self::Rain,
        Self::Petals,
        Self::Leaves,
        Self::Fog,
        Self::Embers,
        Self::Bokeh,
        Self::Fireworks,
        Self::Rays,
        Self::Dust,
        Self::Shimmer,
        Self::Clouds,
    ];

    /// As written in requests: "light-rays".
    pub fn id(self) -> &'static str {
        match self {
            Self::Snow => "snow",
            Self::Rain => "rain",
            Self::Petals => "petals",
            Self::Leaves => "leaves",
            Self::Fog => "fog",
            Self::Embers => "embers",
            Self::Bokeh => "bokeh",
            Self::Fireworks => "fireworks",
            Self::Rays => "light-rays",
            Self::Dust => "dust",
            Self::Shimmer => "water-shimmer",
            Self::Clouds => "clouds",
        }
    }

    /// The ambience with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }
}

/// Longer words stand before the shorter ones that they contain: the first that is found takes its letters away.
const CAMERA_WORDS: [(&str, CameraMove); 82] = [
    ("dolly zoom", CameraMove::DollyZoom),
    ("dolly-zoom", CameraMove::DollyZoom),
    ("vertigo", CameraMove::DollyZoom),
    ("希区柯克", CameraMove::DollyZoom),
    ("滑动变焦", CameraMove::DollyZoom),
    ("推轨变焦", CameraMove::DollyZoom),
    ("眩晕变焦", CameraMove::DollyZoom),
    ("zoom out", CameraMove::Pull),
    ("zooms out", CameraMove::Pull),
    ("zooming out", CameraMove::Pull),
    ("pull out", CameraMove::Pull),
    ("pull back", CameraMove::Pull),
    ("pulls back", CameraMove::Pull),
    ("pulling back", CameraMove::Pull),
    ("pull away", CameraMove::Pull),
    ("dolly out", CameraMove::Pull),
    ("dolly back", CameraMove::Pull),
    ("拉远", CameraMove::Pull),
    ("镜头拉", CameraMove::Pull),
    ("后拉", CameraMove::Pull),
    ("远离", CameraMove::Pull),
    ("缩小", CameraMove::Pull),
    ("push in", CameraMove::Push),
    ("pushes in", CameraMove::Push),
    ("pushing in", CameraMove::Push),
    ("slow push", CameraMove::Push),
    ("zoom in", CameraMove::Push),
    ("zooms in", CameraMove::Push),
    ("zooming in", CameraMove::Push),
    ("dolly in", CameraMove::Push),
    ("move closer", CameraMove::Push),
    ("moves closer", CameraMove::Push),
    ("推进", CameraMove::Push),
    ("推近", CameraMove::Push),
    ("拉近", CameraMove::Push),
    ("镜头推", CameraMove::Push),
    ("靠近", CameraMove::Push),
    ("放大", CameraMove::Push),
    ("pan left", CameraMove::PanLeft),
    ("pans left", CameraMove::PanLeft),
    ("pan to the left", CameraMove::PanLeft),
    ("panning left", CameraMove::PanLeft),
    ("向左", CameraMove::PanLeft),
    ("左移", CameraMove::PanLeft),
    ("左摇", CameraMove::PanLeft),
    ("pan right", CameraMove::PanRight),
    ("pans right", CameraMove::PanRight),
    ("pan to the right", CameraMove::PanRight),
    ("panning right", CameraMove::PanRight),
    ("向右", CameraMove::PanRight),
    ("右移", CameraMove::PanRight),
    ("右摇", CameraMove::PanRight),
    ("tilt up", CameraMove::TiltUp),
    ("tilts up", CameraMove::TiltUp),
    ("tilting up", CameraMove::TiltUp),
    ("crane up", CameraMove::TiltUp),
    ("向上", CameraMove::TiltUp),
    ("上移", CameraMove::TiltUp),
    ("上摇", CameraMove::TiltUp),
    ("上升", CameraMove::TiltUp),
    ("tilt down", CameraMove::TiltDown),
    ("tilts down", CameraMove::TiltDown),
    ("tilting down", CameraMove::TiltDown),
    ("crane down", CameraMove::TiltDown),
    ("向下", CameraMove::TiltDown),
    ("下移", CameraMove::TiltDown),
    ("下摇", CameraMove::TiltDown),
    ("orbit", CameraMove::Orbit),
    ("circle around", CameraMove::Orbit),
    ("circling", CameraMove::Orbit),
    ("arc shot", CameraMove::Orbit),
    ("环绕", CameraMove::Orbit),
    ("绕拍", CameraMove::Orbit),
    ("围绕", CameraMove::Orbit),
    ("handheld", CameraMove::Handheld),
    ("hand-held", CameraMove::Handheld),
    ("shaky", CameraMove::Handheld),
    ("手持", CameraMove::Handheld),
    ("static camera", CameraMove::Still),
    ("still camera", CameraMove::Still),
    ("镜头不动", CameraMove::Still),
    ("固定镜头", CameraMove::Still),
];

const AMBIENCE_WORDS: [(&str, Ambience); 68] = [
    ("snow", Ambience::Snow),
    ("blizzard", Ambience::Snow),
    ("雪", Ambience::Snow),
    ("rain", Ambience::Rain),
    ("drizzle", Ambience::Rain),
    ("downpour", Ambience::Rain),
    ("雨", Ambience::Rain),
    ("petal", Ambience::Petals),
    ("cherry blossom", Ambience::Petals),
    ("blossom", Ambience::Petals),
    ("sakura", Ambience::Petals),
    ("花瓣", Ambience::Petals),
    ("落花", Ambience::Petals),
    ("樱花", Ambience::Petals),
    ("飞花", Ambience::Petals),
    ("leaves", Ambience::Leaves),
    ("falling leaf", Ambience::Leaves),
    ("落叶", Ambience::Leaves),
    ("叶子", Ambience::Leaves),
    ("树叶", Ambience::Leaves),
    ("枫叶", Ambience::Leaves),
    ("fog", Ambience::Fog),
    ("mist", Ambience::Fog),
    ("haze", Ambience::Fog),
    ("雾", Ambience::Fog),
    ("霾", Ambience::Fog),
    ("烟霭", Ambience::Fog),
    ("ember", Ambience::Embers),
    ("spark", Ambience::Embers),
    ("火星", Ambience::Embers),
    ("火花", Ambience::Embers),
    ("余烬", Ambience::Embers),
    ("bokeh", Ambience::Bokeh),
    ("光斑", Ambience::Bokeh),
    ("散景", Ambience::Bokeh),
    ("焦外", Ambience::Bokeh),
    ("firework", Ambience::Fireworks),
    ("烟花", Ambience::Fireworks),
    ("焰火", Ambience::Fireworks),
    ("烟火", Ambience::Fireworks),
    ("礼花", Ambience::Fireworks),
    ("light ray", Ambience::Rays),
    ("light-ray", Ambience::Rays),
    ("rays of light", Ambience::Rays),
    ("god ray", Ambience::Rays),
    ("sunbeam", Ambience::Rays),
    ("sun ray", Ambience::Rays),
    ("light shaft", Ambience::Rays),
    ("shafts of light", Ambience::Rays),
    ("光束", Ambience::Rays),
    ("光线", Ambience::Rays),
    ("阳光", Ambience::Rays),
    ("丁达尔", Ambience::Rays),
    ("dust", Ambience::Dust),
    ("motes", Ambience::Dust),
    ("尘", Ambience::Dust),
    ("浮灰", Ambience::Dust),
    ("water shimmer", Ambience::Shimmer),
    ("water-shimmer", Ambience::Shimmer),
    ("shimmer", Ambience::Shimmer),
    ("ripple", Ambience::Shimmer),
    ("水面", Ambience::Shimmer),
    ("波光", Ambience::Shimmer),
    ("涟漪", Ambience::Shimmer),
    ("水波", Ambience::Shimmer),
    ("cloud", Ambience::Clouds),
    ("云", Ambience::Clouds),
    ("drifting sky", Ambience::Clouds),
];

/// Ways to say that something is not wanted, right before its word.
const DENIALS: [&str; 9] = [
    "no ",
    "not ",
    "without ",
    "without any ",
    "不要",
    "没有",
    "无",
    "不",
    "别",
];

/// What may stand between a denial and its word.
const FILLERS: [&str; 5] = ["下", "有", "任何", "any ", "falling "];

/// The first camera move that `text` names.
pub fn camera_in(text: &str) -> Option<CameraMove> {
    let text = text.to_lowercase();
    let found = CAMERA_WORDS
        .iter()
        .filter_map(|(word, one)| Some((find(&text, word)?, word.len(), *one)));
    // Of two words at one place the longer says more.
    found
        .min_by_key(|(place, length, _)| (*place, usize::MAX - length))
        .map(|(_, _, one)| one)
}

/// Every ambience that `text` names, in the order of [`Ambience::ALL`].
pub fn ambience_in(text: &str) -> Vec<Ambience> {
    let text = text.to_lowercase();
    let is_named = |one: &Ambience| {
        let mut words = AMBIENCE_WORDS.iter().filter(|(_, other)| other == one);
        words.any(|(word, _)| find(&text, word).is_some())
    };
    Ambience::ALL.into_iter().filter(is_named).collect()
}

/// Where `word` first begins in lower-case `text`: at the start of an English word, anywhere in Chinese; not denied.
fn find(text: &str, word: &str) -> Option<usize> {
    let is_ascii = word.is_ascii();
    let mut places = text.match_indices(word).map(|(place, _)| place);
    places.find(|&place| {
        let before = &text[..place];
        let starts = !is_ascii || !before.ends_with(|c: char| c.is_ascii_alphabetic());
        starts && !is_denied(before)
    })
}

fn is_denied(before: &str) -> bool {
    let without_filler = FILLERS
        .iter()
        .filter_map(|filler| before.strip_suffix(filler));
    let mut ends = std::iter::once(before).chain(without_filler);
    ends.any(|before| {
        let mut rests = DENIALS
            .iter()
            .filter_map(|denial| Some((denial, before.strip_suffix(denial)?)));
        rests.any(|(denial, rest)| !denial.is_ascii() || !rest.ends_with(char::is_alphanumeric))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_in_both_languages_are_understood() {
        use Ambience as A;
        use CameraMove as C;
        let table: [(&str, Option<C>, &[A]); 18] = [
            ("slow push in, snow falling", Some(C::Push), &[A::Snow]),
            ("镜头推进，下雪", Some(C::Push), &[A::Snow]),
            ("Zoom out while it rains", Some(C::Pull), &[A::Rain]),
            ("镜头拉远，大雾弥漫", Some(C::Pull), &[A::Fog]),
            ("镜头缓缓拉近", Some(C::Push), &[]),
            (
                "the camera pans left; cherry blossom petals",
                Some(C::PanLeft),
                &[A::Petals],
            ),
            ("镜头向右移动，落叶纷飞", Some(C::PanRight), &[A::Leaves]),
            ("crane up over fireworks", Some(C::TiltUp), &[A::Fireworks]),
            ("镜头下移，烟花绽放", Some(C::TiltDown), &[A::Fireworks]),
            ("dolly zoom like Vertigo", Some(C::DollyZoom), &[]),
            ("希区柯克变焦，火星飞舞", Some(C::DollyZoom), &[A::Embers]),
            (
                "orbit around her, bokeh and dust in sunbeams",
                Some(C::Orbit),
                &[A::Bokeh, A::Rays, A::Dust],
            ),
            (
                "手持镜头，光斑，湖面波光粼粼",
                Some(C::Handheld),
                &[A::Bokeh, A::Shimmer],
            ),
            ("固定镜头，云在飘", Some(C::Still), &[A::Clouds]),
            ("a train in the brain of a terrain", None, &[]),
            ("no snow, without rain, just fog", None, &[A::Fog]),
            ("不要下雨，没有雾，樱花飘落", None, &[A::Petals]),
            ("", None, &[]),
        ];
        for (text, camera, ambience) in table {
            assert_eq!(camera_in(text), camera, "{text}");
            assert_eq!(ambience_in(text), ambience, "{text}");
        }
    }

    #[test]
    fn ids_lead_back() {
        for one in CameraMove::ALL {
            assert_eq!(CameraMove::from_id(one.id()), Some(one));
        }
        for one in Ambience::ALL {
            assert_eq!(Ambience::from_id(one.id()), Some(one));
        }
        assert_eq!(CameraMove::from_id("auto"), None);
    }
}
