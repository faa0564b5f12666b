//! Going through the questions of an answer a page at a time.

use crate::Error;
use procura_domain::{access::Question, intervals::Reached, temporal::Position};
use procura_views::{AccessInterval, AccessOverTime};
use std::{collections::BTreeSet, fmt, str::FromStr};

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

/// Which page of an answer is wanted.
pub(super) struct Search<'p, K> {
    pub(super) wanted: Budget,
    pub(super) after: Option<&'p str>,
    /// How a key is spelled where a page ends.
    pub(super) spelled: fn(&K) -> String,
    pub(super) read: fn(&str) -> Option<K>,
}

impl<K: Ord> Search<'_, K> {
    /// Goes through the keys in their order and through each one's questions, from where the page before ended until
    /// this one is full, and says where that is: `END@KEY`. Keys that come up or are lost meanwhile change nothing about it.
    pub(super) fn page(
        &self,
        keys: &BTreeSet<K>,
        questions: impl Fn(&K) -> Vec<Question>,
        ask: impl Fn(&K, &Question, Option<Reached>, Budget) -> Result<Found, Error>,
    ) -> Result<(Vec<AccessOverTime>, Option<String>), Error> {
        let begin = self.after.map(|after| {
            let (end, key) = after.split_once('@').ok_or_else(not_an_end)?;
            Ok::<_, Error>((end.parse::<End>()?, (self.read)(key).ok_or_else(not_an_end)?))
        });
        let begin = begin.transpose()?;
        let (mut items, mut left) = (Vec::new(), self.wanted);
        for key in keys.iter().filter(|key| begin.as_ref().is_none_or(|(_, begin)| *key >= begin)) {
            let end = begin.as_ref().filter(|(_, begin)| begin == key).map(|(end, _)| *end);
            let mut end = end.unwrap_or(End { done: 0, reached: None });
            let spelled = |end: End| Some(format!("{end}@{}", (self.spelled)(key)));
            // To look what questions there are is as much as a step.
            if left.is_spent() {
                return Ok((items, spelled(end)));
            }
            left.steps -= 1;
            for question in questions(key).iter().skip(end.done) {
                if left.is_spent() {
                    return Ok((items, spelled(end)));
                }
                let found = ask(key, question, end.reached, left)?;
                left = found.left;
                end.reached = found.reached;
                if !found.spans.is_empty() {
                    left.items -= 1;
                    items.push(AccessOverTime::of(question, found.spans, found.reached.is_some()));
                }
                if found.reached.is_some() {
                    return Ok((items, spelled(end)));
                }
                end.done += 1;
            }
        }
        Ok((items, None))
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

    const LARGE: Budget = Budget { items: 500, reasons: 500, steps: 500 };

    /// The number of spans by question, one entry a row, and where the page ended.
    type Rows = (Vec<(usize, usize)>, Option<String>);

    /// Three keys of four questions each, of which every third is answered with yes, for as many spans as its number, each
    /// found in a step.
    fn page(wanted: Budget, after: Option<&str>) -> Result<Rows, Error> {
        let keys = BTreeSet::from([1, 2, 3]);
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
        let search = Search { wanted, after, spelled: u32::to_string, read: |text| text.parse().ok() };
        let questions = |key: &u32| (0..4).map(|at| question((key - 1) * 4 + at + 1)).collect();
        let (items, after) = search.page(&keys, questions, ask)?;
        Ok((items.iter().map(|row| (number(&row.subject.id), row.spans.len())).collect(), after))
    }

    #[test]
    fn a_page_ends_at_each_of_its_bounds_and_the_next_goes_on_there() {
        let whole = vec![(3, 3), (6, 6), (9, 9), (12, 12)];
        assert_eq!(page(LARGE, None).unwrap(), (whole.clone(), None));
        let ends = |budget| page(budget, None).unwrap();
        assert_eq!(ends(Budget { items: 1, ..LARGE }), (vec![(3, 3)], Some("3@1".to_owned())));
        assert_eq!(ends(Budget { reasons: 5, ..LARGE }), (vec![(3, 3), (6, 2)], Some("1.4@2".to_owned())));
        assert_eq!(ends(Budget { steps: 3, ..LARGE }), (vec![], Some("2@1".to_owned())));
        for budget in [
            Budget { items: 1, ..LARGE },
            Budget { reasons: 1, ..LARGE },
            Budget { steps: 2, ..LARGE },
            Budget { steps: 5, ..LARGE },
            Budget { items: 2, reasons: 10, steps: 3 },
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
