//! What was probably meant by a key that there is not.

use strsim::damerau_levenshtein;

/// The one of those names that is nearest to `found`, if one is near.
pub(super) fn nearest<'n>(found: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = found.chars().count() / 3 + 1;
    let distances = names.map(|name| (damerau_levenshtein(found, name), name));
    distances.filter(|(distance, _)| *distance <= near).min().map(|(_, name)| name)
}
