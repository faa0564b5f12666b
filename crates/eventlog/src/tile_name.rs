//! Which hash tile: its level, its index there and how many hashes of it, as in the paths of C2SP's tlog-tiles behind
//! `tile/`.

use std::fmt;
use std::str::FromStr;

/// How many hashes a full tile has.
const FULL: u16 = 256;

/// The name of a tile: `1/x001/234/067`, or `1/x001/234/067.p/8` for the first eight hashes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileName {
    /// A hash on level L stands for 256^L events. At most 63.
    pub level: u8,
    /// From 0.
    pub index: u64,
    /// How many hashes, 1 to 256.
    pub width: u16,
}

/// The path of no hash tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not the path of a hash tile: write the level, the index in groups of three digits, x before all but the last, and .p/ with the number of hashes if they are fewer than 256, such as 0/x001/234 or 0/x001/234.p/8"
)]
pub struct NotATile;

impl TileName {
    /// Whether it is a tile with all the hashes that it can have.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == FULL
    }
}

impl FromStr for TileName {
    type Err = NotATile;

    fn from_str(path: &str) -> Result<TileName, NotATile> {
        let name = read(path).filter(|name| name.level < 64 && (1..=FULL).contains(&name.width));
        // Leading zeros, signs …: only what it is written as is right.
        name.filter(|name| name.to_string() == path).ok_or(NotATile)
    }
}

fn read(path: &str) -> Option<TileName> {
    let (level, rest) = path.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok()?),
        None => (rest, FULL),
    };
    let index = index.split('/').try_fold(0_u64, |before, group| {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        before.checked_mul(1000)?.checked_add(digits)
    });
    Some(TileName { level: level.parse().ok()?, index: index?, width })
}

impl fmt::Display for TileName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.insert(0, format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        write!(out, "{}/{}", self.level, groups.join("/"))?;
        if self.is_full() { Ok(()) } else { write!(out, ".p/{}", self.width) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_it_is_written_as_is_a_name() {
        for (path, level, index, width) in [
            ("0/000", 0, 0, 256),
            ("0/000.p/1", 0, 0, 1),
            ("63/x001/x234/067.p/255", 63, 1_234_067, 255),
            ("5/x018/x446/x744/x073/x709/x551/615", 5, u64::MAX, 256),
        ] {
            let name = TileName { level, index, width };
            assert_eq!((path.parse(), name.to_string().as_str()), (Ok(name), path));
        }
        for wrong in [
            "",
            "0",
            "0/",
            "/000",
            "0/0",
            "0/00",
            "0/0000",
            "0/x000",
            "0/x000/000",
            "0/001/000",
            "0/x001/x000",
            "0/x001/00",
            "00/000",
            "+0/000",
            "64/000",
            "256/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p",
            "0/000.p/",
            "0/000.p/1/1",
            "0/000/",
            "0/+00",
            "0/x018/x446/x744/x073/x709/x551/616",
            "entries/000",
            "0/x001/000.p/1.p/1",
            "é/000",
        ] {
            assert_eq!(wrong.parse::<TileName>(), Err(NotATile), "{wrong}");
        }
    }
}
