//! Searches, against asking about everybody and everything one by one.

use crate::{
    history::Step,
    model::guid,
    runner::{self, Sum},
    told::Told,
};
use procura_domain::{
    access::{self, Question, Resource, ResourceType, Subject, action_names},
    state::State,
    visibility::{Reader, can_see, can_still_see, may_ask},
    vocabulary::User,
};
use procura_tests::Dice;
use procura_views::{Looked, SearchRows, Searcher, SubjectKind};
use std::{collections::BTreeSet, fmt::Debug};
use uuid::Uuid;

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 5;
/// Searches of each kind about a history.
const SEARCHES: usize = 240;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    searches: u64,
    refused: u64,
    /// Subjects, resources and actions that were found.
    found: [u64; 3],
    /// Of a customer's people: what overseers find and it does not.
    hidden: u64,
    /// What could be asked about, and was lost since (DAP-6).
    lost: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.searches += other.searches;
        self.refused += other.refused;
        self.found.iter_mut().zip(other.found).for_each(|(sum, found)| *sum += found);
        self.hidden += other.hidden;
        self.lost += other.lost;
    }
}

#[test]
fn a_search_lists_exactly_what_questions_are_answered_with_yes() {
    let count = runner::check(runner::one_of(SHARE), compare);
    println!("{count:#?}");
    if runner::is_thorough() {
        let Count { searches, refused, found: [subjects, resources, actions], hidden, lost } = count;
        assert!([searches, refused, subjects, resources, actions].iter().all(|times| *times > 1_000), "{count:?}");
        assert!(hidden > 50 && lost > 10, "{count:?}");
    }
}

/// Everybody and everything in the history's questions.
struct Known {
    subjects: Vec<Subject>,
    /// Each type's ids.
    resources: Vec<(ResourceType, Uuid)>,
}

impl Known {
    fn of(questions: &[Question]) -> Self {
        let subjects: BTreeSet<_> = questions.iter().map(|question| question.subject).collect();
        let of = |question: &Question| (question.resource.resource_type(), question.resource.guid());
        let resources: BTreeSet<_> = questions.iter().map(of).collect();
        Self { subjects: Vec::from_iter(subjects), resources: Vec::from_iter(resources) }
    }

    fn ids(&self, kind: ResourceType) -> impl Iterator<Item = Uuid> {
        self.resources.iter().filter(move |(of, _)| *of == kind).map(|(_, id)| *id)
    }
}

fn compare(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice, moments) = (Count::default(), Dice::new(1), told.moments());
    let (state, known) = (&told.state, Known::of(&told.questions));
    let now = *moments.last().unwrap();
    let users: Vec<User> = known.subjects.iter().filter_map(|subject| user(*subject)).collect();
    for _ in 0..SEARCHES {
        let at = if dice.chance(40) { now } else { *dice.one(&moments) };
        // Mostly about what is answered with yes, by whoever may ask about it.
        let mut questions = (0..30).map(|_| dice.one(&told.questions));
        let allowed = questions.find(|question| access::decide(question, at, state).is_allowed());
        let Question { subject, resource } = allowed.unwrap_or(&told.questions[0]).clone();
        let customers =
            users.iter().filter(|user| resource.customer(at, state).is_some_and(|of| user.tenant == of.into()));
        let customers = Vec::from_iter(customers.copied());
        let itself = user(subject);
        let reader = match (dice.below(5), itself) {
            (0, _) => *dice.one(&[Reader::Overseer, Reader::Decider]),
            (1 | 2, Some(user)) => Reader::User(user),
            (3, _) if !customers.is_empty() => Reader::User(*dice.one(&customers)),
            _ => Reader::User(*dice.one(&users)),
        };
        let asking = Asking { state, searcher: Searcher { reader, at, now } };
        let what = || format!("{reader:?} of {resource:?} at {at:?}");
        asking.for_subjects(&known, &resource, &mut count).map_err(|problem| format!("who, {}: {problem}", what()))?;
        let problem = |problem| format!("what {subject:?} may, {}: {problem}", what());
        asking.for_resources(&known, subject, &resource, &mut count).map_err(problem)?;
        asking.for_actions(subject, &resource, &mut count).map_err(problem)?;
    }
    Ok(count)
}

fn user(subject: Subject) -> Option<User> {
    match subject {
        Subject::User(user) => Some(user),
        Subject::Group(_) => None,
    }
}

/// A searcher over all that was told.
#[derive(Clone, Copy)]
struct Asking<'s> {
    state: &'s State,
    searcher: Searcher,
}

