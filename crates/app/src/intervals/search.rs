//! Going through the questions of an answer a page at a time.

use crate::Error;
use procura_domain::{access::Question, intervals::Reached, temporal::Position};
use procura_views::{AccessInterval, AccessOverTime};
use std::{fmt, str::FromStr};

/// How many moments a page asks about: one that finds nothing at so many ends without items, and the next goes on.
const PAGE_STEPS_MAX: usize = 20_000;
/// After how many reasons a page takes no more: what changed hands daily for years has thousands.
const PAGE_REASONS_MAX: usize = 5_000;
/// How much a page takes at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) items: usize,
    pub(super) reasons: usize,
    pub(super) steps: usize,
}

impl Budget {
    pub(super) fn new(items: usize) -> Self {
        Self { items, reasons: PAGE_REASONS_MAX, steps: PAGE_STEPS_MAX }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.items == 0 || self.reasons == 0 || self.steps == 0
    }
}

/// What was found of a question.
pub(super) struct Found {
    /// Oldest first.
    pub(super) spans: Vec<AccessInterval>,
    /// What is left of the page's budget.
    pub(super) left: Budget,
    /// Where to go on, if the budget was spent before its end.
    pub(super) reached: Option<Reached>,
}

/// Where a page ended: after so many questions of a key, perhaps within the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    done: usize,
    reached: Option<Reached>,
}

/// `3` after so many questions; `3.17` before that position of the next one; `3.17-` and `3.17-25` within a span of it that
/// goes on, or ends there.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, reached } = self;
        write!(f, "{done}")?;
        match reached {
            None => Ok(()),
            Some(Reached { before, open: None }) => write!(f, ".{before}"),
            Some(Reached { before, open: Some(None) }) => write!(f, ".{before}-"),
            Some(Reached { before, open: Some(Some(until)) }) => write!(f, ".{before}-{until}"),
        }
    }
}

impl FromStr for End {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |text: &str| text.parse().map_err(|_| not_an_end());
        let position = |text: &str| Ok::<_, Error>(Position(number(text)?));
        let (done, reached) = text.split_once('.').map_or((text, None), |(done, reached)| (done, Some(reached)));
        let reached = reached.map(|reached| match reached.split_once('-') {
            None => Ok(Reached { before: position(reached)?, open: None }),
            Some((before, "")) => Ok(Reached { before: position(before)?, open: Some(None) }),
            Some((before, until)) => Ok(Reached { before: position(before)?, open: Some(Some(position(until)?)) }),
        });
        let reached: Result<_, Error> = reached.transpose();
        Ok(Self { done: done.parse().map_err(|_| not_an_end())?, reached: reached? })
    }
}

pub(super) fn not_an_end() -> Error {
    Error::invalid_request("`after` is not where a page ended: follow `nextLink`")
}

/// How many keys are looked up at once.
pub(super) const KEYS_AT_ONCE: usize = 200;

/// Where in an answer a page begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchCursor<K> {
    /// Among the questions of a key.
    Within(K, End),
    /// After a key, if there was one that may be named, and so many that may not.
    After(Option<K>, usize),
}

/// Which page of an answer is wanted.
pub(super) struct Search<'p, K> {
    pub(super) wanted: Budget,
    pub(super) after: Option<&'p str>,
    /// How a key is spelled where a page ends.
    pub(super) spelled: fn(&K) -> String,
    pub(super) read: fn(&str) -> Option<K>,
}

