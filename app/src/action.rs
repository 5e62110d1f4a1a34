//! Everything a person can ask of the window, as one closed list.
//!
//! Menus, the palette, context menus and the table of shortcuts are generated from it. Panels only collect actions;
//! [`crate::logic`] applies them after drawing.

mod info;
mod said;
mod shortcut;
#[cfg(test)]
mod tests;

use crate::{
    asking::Ask,
    selection::Selection,
    settings::Settings,
    takes::{Compare, SeedChoice},
};
use av::{FrameIndex, FrameRange, Ratio, ScanSize};
pub use info::{ActionInfo, Category};
use runtime::{ExportRequest, JobId, models::desk::ModelOrder, storyboard::Storyboard};
pub use shortcut::{KeyMap, Shortcut};
use std::path::PathBuf;
use timeline::{AssetId, BackgroundFill, Edit, ItemId, Purpose, Recipe, TakeId, TrackId};

/// Writes the enum and its one exhaustive table; the doc comment of a plain action is its tooltip.
macro_rules! actions {
    (
        plain { $(#[doc = $tooltip:literal] $name:ident => $category:ident, $text:literal, $default:literal, $premiere:literal;)* }
        data { $($(#[$meta:meta])* $data:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? })* }
    ) => {
        /// Something a person asks for.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Action {
            $(#[doc = $tooltip] $name,)*
            $($(#[$meta])* $data { $($(#[$field_meta])* $field: $kind),* },)*
        }

        impl Action {
            /// Every action that needs nothing more to be said: what menus, palette and key maps offer.
            #[allow(clippy::large_stack_arrays, reason = "a constant lies on no stack")]
            pub const PLAIN: &[Self] = &[$(Self::$name),*];

            /// What is said about it; `None` for actions that carry values, which only panels make.
            pub fn info(&self) -> Option<ActionInfo> {
                match self {
                    $(Self::$name => Some(ActionInfo {
                        text: $text,
                        tooltip: $tooltip.trim_ascii(),
                        category: Category::$category,
                        default_keys: $default,
                        premiere_keys: $premiere,
                    }),)*
                    $(Self::$data { .. })|* => None,
                }
            }
        }
    };
}

actions! {
    plain {
        /// Starts an empty project
        NewProject => File, "New project", "Ctrl+N", "Ctrl+N";
        /// Opens a project file
        OpenProject => File, "Open project…", "Ctrl+O", "Ctrl+O";
        /// Opens a small finished project to look around in
        OpenDemoProject => File, "Open demo project", "", "";
        /// Writes the project file
        SaveProject => File, "Save", "Ctrl+S", "Ctrl+S";
        /// Writes the project into another file
        SaveProjectAs => File, "Save as…", "Ctrl+Shift+S", "Ctrl+Shift+S";
        /// Adds video, sound and pictures to the media bin
        ImportMedia => File, "Import media…", "Ctrl+I", "Ctrl+I";
        /// Puts the captions of a SubRip or WebVTT file on the timeline
        ImportCaptions => File, "Import captions…", "", "";
        /// Writes the captions on the timeline into a SubRip, WebVTT or text file
        ExportCaptions => File, "Export captions…", "", "";
        /// Tells the project where moved files are now
        RelinkMedia => File, "Find missing media…", "", "";
        /// Writes the sequence into a video, picture or sound file
        ShowExport => File, "Export…", "Ctrl+E", "Ctrl+M";
        /// Closes the window
        Quit => File, "Quit", "Ctrl+Q", "Ctrl+Q";

        /// Takes the last step back
        Undo => Edit, "Undo", "Ctrl+Z", "Ctrl+Z";
        /// Does again what was taken back
        Redo => Edit, "Redo", "Ctrl+Shift+Z", "Ctrl+Shift+Z";
        /// Cuts the selected clips, or all under the playhead, in two
        SplitAtPlayhead => Edit, "Split at playhead", "Ctrl+B", "Ctrl+K";
        /// Takes the selection away and leaves a gap
        Lift => Edit, "Delete", "Delete", "Delete";
        /// Takes the selection away and closes the gap
        RippleDelete => Edit, "Ripple delete", "Shift+Delete", "Shift+Delete";
        /// Removes everything between the clip's start and the playhead and closes the gap
        TrimStartToPlayhead => Edit, "Ripple trim start to playhead", "Q", "Q";
        /// Removes everything between the playhead and the clip's end and closes the gap
        TrimEndToPlayhead => Edit, "Ripple trim end to playhead", "W", "W";
        /// Takes the selection away and keeps a copy to paste
        Cut => Edit, "Cut", "Ctrl+X", "Ctrl+X";
        /// Keeps a copy of the selection to paste
        Copy => Edit, "Copy", "Ctrl+C", "Ctrl+C";
        /// Puts what was copied over what lies at the playhead
        Paste => Edit, "Paste", "Ctrl+V", "Ctrl+V";
        /// Puts a copy of the selection right behind it
        Duplicate => Edit, "Duplicate", "Ctrl+J", "Ctrl+J";
        /// Selects every clip
        SelectAll => Edit, "Select all", "Ctrl+A", "Ctrl+A";
        /// Selects nothing
        Deselect => Edit, "Deselect", "Ctrl+Shift+A", "Ctrl+Shift+A";
        /// Shows key map, scale and other choices
        ShowPreferences => Edit, "Preferences…", "Ctrl+,", "Ctrl+,";
        /// Selects, moves and trims clips
        UseSelect => Edit, "Select tool", "V", "V";
        /// Cuts a clip in two where it is clicked; with Shift all tracks
        UseRazor => Edit, "Razor tool", "C", "C";
        /// Trims a clip, and everything after it follows
        UseRipple => Edit, "Ripple tool", "B", "B";
        /// Moves the cut between two clips
        UseRoll => Edit, "Roll tool", "N", "N";
        /// Changes which part of its media a clip shows
        UseSlip => Edit, "Slip tool", "Y", "Y";
        /// Moves a clip between its neighbors
        UseSlide => Edit, "Slide tool", "U", "U";

        /// Puts the selected media in at the playhead and moves the rest back
        InsertAsset => Clip, "Insert at playhead", ",", ",";
        /// Puts the selected media over what lies at the playhead
        OverwriteAsset => Clip, "Overwrite at playhead", ".", ".";
        /// Adds a title at the playhead
        AddTitle => Clip, "Add title", "T", "Ctrl+T";
        /// Dissolves from one clip to the next at the cut by the playhead
        AddTransition => Clip, "Add dissolve at cut", "Ctrl+D", "Ctrl+D";
        /// Leaves the selected clips out of picture and sound, or takes them in again
        ToggleDisabled => Clip, "Enable or disable", "Shift+E", "Shift+E";
        /// Holds the frame under the playhead for two seconds
        FreezeFrame => Clip, "Freeze frame", "Shift+F", "Shift+F";
        /// Selects and moves the selected clips together from now on
        LinkItems => Clip, "Link", "Ctrl+L", "Ctrl+L";
        /// Lets the selected clips be moved one by one
        UnlinkItems => Clip, "Unlink", "Ctrl+Shift+L", "Ctrl+Shift+L";

        /// Starts the marked range at the playhead
        SetMarkIn => Sequence, "Mark in", "I", "I";
        /// Ends the marked range after the frame under the playhead
        SetMarkOut => Sequence, "Mark out", "O", "O";
        /// Marks the range of the selection
        MarkSelection => Sequence, "Mark selection", "X", "/";
        /// Forgets the marked range
        ClearMarks => Sequence, "Clear marks", "Alt+X", "Alt+X";
        /// Sets a marker at the playhead
        AddMarker => Sequence, "Add marker", "M", "M";
        /// Goes to the marker before the playhead
        PreviousMarker => Sequence, "Previous marker", "Ctrl+Shift+M", "Ctrl+Shift+M";
        /// Goes to the marker after the playhead
        NextMarker => Sequence, "Next marker", "Shift+M", "Shift+M";
        /// Adds a track for pictures above the others
        AddVideoTrack => Sequence, "Add video track", "", "";
        /// Adds a track for sound below the others
        AddAudioTrack => Sequence, "Add audio track", "", "";

        /// Asks a model for the selected gap or wish, or for something from words at the playhead
        ShowGenerate => Generate, "Generate…", "G", "Alt+G";
        /// Makes a clip from words: over the marked range, in the selected gap, or at the playhead
        TextToVideo => Generate, "Text to video…", "Shift+T", "Shift+T";
        /// Shows cards of several shots that are made as one clip
        ShowStoryboard => Generate, "Storyboard", "Shift+6", "Shift+6";
        /// Reads the cards of a storyboard from a text file
        OpenStoryboard => Generate, "Open storyboard…", "", "";
        /// Lets the selected stills move, from one to the next where there are several
        AnimateStills => Generate, "Animate still…", "Shift+A", "Shift+A";
        /// Makes new frames for the selected gap, or for the marked range of a damaged clip
        FillGap => Generate, "Fill", "F", "G";
        /// Leads from one selected clip to the next, or over the cut by the playhead
        JoinClips => Generate, "Join…", "Shift+J", "Shift+J";
        /// Wishes for two seconds behind the end of the selected clip's media; its edge pulls them longer
        ExtendForward => Generate, "Extend forwards…", "", "";
        /// Wishes for two seconds before the start of the selected clip's media; at the sequence's start the rest gives way
        ExtendBackward => Generate, "Extend backwards…", "", "";
        /// Makes the marked frames of a damaged clip anew
        HealRange => Generate, "Heal marked range…", "Shift+H", "Shift+H";
        /// Looks through the selected clip for frames that are doubled, missing, flashing or torn
        FindDamage => Generate, "Find damaged frames", "", "";
        /// Keeps the subject of the selected clip and swaps what lies behind it
        ShowBackground => Generate, "Swap background…", "Ctrl+Shift+B", "Ctrl+Shift+B";
        /// Paints the selected clip in another look
        RestyleClip => Generate, "Restyle…", "", "";
        /// Slows the selected clip down and makes the frames between its frames
        SlowMotion => Generate, "Slow motion…", "", "";
        /// Gives the selected clip two or four times the pixels a side; it stays placed as it is
        UpscaleClip => Generate, "Upscale…", "", "";
        /// Makes a part of the selected clip's picture anew
        RemoveObject => Generate, "Remove object…", "", "";
        /// Gives the sequence another aspect and makes what lies past the selected clip's borders
        OutpaintClip => Generate, "Another aspect…", "", "";
        /// Writes down what is said in the selected clip, as captions on a track of their own
        CaptionClip => Generate, "Captions from speech…", "", "";
        /// Takes the noise out of the selected clips' speech; how much of it is set in the inspector
        CleanSpeech => Generate, "Clean speech", "", "";
        /// Makes the selected generated item once more; earlier takes stay
        NewTake => Generate, "Another take", "Alt+T", "Alt+T";
        /// Asks for three more takes of the selected generated item, by the next seeds
        VaryTake => Generate, "Vary", "", "";
        /// Makes the take that shows again with all care, by a model of your choice: same words, same seed
        MakeFinal => Generate, "Make final…", "Alt+F", "Alt+F";
        /// Shows the next take of the generated item, also while it plays
        NextTake => Generate, "Next take", "]", "]";
        /// Shows the take before, also while it plays
        PreviousTake => Generate, "Previous take", "[", "[";
        /// Shows another take beside the shown one, parted by a line that can be moved
        CompareWipe => Generate, "Compare takes: wipe", "Shift+W", "Shift+W";
        /// Shows how far two takes are apart, four times as strong
        CompareDifference => Generate, "Compare takes: difference", "Shift+D", "Shift+D";
        /// Plays twelve frames before and after the nearest seam over and over
        LoopSeam => Generate, "Loop around seam", "Shift+K", "Shift+K";
        /// Makes every generated item again whose neighbors have changed; earlier takes stay
        RefreshStale => Generate, "Refresh what is stale", "", "";
        /// Holds the queue, or lets it go on; what runs is held at its next step
        ToggleQueue => Generate, "Hold or resume queue", "", "";
        /// Shows which models are there, which fit this machine, and installs or removes them
        ShowModels => Generate, "Models…", "", "";

        /// Plays, or stops where it is
        PlayPause => Playback, "Play or pause", "Space", "Space";
        /// Plays backwards; again for faster
        PlayReverse => Playback, "Play backwards", "J", "J";
        /// Stops where it is
        Pause => Playback, "Pause", "K", "K";
        /// Plays forwards; again for faster
        PlayForward => Playback, "Play forwards", "L", "L";
        /// Plays the marked range over and over
        ToggleLoop => Playback, "Repeat marked range", "Shift+L", "Shift+L";
        /// Goes one frame back
        StepBack => Playback, "One frame back", "Left", "Left";
        /// Goes one frame on
        StepForward => Playback, "One frame forward", "Right", "Right";
        /// Goes ten frames back
        StepBackMany => Playback, "Ten frames back", "Shift+Left", "Shift+Left";
        /// Goes ten frames on
        StepForwardMany => Playback, "Ten frames forward", "Shift+Right", "Shift+Right";
        /// Goes to the first frame
        GoToStart => Playback, "Go to start", "Home", "Home";
        /// Goes to the last frame
        GoToEnd => Playback, "Go to end", "End", "End";
        /// Goes to the cut before the playhead
        PreviousCut => Playback, "Previous cut", "Up", "Up";
        /// Goes to the cut after the playhead
        NextCut => Playback, "Next cut", "Down", "Down";

        /// Finds any command by its name
        ShowPalette => View, "Command palette…", "Ctrl+K", "Ctrl+Shift+P";
        /// Lets clips and the playhead jump to edges nearby, or not
        ToggleSnapping => View, "Snapping", "S", "S";
        /// Shows less of the timeline, larger
        ZoomIn => View, "Zoom in", "+", "+";
        /// Shows more of the timeline, smaller
        ZoomOut => View, "Zoom out", "-", "-";
        /// Shows the whole sequence
        ZoomToFit => View, "Zoom to fit", "\\", "\\";
        /// Fits the picture into the viewer
        ViewerFit => View, "Viewer: fit", "Shift+Z", "Shift+Z";
        /// Shows one pixel of the sequence as one pixel of the screen
        ViewerActualSize => View, "Viewer: 100 %", "Ctrl+1", "Ctrl+1";
        /// Shows how far text and action may reach towards the edge
        ToggleSafeAreas => View, "Safe areas", "Shift+S", "Shift+S";
        /// Shows lines at thirds of the picture
        ToggleGrid => View, "Grid", "Shift+G", "Shift+G";
        /// Shows the media of the project
        ShowMedia => View, "Media", "Shift+1", "Shift+1";
        /// Shows the steps made so far
        ShowHistory => View, "History", "Shift+2", "Shift+2";
        /// Shows the settings of the selection
        ShowInspector => View, "Inspector", "Shift+3", "Shift+3";
        /// Shows long work and how far it is
        ShowJobs => View, "Jobs", "Shift+4", "Shift+4";
        /// Lists where generated frames meet others, the worst first
        ShowSeams => View, "Seams", "Shift+7", "Shift+7";
        /// Shows what went wrong and what to do
        ShowNotices => View, "Notices", "Shift+5", "Shift+5";
        /// Fills the screen with the window, or not
        ToggleFullscreen => View, "Full screen", "F11", "F11";

        /// Lists every key and what it does
        ShowShortcuts => Help, "Keyboard shortcuts", "F1", "F1";
        /// Names version, licence and credits
        ShowAbout => Help, "About Everframe", "", "";
    }
    data {
        /// Puts the playhead there.
        Seek {
            /// Which frame.
            frame: FrameIndex,
        }
        /// Plays at a speed other than the usual ones.
        PlayAt {
            /// 1 forwards, -1 backwards, 1/2 slow.
            speed: Ratio,
        }
        /// Makes this the selection.
        Select {
            /// All of it.
            selection: Selection,
        }
        /// Applies one edit as one step.
        Apply {
            /// What to change.
            edit: Edit,
        }
        /// Begins a drag: what follows is one step.
        BeginGesture {
            /// Name of the step.
            label: String,
        }
        /// Where the drag stands: applied to the document as it was when the drag began.
        UpdateGesture {
            /// What to change.
            edit: Edit,
        }
        /// Ends the drag and keeps what it made.
        CommitGesture {}
        /// Ends the drag and forgets what it made.
        CancelGesture {}
        /// Adds files to the media bin.
        ImportPaths {
            /// Which.
            paths: Vec<PathBuf>,
        }
        /// Puts a whole asset on a track (its sound on an audio track, linked).
        PlaceAsset {
            /// Which.
            asset: AssetId,
            /// Where to; `None` for the first track that takes it.
            track: Option<TrackId>,
            /// First frame.
            at: FrameIndex,
            /// Whether what lies behind moves back; else it is overwritten.
            is_insert: bool,
        }
        /// Puts a whole asset after everything else.
        AppendAsset {
            /// Which.
            asset: AssetId,
        }
        /// Makes new frames for a stretch of a track.
        Fill {
            /// Which track.
            track: TrackId,
            /// Which frames.
            range: FrameRange,
        }
        /// Writes down what is said in a clip.
        WriteCaptions {
            /// The clip.
            item: ItemId,
            /// Short name of the language that is spoken; empty where it is listened for.
            language: String,
        }
        /// Makes a clip from words and puts it behind a clip's subject.
        MakeBackdrop {
            /// The clip in front.
            item: ItemId,
            /// What is wanted behind it.
            prompt: String,
        }
        /// Remakes a clip, frame for frame, on the track above it.
        CoverClip {
            /// Which clip.
            item: ItemId,
            /// Why.
            purpose: Purpose,
            /// All that is asked.
            recipe: Box<Recipe>,
        }
        /// Wishes for a part of a clip's picture to be made anew; which part is drawn in the viewer.
        DrawRegion {
            /// Which clip.
            item: ItemId,
        }
        /// Slows a clip down and makes the frames between its frames.
        SlowClip {
            /// Which clip.
            item: ItemId,
            /// So many times slower.
            factor: i64,
        }
        /// Gives the sequence another size and makes what lies past a clip's borders.
        WidenClip {
            /// Which clip.
            item: ItemId,
            /// The size.
            size: ScanSize,
            /// All that is asked.
            recipe: Box<Recipe>,
        }
        /// Shows a take of the generated item that is worked on.
        ShowTake {
            /// Its number, from 1.
            number: usize,
        }
        /// Makes another take of a generated item.
        AskTake {
            /// Which item.
            item: ItemId,
            /// Which seed it gets.
            seed: SeedChoice,
        }
        /// Makes a take of a generated item by this recipe.
        AskRecipe {
            /// Which item.
            item: ItemId,
            /// All that is asked.
            recipe: Box<Recipe>,
        }
        /// Asks who makes a final after a take.
        FinalOf {
            /// Which item.
            item: ItemId,
            /// The draft.
            take: TakeId,
        }
        /// Makes a stale item again from what lies beside it now.
        RefreshItem {
            /// Which.
            item: ItemId,
        }
        /// Sets two takes against each other in the viewer, or stops that.
        CompareTakes {
            /// Which and how.
            compare: Option<Compare>,
        }
        /// Plays the frames around a seam over and over.
        LoopJoin {
            /// The generated item.
            item: ItemId,
            /// Whether it is the seam at its start.
            is_start: bool,
        }
        /// Opens the bar in which a model is asked for these items.
        AskFor {
            /// Generated items of one purpose.
            items: Vec<ItemId>,
        }
        /// Queues what was asked.
        Generate {
            /// What and how often.
            ask: Box<Ask>,
        }
        /// Closes the bar; what was typed stays with its wish.
        CloseAsk {
            /// What would have been asked.
            ask: Box<Ask>,
        }
        /// Puts a storyboard on the timeline as one wish and opens the bar on it.
        PlaceStoryboard {
            /// The cards and what they share.
            board: Box<Storyboard>,
            /// Pictures that all shots keep to.
            references: Vec<AssetId>,
        }
        /// Writes the cards into a text file.
        SaveStoryboard {
            /// The text.
            text: String,
        }
        /// Makes these stretches of a track anew.
        Retake {
            /// Which track.
            track: TrackId,
            /// Which frames.
            ranges: Vec<FrameRange>,
        }
        /// Finds the subject of a clip, or brings its corrections in, and swaps what lies behind it.
        SwapBackground {
            /// Which clip.
            item: ItemId,
            /// What comes behind.
            fill: BackgroundFill,
        }
        /// Opens a project file.
        OpenPath {
            /// Which.
            path: PathBuf,
        }
        /// Forgets a project in the list of recent ones.
        ForgetRecent {
            /// Which.
            path: PathBuf,
        }
        /// Opens what was being edited when the program ended unexpectedly.
        Recover {
            /// The newer file.
            path: PathBuf,
        }
        /// Says where a missing file is now.
        Relink {
            /// Which asset.
            asset: AssetId,
        }
        /// Writes a file in the background.
        Export {
            /// Which and how.
            request: ExportRequest,
        }
        /// Chooses where an export is written.
        ChooseExportPath {
            /// Name to begin with.
            suggestion: PathBuf,
        }
        /// Reads a `.cube` file as the look of an item.
        ChooseLook {
            /// Which item.
            item: ItemId,
        }
        /// Stops a job.
        CancelJob {
            /// Which.
            job: JobId,
        }
        /// Puts a waiting job elsewhere in the queue.
        MoveJob {
            /// Which.
            job: JobId,
            /// Its place among the waiting, 0 is next.
            to: usize,
        }
        /// Stops a job and asks again, by what its item says now, at the same place in the queue.
        ReplaceJob {
            /// Which.
            job: JobId,
        }
        /// Takes an ended job off the list.
        DismissJob {
            /// Which.
            job: JobId,
        }
        /// Does something with models.
        OrderModels {
            /// What.
            order: ModelOrder,
        }
        /// Stops what is being done with models.
        StopModels {}
        /// Asks for a folder with a model's files.
        ChooseModelFiles {}
        /// Asks where the folder of models shall lie.
        ChooseModelsFolder {}
        /// Goes back or forth to a step.
        GoToStep {
            /// How many steps were made then.
            steps: usize,
        }
        /// Takes a notice away.
        DismissNotice {
            /// Its number.
            notice: u64,
        }
        /// Changes the choices that outlive the program.
        ChangeSettings {
            /// All of them.
            settings: Settings,
        }
        /// Leaves the project without saving, and goes on with what was asked.
        DiscardAnd {
            /// What was asked.
            then: Box<Action>,
        }
        /// Saves the project, and goes on with what was asked when that is done.
        SaveAnd {
            /// What was asked.
            then: Box<Action>,
        }
        /// Closes whatever dialog is open.
        CloseDialog {}
    }
}