impl Asking<'_> {
    /// How a single question is answered; nothing, if it may not be asked.
    fn single(self, subject: Subject, resource: Resource) -> Option<bool> {
        let Self { state, searcher: Searcher { reader, at, now } } = self;
        let question = Question { subject, resource };
        let disclosure = may_ask(reader, &question, at, now, state)?;
        Some(disclosure.decide(&question, at, state).is_allowed())
    }

    fn for_subjects(self, known: &Known, resource: &Resource, count: &mut Count) -> Result<(), String> {
        for (kind, name) in [(SubjectKind::User, "user"), (SubjectKind::Group, "group")] {
            let subjects = known.subjects.iter().filter(|subject| subject.subject_type() == name);
            let answers: Vec<_> = subjects.map(|subject| (*subject, self.single(*subject, resource.clone()))).collect();
            let list = |after| self.searcher.subjects(self.state, kind, resource.clone(), after);
            let found = checked(&answers, list, count)?;
            count.found[0] += found.len() as u64;
            let overseer = Self { searcher: Searcher { reader: Reader::Overseer, ..self.searcher }, ..self };
            let all = answers.iter().filter(|(subject, _)| overseer.single(*subject, resource.clone()) == Some(true));
            let asked_about_all = answers.iter().all(|(_, answer)| answer.is_some());
            count.hidden += if asked_about_all { (all.count() - found.len()) as u64 } else { 0 };
        }
        Ok(())
    }

    fn for_resources(self, known: &Known, subject: Subject, any: &Resource, count: &mut Count) -> Result<(), String> {
        let Searcher { reader, now, at } = self.searcher;
        let mut lost = 0;
        let answers = known.ids(any.resource_type()).map(|id| {
            let resource = any.of(id);
            let answer = self.single(subject, resource.clone());
            // To a user that asks about itself, only what it may know of now.
            let of_itself = user(subject).filter(|user| reader == Reader::User(*user));
            let may_know = of_itself.is_none_or(|user| {
                let administers =
                    may_ask(reader, &Question { subject: nobody(), resource: resource.clone() }, at, now, self.state);
                administers.is_some()
                    || at.position == now.position
                    || match resource.customer(at, self.state) {
                        Some(customer) => can_still_see(user, customer.into(), &resource, now, self.state),
                        None => can_see(&subject, &resource, now, self.state),
                    }
            });
            lost += u64::from(answer == Some(true) && !may_know);
            (id, answer.map(|yes| yes && may_know))
        });
        let answers: Vec<_> = answers.collect();
        let list = |after| self.searcher.resources(self.state, subject, any.clone(), after);
        let found = checked(&answers, list, count)?;
        count.found[1] += found.len() as u64;
        count.lost += lost;
        Ok(())
    }

    fn for_actions(self, subject: Subject, on: &Resource, count: &mut Count) -> Result<(), String> {
        let named = match on {
            Resource::Customer(.., named) => *named,
            _ => access::Named::default(),
        };
        let of_type = action_names().filter(|(_, kind)| *kind == on.resource_type().name());
        let read = |action| Resource::parse(on.resource_type().name(), &on.guid().to_string(), action, named).unwrap();
        let asked: Vec<_> = of_type.map(|(action, _)| read(action)).collect();
        let answers: Vec<_> =
            asked.iter().map(|resource| (resource.action(), self.single(subject, resource.clone()))).collect();
        let list = |after| self.searcher.actions(self.state, subject, asked.clone(), after);
        count.found[2] += checked(&answers, list, count)?.len() as u64;
        Ok(())
    }
}

/// Somebody whom nobody asks about but those who may ask about anybody.
fn nobody() -> Subject {
    Subject::parse("user", &format!("{}/{}", guid(u128::MAX), guid(u128::MAX))).unwrap()
}

/// What a search shows, which is what those questions are answered with yes, each once; a list that begins after any of its
/// keys shows what comes after it. It is refused if all the questions are.
fn checked<'s, K: Copy + Ord + Debug, T: Copy + Ord + Debug>(
    answers: &[(T, Option<bool>)],
    list: impl Fn(Option<K>) -> Option<SearchRows<'s, K, T>>,
    count: &mut Count,
) -> Result<Vec<T>, String> {
    count.searches += 1;
    let expected: BTreeSet<T> =
        answers.iter().filter(|(_, answer)| *answer == Some(true)).map(|(found, _)| *found).collect();
    let Some(rows) = list(None) else {
        count.refused += 1;
        let all_refused = answers.iter().all(|(_, answer)| answer.is_none());
        return if all_refused { Ok(Vec::new()) } else { Err(format!("refused, and answered {answers:?}")) };
    };
    let rows: Vec<_> = rows.collect();
    let shown = |rows: &[Looked<K, T>]| rows.iter().filter_map(|looked| looked.row).collect::<Vec<T>>();
    let found = shown(&rows);
    if found.len() != expected.len() || found.iter().copied().collect::<BTreeSet<T>>() != expected {
        return Err(format!("found {found:?}\nexpected {expected:?}"));
    }
    if !rows.is_sorted_by(|one, next| one.key < next.key) {
        return Err(format!("not in order: {:?}", rows.iter().map(|looked| looked.key).collect::<Vec<_>>()));
    }
    for (place, looked) in rows.iter().enumerate() {
        let rest: Vec<_> = list(Some(looked.key)).into_iter().flatten().collect();
        if rest != rows[place + 1..] {
            return Err(format!("after {:?} comes {rest:?}, and not {:?}", looked.key, &rows[place + 1..]));
        }
    }
    Ok(found)
}
