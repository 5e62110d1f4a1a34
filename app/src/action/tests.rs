//! Every action says what it does, and no two share keys.

use super::*;

#[test]
fn every_action_says_what_it_does() {
    for action in Action::PLAIN {
        let info = action.info().unwrap();
        assert!(
            !info.text.is_empty() && !info.tooltip.is_empty(),
            "{action:?}"
        );
        assert!(!info.tooltip.ends_with('.'), "{action:?}");
        assert!(Category::ALL.contains(&info.category));
    }
}

#[test]
fn no_two_actions_share_keys() {
    for map in KeyMap::ALL {
        let mut seen = std::collections::HashMap::new();
        for action in Action::PLAIN {
            let info = action.info().unwrap();
            let keys = match map {
                KeyMap::Default => info.default_keys,
                KeyMap::Premiere => info.premiere_keys,
            };
            let Some(shortcut) = action.shortcut(map) else {
                assert!(keys.is_empty(), "{action:?}: \"{keys}\" is not readable");
                continue;
            };
            if let Some(other) = seen.insert(shortcut, action) {
                panic!("{map:?}: {shortcut} asks for {action:?} and {other:?}");
            }
            assert_eq!(Action::for_shortcut(shortcut, map).as_ref(), Some(action));
        }
    }
}
