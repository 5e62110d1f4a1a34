//! What is refused: one line that says why, the right exit code, and no file.

use super::Bench;

/// Each command line, split at spaces, fails with the code and the words, and leaves nothing behind.
fn check_refused(code: i32, cases: &[(&str, &str)]) {
    let bench = Bench::new("25", 3);
    let before = bench.names();
    for (line, words) in cases {
        let arguments: Vec<&str> = line.split(' ').collect();
        bench.fails(&arguments, code, words);
        assert_eq!(bench.names(), before, "{line}");
    }
}

#[test]
fn wrong_usage_is_told_before_anything_happens() {
    check_refused(
        2,
        &[
            ("generate --seconds 2 --prompt= out.mkv", "--prompt"),
            ("generate --seconds 2 out.mkv", "--prompt"),
            (
                "generate --seconds 0 --prompt fox out.mkv",
                "not a length in seconds",
            ),
            (
                "generate --seconds 61 --prompt fox out.mkv",
                "not a length in seconds",
            ),
            ("generate --prompt fox out.mkv", "--seconds"),
            (
                "generate --seconds 1 --prompt fox --size 33x20 out.mkv",
                "is not a size",
            ),
            ("extend clip.mkv out.mkv", "--forward"),
            (
                "extend clip.mkv --forward 1 --backward 1 out.mkv",
                "cannot be used with",
            ),
            ("repaint clip.mkv out.mkv", "--mask"),
            ("repaint clip.mkv --box 1,2,3 out.mkv", "is not a box"),
            ("restyle clip.mkv out.mkv", "--style"),
            (
                "restyle clip.mkv --prompt ink --style style-7 out.mkv",
                "cannot be used with",
            ),
            (
                "animate photo.jpg --seconds 1 --last photo.jpg --loop out.mkv",
                "cannot be used with",
            ),
            ("outpaint clip.mkv out.mkv", "--size"),
            ("interpolate clip.mkv out.mkv", "--factor"),
            ("interpolate clip.mkv --rate 50 --slow out.mkv", "--factor"),
            (
                "background clip.mkv --color #ff0000 --prompt fox out.mkv",
                "cannot be used with",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_done_is_told_and_leaves_nothing() {
    check_refused(
        1,
        &[
            (
                "repaint clip.mkv --box 0,0,20,20 --prompt fox out.mkv",
                "no model that is installed can do \"repaint\"",
            ),
            (
                "outpaint clip.mkv --size 160x160 out.mkv",
                "everframe models",
            ),
            (
                "extend nowhere.mkv --forward 1 out.mkv",
                "there is no file nowhere.mkv",
            ),
            (
                "extend photo.jpg --forward 1 out.mkv",
                "is a picture, not a clip",
            ),
            ("animate clip.mkv --seconds 1 out.mkv", "is no picture"),
            (
                "animate photo.jpg --seconds 0.04 out.mkv",
                "none is left to be made",
            ),
            (
                "animate photo.jpg --seconds 1 --camera teleport out.mkv",
                "camera",
            ),
            (
                "animate photo.jpg --seconds 1 --ambience mud out.mkv",
                "water-shimmer",
            ),
            (
                "restyle clip.mkv --prompt watercolor out.mkv",
                "no installed model paints by words",
            ),
            (
                "repaint clip.mkv --box 150,0,20,20 out.mkv",
                "does not lie inside 160x96",
            ),
            (
                "extend clip.mkv --forward 1 --model nothing out.mkv",
                "no model \"nothing\"",
            ),
            (
                "extend clip.mkv --forward 1 --model rife-4.6 out.mkv",
                "it does not offer \"extend forwards\"",
            ),
            (
                "extend clip.mkv --forward 1 --model fake --set sparkle=1 out.mkv",
                "sparkle",
            ),
            ("extend clip.mkv --forward 1 --model fake out.xyz", ".xyz"),
        ],
    );
}
