//! Sizes of the timeline's parts in points, and why they have them.

/// Smallest zoom: ten hours at 60 frames a second fit into about a thousand points.
pub const PX_PER_FRAME_MIN: f64 = 0.0005;

/// Largest zoom: a frame is wide enough to grab either half of it and to show its picture.
pub const PX_PER_FRAME_MAX: f64 = 96.0;

/// Zoom that one notch of a wheel makes.
pub const ZOOM_PER_NOTCH: f64 = 1.2;

/// Points of wheel travel that count as one notch; what common mice report.
pub const WHEEL_NOTCH_PX: f32 = 50.0;

/// Room left and right of a sequence that was zoomed to fit.
pub const FIT_MARGIN_PX: f64 = 24.0;

/// Width of the track headers.
pub const HEADER_WIDTH_PX: f32 = 148.0;

/// Height of the ruler.
pub const RULER_HEIGHT_PX: f32 = 28.0;

/// Height of a video track that was never resized: name and one row of pictures.
pub const VIDEO_TRACK_HEIGHT_PX: f32 = 64.0;

/// Height of an audio track that was never resized.
pub const AUDIO_TRACK_HEIGHT_PX: f32 = 52.0;

/// Height of a caption track that was never resized: one line.
pub const CAPTION_TRACK_HEIGHT_PX: f32 = 32.0;

/// A track keeps at least its name and one row of buttons.
pub const TRACK_HEIGHT_MIN_PX: f32 = 28.0;

/// Beyond this a single track would fill a small window.
pub const TRACK_HEIGHT_MAX_PX: f32 = 220.0;

/// Space between two tracks; also where a header is grabbed to resize it.
pub const TRACK_GAP_PX: f32 = 2.0;

/// Space between pictures and sound, so that the two halves read as two.
pub const HALVES_GAP_PX: f32 = 6.0;

/// How far from an edge a pointer still grabs it.
pub const EDGE_GRAB_PX: f32 = 7.0;

/// A trim handle never takes more than this part of its item, so that the body can always be grabbed.
pub const EDGE_GRAB_PART_MAX: f32 = 0.25;

/// Half width of the zone around a cut that rolls both sides at once.
pub const ROLL_GRAB_PX: f32 = 3.0;

/// Side of the square in which a fade handle is grabbed.
pub const FADE_GRAB_PX: f32 = 12.0;

/// Items narrower than this have no handles: there is nothing to aim at.
pub const HANDLES_MIN_PX: f32 = 14.0;

/// Items narrower than this are drawn together as one block, and are not named one by one to assistive tools.
pub const ITEM_MIN_PX: f32 = 3.0;

/// Items narrower than this show neither words nor pictures.
pub const LABEL_MIN_PX: f32 = 26.0;

/// Height of the strip that carries an item's name.
pub const LABEL_STRIP_PX: f32 = 17.0;

/// How near, on screen, an edge must come to something before it snaps.
pub const SNAP_TOLERANCE_PX: f32 = 9.0;

/// How far an edge must be pulled past the end of its media before more is wished for: farther than a hand slips.
pub const MEDIA_END_RESISTANCE_PX: f32 = 26.0;

/// How near the lane's border a drag begins to scroll.
pub const AUTO_SCROLL_ZONE_PX: f32 = 28.0;

/// Points a frame of the window scrolls at most while a drag waits at the border.
pub const AUTO_SCROLL_STEP_PX: f32 = 18.0;

/// Items that are named to assistive tools at once; more would slow every reader down and help nobody.
pub const NAMED_ITEMS_MAX: usize = 400;

/// Frames a dropped still lasts, in seconds.
pub const STILL_SECONDS: i64 = 5;