impl<K: Copy + Ord> Search<'_, K> {
    /// Goes through the keys in their order and through each one's questions, from where the page before ended until
    /// this one is full, and says where that is.
    ///
    /// `keys` gives the first [`KEYS_AT_ONCE`] from one on, itself included; `is_known`, whether a key may be named;
    /// `questions`, those of a key after the first so many, at most so many.
    pub(super) fn page(
        &self,
        keys: impl Fn(Option<K>) -> Result<Vec<K>, Error>,
        is_known: impl Fn(&K) -> bool,
        questions: impl Fn(&K, usize, usize) -> Vec<Question>,
        ask: impl Fn(&K, &Question, Option<Reached>, Budget) -> Result<Found, Error>,
    ) -> Result<(Vec<AccessOverTime>, Option<String>), Error> {
        let mut cursor = self.after.map_or(Ok(SearchCursor::After(None, 0)), |after| self.cursor(after))?;
        let (mut items, mut left) = (Vec::new(), self.wanted);
        let (mut from, mut to_skip) = match cursor {
            SearchCursor::Within(key, _) => (Some(key), 0),
            SearchCursor::After(None, passed) => (None, passed),
            SearchCursor::After(Some(key), passed) => (Some(key), passed.saturating_add(1)),
        };
        loop {
            let chunk = keys(from)?;
            let is_last = chunk.len() < KEYS_AT_ONCE;
            // The last one comes again, as the first of the next.
            from = chunk.last().copied();
            let skipped = to_skip.min(chunk.len());
            to_skip = to_skip.saturating_sub(skipped).saturating_add(1);
            for key in chunk.into_iter().skip(skipped) {
                // To look what questions there are is as much as a step.
                if left.is_spent() {
                    return Ok((items, Some(self.text(cursor))));
                }
                left.steps -= 1;
                if !is_known(&key) {
                    cursor = match cursor {
                        SearchCursor::Within(key, _) => SearchCursor::After(Some(key), 1),
                        SearchCursor::After(key, passed) => SearchCursor::After(key, passed.saturating_add(1)),
                    };
                    continue;
                }
                let mut end = match cursor {
                    SearchCursor::Within(resumed, end) if resumed == key => end,
                    _ => End { done: 0, reached: None },
                };
                loop {
                    cursor = SearchCursor::Within(key, end);
                    if left.is_spent() {
                        return Ok((items, Some(self.text(cursor))));
                    }
                    let at_most = left.steps;
                    let asked = questions(&key, end.done, at_most);
                    let is_all = asked.len() < at_most;
                    for question in &asked {
                        if left.is_spent() {
                            return Ok((items, Some(self.text(SearchCursor::Within(key, end)))));
                        }
                        let found = ask(&key, question, end.reached, left)?;
                        left = found.left;
                        end.reached = found.reached;
                        if !found.spans.is_empty() {
                            left.items -= 1;
                            items.push(AccessOverTime::of(question, found.spans, found.reached.is_some()));
                        }
                        if found.reached.is_some() {
                            return Ok((items, Some(self.text(SearchCursor::Within(key, end)))));
                        }
                        end.done += 1;
                    }
                    if is_all {
                        break;
                    }
                }
                cursor = SearchCursor::After(Some(key), 0);
            }
            if is_last {
                return Ok((items, None));
            }
        }
    }

    /// `3.17@KEY`, and `+2@KEY` after it.
    fn text(&self, cursor: SearchCursor<K>) -> String {
        let spelled = self.spelled;
        match cursor {
            SearchCursor::Within(key, end) => format!("{end}@{}", spelled(&key)),
            SearchCursor::After(key, passed) => format!("+{passed}@{}", key.as_ref().map(spelled).unwrap_or_default()),
        }
    }

    fn cursor(&self, after: &str) -> Result<SearchCursor<K>, Error> {
        let (end, key) = after.split_once('@').ok_or_else(not_an_end)?;
        let known = || (self.read)(key).ok_or_else(not_an_end);
        match end.strip_prefix('+') {
            None => Ok(SearchCursor::Within(known()?, end.parse()?)),
            Some(passed) => {
                let key = if key.is_empty() { None } else { Some(known()?) };
                Ok(SearchCursor::After(key, passed.parse().map_err(|_| not_an_end())?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        access::{CustomerAction, Named, Resource, Subject},
        id::{CustomerId, ObjectId, TenantId},
        rule::Rule,
        temporal::Timestamp,
        vocabulary::User,
    };
    use procura_views::{Because, Explanation, Point};
    use std::collections::BTreeSet;

    const LARGE: Budget = Budget { items: 500, reasons: 500, steps: 500 };

    /// The number of spans by question, one entry a row, and where the page ended.
    type Rows = (Vec<(usize, usize)>, Option<String>);

    /// Three keys of four questions each, of which every third is answered with yes, for as many spans as its number, each
    /// found in a step.
    fn page(wanted: Budget, after: Option<&str>) -> Result<Rows, Error> {
        // After the first are some that may not be named, more than are looked up at once.
        let keys: BTreeSet<u32> = (1_000..1_250).chain([2_000, 3_000]).collect();
        let is_known = |key: &u32| key.is_multiple_of(1_000);
        let id = |number: u32| uuid::Uuid::from_u128(number.into());
        let question = |number: u32| Question {
            subject: Subject::User(User { tenant: TenantId::new(id(0)), user: ObjectId::new(id(number)) }),
            resource: Resource::Customer(CustomerAction::View, CustomerId::new(id(0)), Named::default()),
        };
        let number = |id: &str| id.rsplit('-').next().map(|last| usize::from_str_radix(last, 16).unwrap()).unwrap();
        let ask = |_: &u32, question: &Question, since: Option<Reached>, mut left: Budget| {
            let number = number(&question.subject.id());
            let spans = if number % 3 == 0 { number } else { 0 };
            let done = since.map_or(0, |since| spans - usize::try_from(since.before.0).unwrap());
            let (mut found, mut steps) = (Vec::new(), done);
            while steps < spans.max(1) && !left.is_spent() {
                left.steps -= 1;
                steps += 1;
                if spans > 0 {
                    left.reasons -= 1;
                    let reason = Because { rule: Rule::Vis1, missing: None, because: Vec::new() };
                    let from = Point { position: Position(0), time: Timestamp::UNIX_EPOCH };
                    let why = Explanation { reasons: vec![reason], more_reasons: false };
                    found.push(AccessInterval { from, until: None, why });
                }
            }
            let before = Position((spans.max(1) - steps) as u64);
            let reached = (steps < spans.max(1)).then_some(Reached { before, open: None });
            Ok(Found { spans: found, left, reached })
        };
        let spelled = |key: &u32| (key / 1_000).to_string();
        let read = |text: &str| text.parse::<u32>().ok().map(|key| key * 1_000);
        let search = Search { wanted, after, spelled, read };
        let questions = |key: &u32, done: usize, at_most: usize| {
            (0..4).skip(done).take(at_most).map(|at| question((key / 1_000 - 1) * 4 + at + 1)).collect()
        };
        let keys = |from: Option<u32>| Ok(keys.range(from.unwrap_or(0)..).copied().take(KEYS_AT_ONCE).collect());
        let (items, after) = search.page(keys, is_known, questions, ask)?;
        Ok((items.iter().map(|row| (number(&row.subject.id), row.spans.len())).collect(), after))
    }

    #[test]
    fn a_page_ends_at_each_of_its_bounds_and_the_next_goes_on_there() {
        let whole = vec![(3, 3), (6, 6), (9, 9), (12, 12)];
        assert_eq!(page(LARGE, None).unwrap(), (whole.clone(), None));
        let ends = |budget| page(budget, None).unwrap();
        assert_eq!(ends(Budget { items: 1, ..LARGE }), (vec![(3, 3)], Some("3@1".to_owned())));
        assert_eq!(page(LARGE, Some("4@1")).unwrap().0, whole[1..]);
        assert_eq!(page(LARGE, Some("+1@1")).unwrap().0, whole[1..]);
        assert_eq!(ends(Budget { reasons: 5, ..LARGE }), (vec![(3, 3), (6, 2)], Some("1.4@2".to_owned())));
        assert_eq!(ends(Budget { steps: 3, ..LARGE }), (vec![], Some("2@1".to_owned())));
        for budget in [
            Budget { items: 1, ..LARGE },
            Budget { reasons: 1, ..LARGE },
            Budget { steps: 2, ..LARGE },
            Budget { steps: 5, ..LARGE },
            Budget { items: 2, reasons: 10, steps: 3 },
            Budget { steps: 100, ..LARGE },
        ] {
            let (mut items, mut after) = ends(budget);
            while let Some(here) = after {
                let (more, next) = page(budget, Some(&here)).unwrap();
                items.extend(more);
                after = next;
            }
            let spans = |question| items.iter().filter(|(of, _)| *of == question).map(|(_, spans)| spans).sum();
            assert_eq!([3, 6, 9, 12].map(|question| (question, spans(question))), whole[..], "{budget:?}");
        }
        // One that is lost meanwhile is passed over.
        assert_eq!(page(LARGE, Some("3@0")).unwrap().0, whole);
        for wrong in ["3", "@1", "1@", "x@1", "-1@1", "1.@1", "1.x@1", "1.2-x@1", "1.2-3-4@1"] {
            assert!(page(LARGE, Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_end_is_read_as_it_is_written() {
        for text in ["3", "0.17", "1.17-", "1.17-25"] {
            assert_eq!(text.parse::<End>().unwrap().to_string(), text);
        }
    }
}
