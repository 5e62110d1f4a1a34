//! Titles: letters appear where they should, in scripts of every kind, within their box, shadow and outline.

use crate::scene::{Scene, color_at, i420, shot, software};
use av::{ColorSpace, ScanSize};
use compositor::{Error, TitlePicture, draw_title};
use timeline::{BlendMode, PicturePlan, Rgba, TextAlign, Title};

const SIZE: ScanSize = ScanSize::new(640, 360);

fn title(text: &str) -> Title {
    Title {
        text: text.into(),
        shadow: Rgba::CLEAR,
        ..Title::default()
    }
}

fn drawn(title: &Title) -> TitlePicture {
    let picture = draw_title(title, SIZE).expect("it can be drawn");
    picture.expect("something is seen")
}

/// How many pixels letters cover.
fn ink(picture: &TitlePicture) -> f64 {
    picture
        .premultiplied
        .iter()
        .skip(3)
        .step_by(4)
        .map(|a| f64::from(*a) / 255.0)
        .sum()
}

#[test]
fn words_lie_in_the_middle_at_their_size() {
    let picture = drawn(&Title {
        size: 0.2,
        ..title("Hxg")
    });
    let middle = [0, 1].map(|axis| {
        let side = [picture.size.width, picture.size.height][axis];
        f64::from(picture.origin[axis]) + f64::from(side) / 2.0
    });
    assert!(
        (middle[0] - 320.0).abs() < 4.0 && (middle[1] - 180.0).abs() < 20.0,
        "{middle:?}"
    );
    // 72 pixels high letters: from the top of H to the foot of g about one letter height.
    assert!(
        (50..90).contains(&picture.size.height),
        "{:?}",
        picture.size
    );
}

#[test]
fn english_and_chinese_have_glyphs_of_their_own() {
    let missing = drawn(&title("\u{10FFFD}")).premultiplied;
    let mut seen: Vec<Vec<u8>> = vec![missing];
    for letter in ["A", "g", "中", "文", "字", "あ", "한", "é", "Ж"] {
        let picture = drawn(&title(letter));
        assert!(
            ink(&picture) > 60.0,
            "{letter} has {} pixels of ink",
            ink(&picture)
        );
        assert!(
            !seen.contains(&picture.premultiplied),
            "{letter} is drawn as another glyph"
        );
        seen.push(picture.premultiplied);
    }
}

#[test]
fn styles_change_what_is_drawn() {
    let plain = drawn(&Title {
        is_bold: false,
        ..title("Weight")
    });
    let bold = drawn(&title("Weight"));
    assert!(
        ink(&bold) > ink(&plain) * 1.15,
        "{} {}",
        ink(&bold),
        ink(&plain)
    );
    let leaning = drawn(&Title {
        is_italic: true,
        ..title("Weight")
    });
    assert_ne!(leaning.premultiplied, bold.premultiplied);
    let outlined = drawn(&Title {
        outline: Rgba::BLACK,
        outline_width: 0.1,
        ..title("Weight")
    });
    assert!(ink(&outlined) > ink(&bold) * 1.3);
    let shadowed = drawn(&Title {
        shadow: Rgba([0, 0, 0, 160]),
        ..title("Weight")
    });
    assert!(ink(&shadowed) > ink(&bold) * 1.1);
    let boxed = drawn(&Title {
        box_color: Rgba([0, 0, 80, 255]),
        ..title("Weight")
    });
    assert!(ink(&boxed) > f64::from(boxed.size.width * boxed.size.height) * 0.9);
    let other = drawn(&Title {
        font_family: "DejaVu Serif".into(),
        ..title("Weight")
    });
    assert_ne!(other.premultiplied, bold.premultiplied);
}

#[test]
fn long_lines_wrap_at_nine_tenths_and_lines_align() {
    let long = drawn(&title(
        "The quick brown fox jumps over the lazy dog and runs away again",
    ));
    assert!(
        long.size.width <= 580 && long.size.height > 60,
        "{:?}",
        long.size
    );
    let chinese = drawn(&title(
        "我们在这里写一个很长很长的句子来看看它会不会自动换行到下一行去",
    ));
    assert!(
        chinese.size.width <= 580 && chinese.size.height > 60,
        "{:?}",
        chinese.size
    );
    let lines = drawn(&title("one\ntwo"));
    assert!(lines.size.height > 55);
    let left = drawn(&Title {
        align: TextAlign::Left,
        ..title("I")
    });
    let right = drawn(&Title {
        align: TextAlign::Right,
        ..title("I")
    });
    assert!((25..45).contains(&left.origin[0]), "{:?}", left.origin);
    let end = right.origin[0] + right.size.width;
    assert!((595..=612).contains(&end), "{end}");
}

#[test]
fn nothing_and_too_much_are_handled() {
    for text in ["", "  \n "] {
        assert_eq!(draw_title(&title(text), SIZE).unwrap(), None);
    }
    assert_eq!(
        draw_title(
            &Title {
                size: 0.0,
                ..title("a")
            },
            SIZE
        )
        .unwrap(),
        None
    );
    let endless = "a".repeat(100_000);
    for bad in [
        title(&endless),
        Title {
            size: f64::NAN,
            ..title("a")
        },
        Title {
            size: 50.0,
            ..title("a")
        },
    ] {
        assert!(matches!(draw_title(&bad, SIZE), Err(Error::Title { .. })));
    }
    assert!(
        draw_title(
            &Title {
                size: 1.9,
                ..title("大")
            },
            SIZE
        )
        .unwrap()
        .is_some()
    );
}

#[test]
fn titles_lie_over_pictures_and_move_with_their_item() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(i420(SIZE, ColorSpace::VIDEO, [40, 128, 128]));
    let words = shot(PicturePlan::Title(Title {
        size: 0.4,
        ..title("中")
    }));
    scene.push_shot(words, BlendMode::Normal).position = [0.25, 0.0];
    let drawn = scene.render(&mut compositor);
    let on_device = scene.render_on_device(&mut compositor);
    let bright = |frame: &av::VideoFrame, x: std::ops::Range<usize>| {
        x.flat_map(|x| (0..360).map(move |y| (x, y)))
            .filter(|(x, y)| color_at(frame, *x, *y)[0] > 240.0)
            .count()
    };
    for frame in [&drawn, &on_device] {
        assert_eq!(bright(frame, 0..400), 0);
        assert!(bright(frame, 400..560) > 2000);
    }
    assert_eq!(scene.render(&mut compositor), drawn, "the same frame twice");
}
